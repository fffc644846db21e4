"""What a page must never do, noted as it happens."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext

NewContext = Callable[..., BrowserContext]
"""Makes a watched browser context; takes the options of playwright's ``new_context``."""


ORDINARY = {"viewport": {"width": 1280, "height": 900}, "service_workers": "block"}
"""Of every context that does not say otherwise: a service worker would answer before a test's routes do."""


class Complaints(list[str]):
    """Errors, dialogs and requests that leave this machine."""

    def watch(self, context: BrowserContext) -> None:
        context.on("console", lambda said: said.type == "error" and self.append(f"console: {said.text}"))
        context.on("weberror", lambda error: self.append(f"error: {error.error}"))
        context.on("dialog", lambda dialog: (self.append(f"dialog: {dialog.message}"), dialog.dismiss()))
        context.on("request", lambda request: self._check(request.url))

    def _check(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme in ("http", "https", "ws", "wss") and parts.hostname != "127.0.0.1":
            self.append(f"request to {url}")
