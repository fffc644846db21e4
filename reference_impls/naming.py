"""Names as people write them: `SnapKV`, `snapkv` and `snap-kv` are one."""

from __future__ import annotations

import difflib
from collections.abc import Mapping


def folded(name: str) -> str:
    """Its letters and digits alone, in lower case."""
    return "".join(filter(str.isalnum, name.casefold()))


def begins(name: str, said: str) -> bool:
    """Whether the name begins with what was said of it."""
    return folded(name).startswith(folded(said))


def advice(said: str, names: Mapping[str, str]) -> str:
    """What to write instead of a name that is none of the folded `names`, each with the name to show."""
    near = dict.fromkeys(names[one] for one in difflib.get_close_matches(folded(said), names, 3, 0.7))
    if near:
        return f"did you mean {' or '.join(near)}?"
    return f"there are: {', '.join(dict.fromkeys(names.values()))}"
