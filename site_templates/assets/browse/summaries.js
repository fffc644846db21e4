/**
 * Which papers say words in the sentence that sums them up. Asked for seldom, so that it is kept as text, and looked
 * through from one end to the other; what a word finds is kept, for the next letter asks for those before it again.
 */

import * as bits from "./bits.js";
import { words } from "./words.js";

/** Words whose papers are kept. */
const KEPT = 64;

export class SummaryTexts {
  /** @param {(string | null)[]} summaries by row */
  constructor(summaries) {
    this.rows = summaries.length;
    /** Where the text of each row begins. */
    this.starts = new Uint32Array(this.rows + 1);
    const texts = summaries.map((summary, row) => {
      // Folded words, with a space before and behind each.
      const text = summary ? ` ${words(summary).join(" ")} ` : "";
      this.starts[row + 1] = this.starts[row] + text.length + 1;
      return text;
    });
    /** One text is looked through many times as fast as many are. */
    this.text = texts.join("\n");
    /** @type {Map<string, Uint32Array>} */
    this.known = new Map();
  }

  /** @param {string[]} typed folded @returns {Uint32Array} papers with words that begin so, each of them */
  begins(typed) {
    const rows = bits.all(this.rows);
    for (const word of typed) bits.intersect(rows, this.#having(` ${word}`));
    return rows;
  }

  /** @param {string[]} phrase folded @returns {Uint32Array} papers with these words, whole and in this order */
  holds(phrase) {
    return this.#having(` ${phrase.join(" ")} `).slice();
  }

  /** @param {string} part of a text @returns {Uint32Array} the papers with it: to be read only */
  #having(part) {
    const known = this.known.get(part);
    if (known) return known;
    const rows = bits.none(this.rows);
    let row = 0;
    for (let at = this.text.indexOf(part); at >= 0; at = this.text.indexOf(part, this.starts[row])) {
      row = this.#rowAt(at, row);
      bits.add(rows, row++);
    }
    if (this.known.size === KEPT) this.known.clear();
    this.known.set(part, rows);
    return rows;
  }

  /** @param {number} at in the text @param {number} first @returns {number} the row there, no earlier than that one */
  #rowAt(at, first) {
    let [low, high] = [first, this.rows];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (this.starts[middle] <= at) low = middle;
      else high = middle;
    }
    return low;
  }
}
