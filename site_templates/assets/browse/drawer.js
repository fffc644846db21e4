/**
 * The facets' place: a column beside the results where there is room, else a dialog.
 */

/** The same width as in browse.css. */
const ROOM = "(min-width: 1000px)";

export class Drawer {
  /**
   * @param {HTMLDialogElement} dialog
   * @param {{facets: HTMLElement, column: HTMLElement, slot: HTMLElement, opener: HTMLElement}} parts
   */
  constructor(dialog, { facets, column, slot, opener }) {
    const room = matchMedia(ROOM);
    const settle = () => {
      if (room.matches && dialog.open) dialog.close();
      (room.matches ? column : slot).append(facets);
    };
    room.addEventListener("change", settle);
    settle();
    // The page behind it does not scroll.
    const { classList } = document.documentElement;
    opener.addEventListener("click", () => {
      dialog.showModal();
      classList.add("browse-drawn");
    });
    dialog.addEventListener("close", () => classList.remove("browse-drawn"));
    dialog.addEventListener("click", ({ target }) => {
      // The backdrop belongs to the dialog itself; everything in it is an element of its own.
      if (target === dialog || /** @type {Element} */ (target).closest("[data-close]")) dialog.close();
    });
  }
}
