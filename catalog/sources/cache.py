"""Answers kept on disk, so that asking twice costs the sources one question.

The sources' answers mostly carry no cache headers, and the same paper is asked
for again within minutes, so an answer is fresh for a time of our own choosing and
is then revalidated where the server gave an ETag or a date.  That is all a cache
has to do here; libraries that follow the whole of RFC 9111 need those headers.

A cache never fails: a broken or unwritable file is the same as none.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path

_FORMAT = 1
_KEPT = 60 * 24 * 3600.0


@dataclass(frozen=True)
class Stored:
    """An answer as it was stored: where it came from in the end, when, and what revalidates it."""

    url: str
    stored_at: float
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


class DiskCache:
    """A folder with one file per request: a line of JSON, then the answer's bytes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def get(self, request: str) -> Stored | None:
        """What was stored for *request*, whatever its age."""
        try:
            head, _, body = self._path(request).read_bytes().partition(b"\n")
            data = json.loads(head)
            if data["format"] != _FORMAT or data["request"] != request or data["length"] != len(body):
                return None
            headers = {str(name): str(value) for name, value in data["headers"].items()}
            return Stored(str(data["url"]), float(data["stored_at"]), headers, body)
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return None

    def put(self, request: str, stored: Stored) -> None:
        """Store an answer in one step, so that whoever reads meanwhile finds the old or the new one whole."""
        head = {**asdict(stored), "format": _FORMAT, "request": request, "length": len(stored.body)}
        del head["body"]
        temporary = None
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            handle, temporary = tempfile.mkstemp(dir=self.folder, prefix=".new-")
            with os.fdopen(handle, "wb") as file:
                file.write(json.dumps(head).encode() + b"\n" + stored.body)
            Path(temporary).replace(self._path(request))
        except OSError:
            if temporary:
                Path(temporary).unlink(missing_ok=True)

    def prune(self, now: float) -> None:
        """Delete what nobody has asked for in two months."""
        with suppress(OSError):
            for path in self.folder.iterdir():
                if now - path.stat().st_mtime > _KEPT:
                    path.unlink(missing_ok=True)

    def _path(self, request: str) -> Path:
        return self.folder / hashlib.sha256(request.encode()).hexdigest()
