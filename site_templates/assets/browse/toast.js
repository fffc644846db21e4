/**
 * A word at the foot of the window about what has just been done, or cannot be done now.
 */

/** How long it stands there. */
export const SAID_MS = 2000;

let waiting = 0;

/** @param {string} text */
export function say(text) {
  const toast = /** @type {HTMLElement} */ (document.getElementById("browse-toast"));
  toast.textContent = text;
  clearTimeout(waiting);
  waiting = setTimeout(() => (toast.textContent = ""), SAID_MS);
}
