/**
 * Whole titles in a text that says more than they do: a line of a list of references names its paper so.
 */

import { words } from "./words.js";

/** Words from which on a title is no phrase that other texts hold as well. */
const LEAST_WORDS = 4;

export class Titles {
  /** @param {import("./papers.js").IndexData} index */
  constructor({ title, former_titles }) {
    this.given = [...title, ...Object.values(former_titles).flat()];
    /** @type {string[] | null} made when one is asked for */
    this.folded = null;
  }

  /** @param {string} text @returns {string | null} the clause that asks for the papers whose titles it holds; null for none */
  within(text) {
    const typed = words(text);
    if (typed.length <= LEAST_WORDS) return null;
    this.folded ??= this.given.map((title) => words(title)).filter(({ length }) => length >= LEAST_WORDS).map((title) => title.join(" "));
    const held = ` ${typed.join(" ")} `;
    const found = this.folded.filter((title) => held.includes(` ${title} `));
    return found.length ? `title:${found.map((title) => `"${title}"`).join(",")}` : null;
  }
}
