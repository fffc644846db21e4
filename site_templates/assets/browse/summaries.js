/**
 * Which papers say words in the sentence that sums them up. Asked for seldom, so that it is kept as text, and looked
 * through from one end to the other.
 */

import * as bits from "./bits.js";
import { words } from "./words.js";

export class SummaryTexts {
  /** @param {(string | null)[]} summaries by row */
  constructor(summaries) {
    /** Of each paper its words, folded, with a space before and behind each. */
    this.texts = summaries.map((summary) => (summary ? ` ${words(summary).join(" ")} ` : ""));
    this.unknown = this.#papers((text) => !text);
  }

  /** @param {string[]} typed folded @returns {Uint32Array} papers with words that begin so, each of them */
  begins(typed) {
    return this.#papers((text) => typed.every((word) => text.includes(` ${word}`)));
  }

  /** @param {string[]} phrase folded @returns {Uint32Array} papers with these words, whole and in this order */
  holds(phrase) {
    return this.#papers((text) => text.includes(` ${phrase.join(" ")} `));
  }

  /** @param {(text: string) => boolean} holds */
  #papers(holds) {
    const rows = bits.none(this.texts.length);
    for (const [row, text] of this.texts.entries()) if (holds(text)) bits.add(rows, row);
    return rows;
  }
}
