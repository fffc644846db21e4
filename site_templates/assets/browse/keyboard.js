/**
 * Keys: "/" to search, arrows through the papers, "b" to copy an entry, "x" to select, "e" to what is
 * selected, "?" for help.
 * None of them does anything while something is typed, nor together with Ctrl, Alt or the like; those of one
 * letter can be switched off.
 *
 * @typedef {object} Actions
 * @property {() => HTMLElement[]} rows the papers on the page, in order
 * @property {HTMLInputElement} box the search box
 * @property {(row: HTMLElement) => void} copy
 * @property {(row: HTMLElement) => void} select
 * @property {() => boolean} selected go to what is selected, if anything is
 * @property {() => void} help
 */

import { areOn } from "./letter_keys.js";

const TYPED_IN = "input:not([type=checkbox]), textarea, select, [contenteditable], dialog";

/** @param {Actions} actions */
export function listen(actions) {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.defaultPrevented) return;
    const target = /** @type {HTMLElement} */ (event.target);
    const done = target === actions.box ? fromBox(event.key, actions) : act(event.key, target, actions);
    if (done) event.preventDefault();
  });
}

/** @param {string} key @param {Actions} actions */
function fromBox(key, { rows }) {
  return key === "ArrowDown" && focusOn(rows()[0]);
}

/**
 * @param {string} key
 * @param {HTMLElement} target
 * @param {Actions} actions
 * @returns {boolean} whether the key meant something
 */
function act(key, target, { rows, box, copy, select, selected, help }) {
  if (target.closest(TYPED_IN) || (key.length === 1 && !areOn())) return false;
  if (key === "/") {
    box.focus();
    box.select();
    return true;
  }
  if (key === "?") {
    help();
    return true;
  }
  if (key === "e") return selected();
  const row = /** @type {HTMLElement | null} */ (target.closest("[data-id]"));
  if (!row) return false;
  switch (key) {
    case "ArrowDown":
      return focusOn(after(rows(), row, 1));
    case "ArrowUp":
      return focusOn(after(rows(), row, -1) ?? box);
    case "b":
      copy(row);
      return true;
    case "x":
      select(row);
      return true;
  }
  return false;
}

/** @param {HTMLElement[]} rows @param {HTMLElement} row @param {number} step */
function after(rows, row, step) {
  return rows[rows.indexOf(row) + step];
}

/** @param {HTMLElement | undefined} row a paper, or the box @returns {boolean} */
function focusOn(row) {
  if (!row) return false;
  const link = titleLink(row) ?? row;
  link.focus({ preventScroll: true });
  row.scrollIntoView({ block: "nearest" });
  link.scrollIntoView({ block: "nearest" }); // a row may be higher than the window
  return true;
}

/** @param {HTMLElement} row @returns {HTMLAnchorElement | null} what leads to the paper's page */
export function titleLink(row) {
  return row.querySelector(":is(.entry__title, .sheet__title, .compare__title) > a");
}
