/**
 * What is said to readers who listen and do not see the page change.
 */

/** One on the page and one in the dialog of the filters, which silences the rest of the page while it is open. */
const lines = document.querySelectorAll("[data-announce]");

/** @param {string} text */
export function announce(text) {
  for (const line of lines) line.textContent = text;
}
