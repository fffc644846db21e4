/**
 * What did not work: shown to the reader, with what to do, until they do something else.
 */

const element = /** @type {HTMLElement} */ (document.getElementById("browse-problem"));

/** @param {unknown} error */
export function complain(error) {
  element.textContent = `That did not work: ${error instanceof Error ? error.message : error}.`;
  element.hidden = false;
}

/** Take it back. */
export function forgive() {
  element.hidden = true;
}
