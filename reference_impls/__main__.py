"""The command line: `python -m reference_impls list | show METHOD | models METHOD | methods MODEL | …`."""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # torch may be missing, which is said in words
    from reference_impls.registry import Method

INSTALL = "make install, or without the repository: pip install -r reference_impls/requirements.txt"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status."""
    options = _parser().parse_args(arguments)
    missing = [name for name in ("torch", "transformers") if importlib.util.find_spec(name) is None]
    if missing:
        return _fail(f"{' and '.join(missing)} is not installed; run: {INSTALL}")
    try:
        status = int(options.run(options))
        sys.stdout.flush()
    except ValueError as error:
        return _fail(str(error))
    except BrokenPipeError:  # each command prints last: a reader, such as head, may have had enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    return status


def _fail(message: str) -> int:
    print(f"reference_impls: {message}", file=sys.stderr)
    return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m reference_impls", description="Token-compression methods that run."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    listing = commands.add_parser("list", help="the methods, with their training, criterion and mechanism")
    listing.add_argument("--format", choices=["text", "json"], default="text")
    listing.set_defaults(run=_list)
    show = commands.add_parser("show", help="a method's source and its two stages")
    show.add_argument("method")
    show.set_defaults(run=_show)
    models = commands.add_parser("models", help="the families of models that a method runs in")
    models.add_argument("method")
    models.set_defaults(run=_models)
    methods = commands.add_parser("methods", help="the methods that fit a model, and why others do not")
    methods.add_argument(
        "model",
        help="a family of models, such as LLaVA-NeXT or mistral, or how it begins; a checkpoint, such as "
        "Qwen/Qwen2-VL-7B-Instruct (nothing is fetched); or a folder that holds one",
    )
    methods.set_defaults(run=_methods)
    example = commands.add_parser("example", help="a complete program with a published model, to copy")
    example.add_argument("method")
    example.add_argument("--model", help="a family of models, such as LLaVA-NeXT, or how it begins")
    example.set_defaults(run=_example)
    demo = commands.add_parser(
        "demo", help="run a method on a small model: picture, tokens, FLOPs, time, memory"
    )
    demo.add_argument("method")
    demo.add_argument("--device", default="cpu", help="cpu (default) or cuda")
    demo.add_argument("--image", type=Path, help="a picture to use instead of the drawn one")
    demo.add_argument("--keep", type=float, help="what remains: a fraction, or a count of 2 or more")
    demo.add_argument("--output", type=Path, help="the PNG to write (default: METHOD.png)")
    demo.set_defaults(run=_demo)
    demos = commands.add_parser("demos", help="run the demos of all methods and keep pictures and results")
    demos.add_argument("method", nargs="*", help="only these")
    demos.add_argument("--device", default="cpu", help="cpu (default) or cuda")
    demos.add_argument("--output", type=Path, help="the folder (default: reference_impls/results/demos)")
    demos.set_defaults(run=_demos)
    return parser


def _list(options: argparse.Namespace) -> int:
    from reference_impls.registry import load_methods

    methods = load_methods()
    if options.format == "json":
        # `module` is what the other commands and `fitting` call it.
        records = [{**method.as_record(), "module": module} for module, method in methods.items()]
        print(json.dumps(records, indent=2, ensure_ascii=False))
        return 0
    layouts = [_table(methods, between=", ")]
    if sys.stdout.isatty():
        layouts += [_table(methods, between=",\n"), _table(methods, between=",\n", named="\n")]
    columns = shutil.get_terminal_size().columns
    rows = next((rows for rows in layouts if max(map(len, rows)) <= columns), layouts[-1])
    print("\n".join(rows))
    return 0


def _table(methods: Mapping[str, Method], between: str, named: str | None = None) -> list[str]:
    """A row per method below the headings; *between* several terms, that may be a new line, as may be what
    stands between a method's name and its module, which otherwise has a column of its own.
    """

    def names(name: str, module: str) -> tuple[str, ...]:
        return (name, module) if named is None else (f"{name}{named}{module}",)

    cells = [(*names("name", "module"), "training", "stage", "criterion", "mechanism")]
    for module, method in methods.items():
        terms = (between.join(method.criterion), between.join(method.mechanism))
        cells.append((*names(method.name, module), method.training, method.stage, *terms))
    lines = [line for row in cells for line in zip_longest(*(cell.split("\n") for cell in row), fillvalue="")]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    ]


def _show(options: argparse.Namespace) -> int:
    import inspect

    from reference_impls.registry import load_method

    method = load_method(options.method)
    print(f"{method.name}: {method.citation}")
    print(f"stage one, criterion: {', '.join(method.criterion) or 'none'}")
    print(f"stage two, mechanism: {', '.join(method.mechanism)}")
    print(f"acts at: {method.stage}; training: {method.training}\n")
    module = inspect.getmodule(method.implementation)
    print(inspect.getsource(module) if module else "")
    return 0


def _models(options: argparse.Namespace) -> int:
    from reference_impls.examples import examples_of
    from reference_impls.registry import load_method
    from reference_impls.supported import told_in

    method = load_method(options.method)
    for name in examples_of(method):
        given = [f"{one}=" for one in told_in(method, name) if one in ("candidates", "frames")]
        print(f"{name} (give {' and '.join(given)})" if given else name)
    return 0


def _methods(options: argparse.Namespace) -> int:
    from reference_impls.fits import of_families

    print("\n\n".join(map(str, of_families(options.model))))
    return 0


def _example(options: argparse.Namespace) -> int:
    from reference_impls.examples import example, examples_of
    from reference_impls.naming import folded
    from reference_impls.registry import load_method
    from reference_impls.supported import FAMILIES

    method = load_method(options.method)
    if options.model is None:
        print(example(method), end="")
        return 0
    wanted = folded(options.model)
    programs = examples_of(method, wanted)
    if not programs:
        known = ", ".join(family.name for family in FAMILIES[method.stage])
        raise ValueError(
            f"no program of {method.name} for '{options.model}'; `models {options.method}` says which there "
            f"are, of {known}"
        )
    # By its whole name, else the first that begins so.
    begun = list(programs)
    chosen = next((name for name in begun if folded(name) == wanted), begun[0])
    if others := [name for name in begun if folded(chosen) != wanted and name != chosen]:
        print(f"for {chosen}; there are also: {', '.join(others)}", file=sys.stderr)
    print(programs[chosen], end="")
    return 0


def _demo(options: argparse.Namespace) -> int:
    from reference_impls.demo import run_demo

    return run_demo(options.method, options.device, options.image, options.keep, options.output)


def _demos(options: argparse.Namespace) -> int:
    from reference_impls.results import FOLDER, renew

    folder = options.output or FOLDER
    count = renew(options.method, options.device, folder)
    print(f"{count} demos: {folder}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
