/**
 * On a paper's own page: puts it among the papers that are selected in Browse, or takes it out again.
 */

import { LONGEST_LINK, Selection } from "./browse/selection.js";

/**
 * @param {HTMLButtonElement} button with the paper's id
 * @param {HTMLAnchorElement} link to the selected papers
 * @param {HTMLElement} status says what the button has done, or why it could not
 */
export function selectable(button, link, status) {
  const id = button.dataset.select ?? "";
  const browse = link.href;
  const selection = new Selection(() => show());

  function show(changed = true) {
    const { ids } = selection;
    const count = selection.said;
    const alone = `${browse}?ids=${ids.join(",")}`;
    const fits = alone.length <= LONGEST_LINK;
    button.textContent = selection.has(id) ? "Unselect" : "Select";
    link.textContent = fits ? count : "Browse";
    link.href = fits ? alone : browse;
    link.hidden = !ids.length;
    say(changed || !fits ? count : "", !fits);
  }

  /** @param {string} text @param {boolean} seen where the link does not say it */
  function say(text, seen) {
    status.textContent = text;
    status.classList.toggle("visually-hidden", !seen);
  }

  button.addEventListener("click", () => {
    try {
      selection.set([id], !selection.has(id));
    } catch (error) {
      say(/** @type {Error} */ (error).message, true);
    }
  });
  show(false);
  button.hidden = false;
}
