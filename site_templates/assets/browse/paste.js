/**
 * A list is pasted into a search box of one line: browsers would put its lines next to each other, and nobody could tell
 * one item from the next.
 */

import { oneLine } from "./items.js";

/** @param {HTMLInputElement} box in which the ends of pasted lines stay to be seen, as items.js reads them */
export function keepLines(box) {
  box.addEventListener("paste", (event) => {
    const copied = event.clipboardData?.getData("text/plain") ?? "";
    if (!/\S\s*[\r\n]+\s*\S/.test(copied)) return;
    event.preventDefault();
    const line = oneLine(copied);
    // As if it were typed, so that it can be undone; not every browser does it.
    if (document.execCommand("insertText", false, line)) return;
    box.setRangeText(line, box.selectionStart ?? 0, box.selectionEnd ?? 0, "end");
    box.dispatchEvent(new InputEvent("input", { bubbles: true }));
  });
}
