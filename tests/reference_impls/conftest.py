"""What the tests of the reference implementations share."""

import importlib.util
import json
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

# Without torch there is nothing to collect here but `test_command_line.py`, which says so.
if all(importlib.util.find_spec(name) for name in ("torch", "transformers", "numpy")):
    import numpy as np
    import torch

    # The models are so small that a second thread only waits, above all on a busy machine.
    torch.set_num_threads(1)
else:
    collect_ignore = [
        path.name for path in Path(__file__).parent.glob("test_*.py") if path.name != "test_command_line.py"
    ]

GOLDEN = Path(os.environ.get("GOLDEN_DIR", Path(__file__).parents[1] / "golden"))


class Golden:
    """One file of inputs, parameters and outputs of official code.

    `readme` says what the files do not: that of the folder, or of the first one if the folder has none.
    """

    readme = next(
        path
        for path in (GOLDEN / "README.md", Path(__file__).parents[1] / "golden" / "README.md")
        if path.exists()
    )

    def __init__(self, name: str) -> None:
        self.name = name
        if not (GOLDEN / f"{name}.npz").exists():
            pytest.skip(f"{GOLDEN} has no {name}.npz")
        self._arrays = np.load(GOLDEN / f"{name}.npz", allow_pickle=False)
        self.files = list(self._arrays.files)

    def __contains__(self, name: str) -> bool:
        return name in self.files

    def __getitem__(self, name: str) -> Any:
        """An array as a tensor: indices as int64, masks (uint8) as they are."""
        array = self._arrays[name]
        tensor = torch.from_numpy(np.array(array))
        return tensor.long() if tensor.dtype in (torch.int16, torch.int32) else tensor

    def number(self, name: str) -> Any:
        """A scalar."""
        return self._arrays[name].item()

    def params(self, name: str = "params") -> dict[str, Any]:
        """The settings of a case, kept as JSON."""
        values: dict[str, Any] = json.loads(str(self._arrays[name]))
        return values

    def text(self, name: str = "params") -> str:
        """The settings of a case that are kept as a sentence."""
        return str(self._arrays[name])

    def cases(self, pattern: str) -> list[str]:
        """What the group of `pattern` matches in the file's names, where the whole pattern does."""
        found = [match[1] for name in self.files if (match := re.fullmatch(pattern, name))]
        assert found, f"{self.name}.npz has no {pattern}"
        return found

    def seed(self, name: str = "params") -> int:
        """The seed of a case: from its settings, or, if they leave it out, from the README's line."""
        line = rf"^\| {self.name} \|.*$"
        readme = re.search(line, self.readme.read_text(encoding="utf-8"), re.MULTILINE)
        for source in (self.text(name), readme[0] if readme else ""):
            if found := re.search(r'(?:"seed": |manual_seed\()(\d+)', source):
                return int(found[1])
        raise AssertionError(f"neither {self.name}.npz nor {self.readme} names a seed")


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[..., Golden]:
    """`golden("fastv")["a_keep"]`; of a file that is not called like its method: `golden("kv", "h2o")`.

    Which file a test compares which methods with is noted for `golden_results.py`.
    """

    def open_file(name: str, *methods: str) -> Golden:
        request.node.user_properties += [("golden", (method, name)) for method in methods or [name]]
        return Golden(name)

    return open_file


def assert_same(found: Any, expected: Any, tolerance: float = 1e-5) -> None:
    """Equal shapes, and equal values: indices and masks exactly, others up to rounding in float32."""
    if not expected.is_floating_point():
        assert not found.is_floating_point(), f"expected {expected.dtype}, found {found.dtype}"
    torch.testing.assert_close(
        found.to(expected.dtype) if not expected.is_floating_point() else found.float(),
        expected.float() if expected.is_floating_point() else expected,
        rtol=tolerance,
        atol=tolerance,
    )


@pytest.fixture
def same() -> Any:
    return assert_same
