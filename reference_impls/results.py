"""`demos`: what each method is and what its demo showed, as files that a site can show without torch.

Every method has NAME.json and NAME.png in `results/demos/`. All but the times, the memory and the machine's
name come out the same in every run.
"""

from __future__ import annotations

import json
import platform
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import torch

from reference_impls.demo import Demo, demonstrate
from reference_impls.examples import examples_of
from reference_impls.registry import PLACES, Method, load_methods, module_named
from reference_impls.supported import models_of

FOLDER = Path(__file__).parent / "results" / "demos"
KEPT = (".json", ".png")
"""What a method has in that folder."""
LIBRARIES = ("torch", "transformers", "diffusers")


def description(method: Method) -> dict[str, Any]:
    """What a method is, as far as its file says it."""
    return {
        **method.as_record(),
        "citation": method.citation,
        "place": PLACES[method.stage],
        "module": f"{method.implementation.__module__.replace('.', '/')}.py",
        "implementation": method.implementation.__name__,
        "models": models_of(method),
        "examples": examples_of(method),
    }


def record(shown: Demo, device: str) -> dict[str, Any]:
    """A method and its demo."""
    rows = [
        {
            "what": row.what,
            "before": round(row.before, row.decimals),
            "after": round(row.after, row.decimals),
            "decimals": row.decimals,
            "measured": row.measured,
        }
        for row in shown.rows
    ]
    return {
        **description(shown.method),
        "demo": {
            "settings": shown.settings,
            "host": shown.host,
            "caption": shown.caption,
            "width": shown.picture.width,
            "height": shown.picture.height,
            "rows": rows,
            "formula": shown.formula,
        },
        "machine": machine(device),
    }


def machine(device: str = "cpu") -> dict[str, Any]:
    """Where something was measured: the hardware's names and the versions of the libraries."""
    cuda = device.startswith("cuda")
    return {
        "processor": _processor(),
        "accelerator": torch.cuda.get_device_name(device) if cuda else None,
        "versions": {"python": platform.python_version(), **_versions()},
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def _versions() -> dict[str, str]:
    found = {}
    for name in LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def renew(names: Sequence[str], device: str, folder: Path) -> int:
    """Run the demos of the named methods, or of all, and write their files.

    Where all were asked for in the package's own folder, the files of methods that are no more are deleted
    there; in another folder nothing is. Returns how many were run.
    Raises ValueError where a name is not known, there is no such device, the folder cannot be written into or
    some demos cannot run; the others are written all the same.
    """
    methods = load_methods()
    chosen, failed = [module_named(name) for name in names] or list(methods), []
    with _named(folder):  # before minutes of work, not after them
        folder.mkdir(parents=True, exist_ok=True)
    for number, name in enumerate(chosen, 1):
        _progress(f"{number}/{len(chosen)} {name}")
        try:
            shown = demonstrate(name, device)
        except ValueError as error:
            failed.append(f"{name}: {error}")
            continue
        text = json.dumps(record(shown, device), indent=2, ensure_ascii=False)
        with _named(folder / name):
            shown.picture.save(folder / f"{name}.png", optimize=True)
            (folder / f"{name}.json").write_text(text + "\n", encoding="utf-8")
    _progress("")
    if not names and folder.resolve() == FOLDER.resolve():
        for path in folder.iterdir():
            if path.stem not in methods and path.suffix in KEPT:
                path.unlink()
    if failed:
        raise ValueError("\n  ".join([f"{len(failed)} of {len(chosen)} demos could not run:", *failed]))
    return len(chosen)


@contextmanager
def _named(path: Path) -> Iterator[None]:
    """Say of a file or folder that it cannot be written, in place of the system's error."""
    try:
        yield
    except OSError as error:
        raise ValueError(f"{path} cannot be written ({error.strerror or error})") from None


def _progress(text: str) -> None:
    """Show where the work is, on a terminal only."""
    if sys.stderr.isatty():
        print(f"\r\x1b[K{text}", end="", file=sys.stderr, flush=True)
