/**
 * On a paper's own page: puts it among the papers that are selected in Browse, or takes it out again.
 */

import { LONGEST_LINK, Selection } from "./browse/selection.js";

/**
 * @param {HTMLButtonElement} button with the paper's id
 * @param {HTMLAnchorElement} link to the selected papers
 */
export function selectable(button, link) {
  const id = button.dataset.select ?? "";
  const browse = link.href;
  const selection = new Selection(show);

  function show() {
    const { ids } = selection;
    button.textContent = selection.has(id) ? "Unselect" : "Select";
    link.textContent = `${ids.length} selected`;
    const alone = `${browse}?ids=${ids.join(",")}`;
    link.href = alone.length <= LONGEST_LINK ? alone : browse;
    link.hidden = !ids.length;
  }

  button.addEventListener("click", () => {
    try {
      selection.set([id], !selection.has(id));
    } catch (error) {
      link.textContent = /** @type {Error} */ (error).message;
    }
  });
  show();
  button.hidden = false;
}
