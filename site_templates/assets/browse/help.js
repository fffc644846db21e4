/**
 * The dialog that says how to search and which keys there are, and where the letter keys are turned off.
 */

import * as letterKeys from "./letter_keys.js";

export class Help {
  /**
   * @param {HTMLDialogElement} dialog
   * @param {HTMLInputElement} letters whether letter keys do anything
   * @param {HTMLElement} opener
   */
  constructor(dialog, letters, opener) {
    this.dialog = dialog;
    this.letters = letters;
    letters.addEventListener("change", () => letterKeys.turn(letters.checked));
    opener.addEventListener("click", () => this.show());
    dialog.addEventListener("click", ({ target }) => {
      if (target === dialog || /** @type {Element} */ (target).closest("[data-close]")) dialog.close();
    });
  }

  show() {
    this.letters.checked = letterKeys.areOn();
    this.dialog.showModal();
  }
}
