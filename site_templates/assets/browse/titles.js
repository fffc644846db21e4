/**
 * Papers by their titles: those whose whole titles a text holds, as a line of a list of references does, and the one
 * whose title a text is, or nearly is. Letters are compared, not words: in a line that was broken in the middle of a
 * word, as in "genera- tive", they are the same.
 *
 * @typedef {{row: number, letters: string, words: number, main: string, rest: string}} Title folded; *main* and *rest*
 *   are what stands before and behind its first colon, "" where that is too short to tell a paper
 */

import { words } from "./words.js";

/** Words from which on a title is no phrase that other texts hold as well. */
const LEAST_WORDS = 4;
const BROKEN = /(\p{L})-\s+(?=\p{Ll})/gu;

export class Titles {
  /** @param {import("./papers.js").IndexData} index */
  constructor({ title, former_titles }) {
    const former = Object.entries(former_titles).flatMap(([row, titles]) => titles.map((one) => [Number(row), one]));
    this.given = /** @type {[number, string][]} */ ([...title.entries(), ...former]);
    /** @type {Title[]} the first of them, as far as they are made */
    this.folded = [];
  }

  /** Make some ready, so that the first question need not wait for all of them. @param {number} most @returns {boolean} whether there are more */
  fold(most) {
    for (const [row, title] of this.given.slice(this.folded.length, this.folded.length + most)) {
      const [, main, rest] = /^([^:]*):(.*)$/su.exec(title) ?? ["", "", ""];
      this.folded.push({ row, ...letters(title), main: telling(main), rest: telling(rest) });
    }
    return this.folded.length < this.given.length;
  }

  get #known() {
    this.fold(Infinity);
    return this.folded;
  }

  /** @param {string} text @returns {number[]} papers whose titles it holds whole, and no more than them */
  within(text) {
    const typed = words(text);
    if (typed.length <= LEAST_WORDS) return [];
    const all = typed.join("");
    const begins = new Set();
    let at = 0;
    for (const word of typed) {
      begins.add(at);
      at += word.length;
    }
    begins.add(at);
    /** @param {string} title */
    const holds = (title) => {
      let from = all.indexOf(title);
      while (from >= 0 && !(begins.has(from) && begins.has(from + title.length))) from = all.indexOf(title, from + 1);
      return from >= 0;
    };
    const found = this.#known.filter((title) => title.words >= LEAST_WORDS && holds(title.letters));
    // A title within another one that is there says nothing of its own.
    const whole = found.filter((one) => !found.some((other) => other.letters !== one.letters && other.letters.includes(one.letters)));
    return [...new Set(whole.map(({ row }) => row))];
  }

  /**
   * @param {string} text
   * @returns {number[]} papers of which it is the title, or one paper of which it is the title's part before or behind
   *   the colon, or a beginning that says that it is one
   */
  called(text) {
    const typed = letters(text);
    if (!typed.letters) return [];
    const whole = this.#known.filter((title) => title.letters === typed.letters).map(({ row }) => row);
    if (whole.length) return [...new Set(whole)];
    if (typed.words < LEAST_WORDS) return [];
    const isCut = /(?:…|\.\.\.)\W*$/u.test(text) || text.includes(":");
    const parts = this.#known.filter(
      ({ letters: all, main, rest }) => main === typed.letters || rest === typed.letters || (isCut && all.startsWith(typed.letters)),
    );
    const rows = [...new Set(parts.map(({ row }) => row))];
    return rows.length === 1 ? rows : [];
  }
}

/** @param {string} text @returns {string} with the words whole that the end of a line has broken */
export function unbroken(text) {
  return text.replace(BROKEN, "$1");
}

/** @param {string} text @returns {{letters: string, words: number}} */
function letters(text) {
  const typed = words(text);
  return { letters: typed.join(""), words: typed.length };
}

/** @param {string} part of a title @returns {string} its letters; none of one that other titles may have as well */
function telling(part) {
  const typed = letters(part);
  return typed.words < LEAST_WORDS ? "" : typed.letters;
}
