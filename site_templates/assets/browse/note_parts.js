/**
 * What the notes below the search box are made of: buttons that search for something else, commas.
 *
 * @typedef {import("./advice.js").Way} Way
 */

import { counted } from "./counting.js";
import { words } from "./words.js";

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

/**
 * @param {string} text
 * @param {string} folded some of its words, next to each other
 * @returns {string} these words as they stand in the text: "Qwen2.5-VL" of "qwen2 5 vl"; as they are, where they are a part of such a word or brackets stand between
 */
export function asTyped(text, folded) {
  const parts = [...text.matchAll(/[\p{L}\p{N}](?:\S*[\p{L}\p{N}])?/gu)];
  for (const [at, { index: from }] of parts.entries()) {
    let found = "";
    for (const { 0: part, index } of parts.slice(at)) {
      found = [found, ...words(part)].filter(Boolean).join(" ");
      const said = text.slice(from, index + part.length);
      if (found === folded && !/[()"“”]/.test(said)) return said.replace(/\s+/gu, " ");
      if (!folded.startsWith(found)) break;
    }
  }
  return folded;
}
