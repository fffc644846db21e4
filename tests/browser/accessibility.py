"""The rules of accessibility that axe knows, held against a page in both themes."""

from __future__ import annotations

from collections.abc import Sequence

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

_THEMES = {"light": "default", "dark": "slate"}
_IN_THEME = "theme => ['system', theme, undefined].includes(document.body.dataset.mdColorScheme)"
"""Whether the page has followed: its script does so a moment later, and later yet on a busy machine."""
_VIOLATIONS = "async () => (await axe.run({ resultTypes: ['violations'] })).violations"
"""Of all that axe says the only part that is read: to carry over the rest takes up to a third of the time."""


def assert_accessible(page: Page, *, widths: Sequence[int] = ()) -> None:
    """Fail if *page*, as it stands, breaks a rule in the light or dark theme, at its or each of *widths*.

    One page is turned from theme to theme: loading it anew for each would take most of
    the time.  Without motion, or a colour that is on its way would be measured.
    """
    size = page.viewport_size
    assert size
    broken = []
    page.evaluate(Axe().axe_script)
    for width in widths or (size["width"],):
        page.set_viewport_size({"width": width, "height": size["height"]})
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            page.wait_for_function(_IN_THEME, arg=_THEMES[scheme])
            broken += [
                (width, scheme, rule["id"], [node["target"] for node in rule["nodes"]])
                for rule in page.evaluate(_VIOLATIONS)
            ]
    assert broken == [], broken
