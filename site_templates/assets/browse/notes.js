/**
 * What is said below the search box: what of the text is not understood, and which words were mended.
 *
 * @typedef {import("./query.js").Problem} Problem
 * @typedef {import("./meaning.js").Mended} Mended
 */

import { fold } from "./words.js";

/** A reader who is still typing is not interrupted. */
const QUIET_MS = 700;

export class Notes {
  /**
   * @param {HTMLElement} element
   * @param {HTMLInputElement} box
   * @param {(text: string) => void} onMend puts a mended text into the box
   */
  constructor(element, box, onMend) {
    this.element = element;
    this.box = box;
    this.onMend = onMend;
    this.waiting = 0;
  }

  /** @param {{problems: Problem[], mended: Mended[]}} answer */
  show({ problems, mended }) {
    clearTimeout(this.waiting);
    const text = this.box.value;
    const length = [...text].length;
    const now = problems.filter(({ end }) => end < length || document.activeElement !== this.box);
    this.#fill(text, now, mended);
    if (now.length < problems.length) {
      this.waiting = setTimeout(() => this.#fill(text, problems, mended), QUIET_MS);
    }
  }

  /** @param {string} text @param {Problem[]} problems @param {Mended[]} mended */
  #fill(text, problems, mended) {
    const notes = [...mended.map((one) => this.#mendedNote(text, one)), ...problems.map((one) => problemNote(text, one))];
    this.element.replaceChildren(...notes);
    this.element.hidden = !notes.length;
    this.box.setAttribute("aria-invalid", String(problems.length > 0));
  }

  /** @param {string} text @param {Mended} mended */
  #mendedNote(text, { typed, shown }) {
    const note = document.createElement("p");
    const button = document.createElement("button");
    button.type = "button";
    button.className = "browse__mend";
    button.textContent = shown;
    button.setAttribute("aria-label", `Search for ${shown}`);
    button.addEventListener("click", () => {
      this.onMend(replaceWord(text, typed, shown));
      this.box.focus();
    });
    note.append(`No “${typed}”; showing “`, button, "”.");
    return note;
  }
}

/** @param {string} text @param {Problem} problem */
function problemNote(text, { position, end, message }) {
  const note = document.createElement("p");
  const letters = [...text];
  const clause = letters.slice(0, end).join("").search(/\S+$/u);
  const place = document.createElement("code");
  const mark = document.createElement("mark");
  mark.textContent = letters.slice(position - 1, end).join("") || "…";
  const before = letters.slice(clause < 0 ? 0 : [...text.slice(0, clause)].length, position - 1).join("");
  place.append(before, mark);
  note.append(place, ` Character ${position}: ${message}`);
  return note;
}

/**
 * @param {string} text
 * @param {string} typed a folded word
 * @param {string} shown
 * @returns {string} with *shown* in the place of the word
 */
function replaceWord(text, typed, shown) {
  const mended = text.replace(/[\p{L}\p{N}\p{M}]+/gu, (word) => (fold(word) === typed ? shown : word));
  return mended === text ? shown : mended;
}
