/**
 * What the notes below the search box are made of: buttons that search for something else, commas.
 *
 * @typedef {import("./advice.js").Way} Way
 */

import { counted } from "./counting.js";

/**
 * @param {string} label
 * @param {string} name what it is to screen readers
 * @param {() => void} onClick
 */
export function linkButton(label, name, onClick) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "browse__mend";
  button.textContent = label;
  button.setAttribute("aria-label", name);
  button.addEventListener("click", onClick);
  return button;
}

/** @param {Way} way @param {(text: string) => void} onMend puts its text into the box @returns {HTMLElement} */
export function wayButton({ shown, text, total }, onMend) {
  return linkButton(shown, `Search for ${shown}: ${counted(total)}`, () => onMend(text));
}

/** @param {(HTMLElement | string)[][]} several @returns {(HTMLElement | string)[]} with commas between them */
export function commas(several) {
  return several.flatMap((parts, at) => (at ? [", ", ...parts] : parts));
}
