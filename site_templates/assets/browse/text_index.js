/**
 * Which papers hold a word, a beginning of a word, or words that stand next to each other. In prose, as titles are and
 * names are not, a word is found by its singular and its plural, too.
 *
 * A paper has any number of texts, such as its authors; every text is kept as the numbers of its words.
 * Words are numbered in their alphabetical order, so that a beginning is a range of numbers.
 */

import * as bits from "./bits.js";
import { BEGINS, otherNumber, words } from "./words.js";

/** Between two texts; the number of no word. */
const END = 0xffffffff;
/** Sets for beginnings of up to this length are kept once they are made: they are large and asked for often. */
const SHORT = 2;

/**
 * @typedef {[from: number, to: number]} Range numbers of words, without the last
 * @typedef {{begin?: boolean, whole?: boolean}} Place where in a text words are to be: it begins with them, or
 *   is nothing else
 */

export class TextIndex {
  /**
   * @param {number} rows
   * @param {(row: number) => string[]} textsOf what is searched in a row
   * @param {{prose?: boolean}} [kind]
   */
  constructor(rows, textsOf, { prose = false } = {}) {
    this.rows = rows;
    this.prose = prose;
    const { found, tokens, starts } = numbered(rows, textsOf);
    const order = Uint32Array.from(found.keys()).sort((a, b) => (found[a] < found[b] ? -1 : 1));
    const rank = new Uint32Array(found.length);
    order.forEach((number, position) => (rank[number] = position));
    for (let at = 0; at < tokens.length; at++) if (tokens[at] !== END) tokens[at] = rank[tokens[at]];
    /** @type {string[]} every word, sorted by code units */
    this.words = Array.from(order, (number) => found[number]);
    this.tokens = tokens;
    this.starts = starts;
    const { firstOf, rowsOf } = postings(rows, found.length, tokens, starts);
    /** Papers of the word w: rowsOf[firstOf[w]] up to rowsOf[firstOf[w + 1]]. */
    this.rowsOf = rowsOf;
    this.firstOf = firstOf;
    /** @type {Map<string, Uint32Array>} */
    this.short = new Map();
  }

  /**
   * @param {string} prefix folded
   * @returns {Uint32Array} the rows with a word that begins so; not to be changed
   */
  begins(prefix) {
    const known = this.short.get(prefix);
    if (known) return known;
    const set = this.#papersOf(this.#range(prefix));
    if (prefix.length <= SHORT) this.short.set(prefix, set);
    return set;
  }

  /** @param {string} word folded @returns {Uint32Array} in prose, the rows that have it in the other number */
  inOtherNumber(word) {
    const set = bits.none(this.rows);
    for (const range of this.#others(word)) bits.unite(set, this.#papersOf(range));
    return set;
  }

  /** @param {string} word folded @returns {Uint32Array} the rows with a word that begins so, or is it in the other number */
  says(word) {
    return bits.united(this.begins(word), this.inOtherNumber(word));
  }

  /** @param {string} word folded @returns {boolean} whether any row says it */
  has(word) {
    return [this.#range(word), ...this.#others(word)].some(([from, to]) => from < to);
  }

  /** @param {string[]} words @returns {Uint32Array} rows of which one text says each of them */
  saysInOneText(words) {
    const set = this.says(words[0]);
    if (words.length === 1) return set;
    for (const word of words.slice(1)) bits.intersect(set, this.says(word));
    const ways = words.map((word) => [this.#range(word), ...this.#others(word)]);
    /** @param {number} from @param {number} to */
    const saysEach = (from, to) => ways.every((ranges) => ranges.some((range) => this.#inText(from, to, range)));
    return bits.filter(set, (row) => this.#someText(row, saysEach));
  }

  /** @param {string[]} phrase @returns {Uint32Array} rows of which one text has these words, whole but where a star stands behind, and in this order */
  holds(phrase) {
    const ranges = phrase.map((word) => (word.endsWith(BEGINS) ? this.#range(word.slice(0, -BEGINS.length)) : this.#only(word)));
    const set = this.#havingAll(ranges);
    return ranges.length === 1 ? set : bits.filter(set, (row) => this.#hasRun(row, ranges, {}));
  }

  /**
   * @param {string[]} words folded; the last may be a beginning, unless the text is to be these words and no more
   * @param {Place} place
   * @returns {Uint32Array} rows of which one text has these words next to each other, there
   */
  inARow(words, place) {
    const last = words.length - 1;
    const ranges = words.map((word, at) => (at < last || place.whole ? this.#only(word) : this.#range(word)));
    return bits.filter(this.#havingAll(ranges), (row) => this.#hasRun(row, ranges, place));
  }

  /** @param {number} word @returns {number} how many papers hold it */
  papersWith(word) {
    return this.firstOf[word + 1] - this.firstOf[word];
  }

  /** @param {Range} range */
  #papersOf([from, to]) {
    const set = bits.none(this.rows);
    for (let at = this.firstOf[from]; at < this.firstOf[to]; at++) bits.add(set, this.rowsOf[at]);
    return set;
  }

  /** @param {number} row @param {(from: number, to: number) => boolean} holds */
  #someText(row, holds) {
    for (let from = this.starts[row]; from < this.starts[row + 1]; ) {
      const to = this.tokens.indexOf(END, from);
      if (holds(from, to)) return true;
      from = to + 1;
    }
    return false;
  }

  /** @param {number} from @param {number} to @param {Range} range */
  #inText(from, to, [first, last]) {
    for (let at = from; at < to; at++) if (this.tokens[at] >= first && this.tokens[at] < last) return true;
    return false;
  }

  /** @param {Range[]} ranges @returns {Uint32Array} rows with a word of each */
  #havingAll(ranges) {
    const set = bits.all(this.rows);
    for (const range of ranges) bits.intersect(set, this.#papersOf(range));
    return set;
  }

  /** @param {number} row @param {Range[]} ranges @param {Place} place */
  #hasRun(row, ranges, { begin = false, whole = false }) {
    const first = this.starts[row];
    const size = ranges.length;
    // Behind the last word of a text comes END, which is in no range: a run never reaches into the next text.
    for (let at = first; at + size < this.starts[row + 1]; at++) {
      if ((begin || whole) && at > first && this.tokens[at - 1] !== END) continue;
      if (whole && this.tokens[at + size] !== END) continue;
      if (ranges.every(([from, to], offset) => this.tokens[at + offset] >= from && this.tokens[at + offset] < to)) return true;
    }
    return false;
  }

  /**
   * @param {string} prefix folded
   * @returns {Range} the words that begin so
   */
  #range(prefix) {
    let to = this.#firstFrom(prefix);
    const from = to;
    // Most beginnings have few words; a second search would have to know the last possible letter.
    while (to < this.words.length && this.words[to].startsWith(prefix)) to++;
    return [from, to];
  }

  /** @param {string} word @returns {Range[]} in prose, the same word in the other number */
  #others(word) {
    return this.prose ? otherNumber(word).map((other) => this.#only(other)) : [];
  }

  /** @param {string} word @returns {Range} that word alone; empty where no text has it */
  #only(word) {
    const at = this.#firstFrom(word);
    return this.words[at] === word ? [at, at + 1] : [0, 0];
  }

  /**
   * @param {string} word
   * @returns {number} position of the first word that is not before it
   */
  #firstFrom(word) {
    let low = 0;
    let high = this.words.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.words[middle] < word) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/**
 * @param {number} rows
 * @param {(row: number) => string[]} textsOf
 * @returns {{found: string[], tokens: Uint32Array, starts: Uint32Array}} the words as they were met; the
 *   texts as numbers of words, END behind each; where each row begins in them
 */
function numbered(rows, textsOf) {
  /** @type {Map<string, number>} */
  const numbers = new Map();
  const starts = new Uint32Array(rows + 1);
  let tokens = new Uint32Array(1024);
  let size = 0;
  /** @param {number} token */
  const push = (token) => {
    if (size === tokens.length) {
      const larger = new Uint32Array(2 * size);
      larger.set(tokens);
      tokens = larger;
    }
    tokens[size++] = token;
  };
  for (let row = 0; row < rows; row++) {
    for (const text of textsOf(row)) {
      for (const word of words(text)) {
        let number = numbers.get(word);
        if (number === undefined) numbers.set(word, (number = numbers.size));
        push(number);
      }
      push(END);
    }
    starts[row + 1] = size;
  }
  return { found: [...numbers.keys()], tokens: tokens.slice(0, size), starts };
}

/**
 * @param {number} rows
 * @param {number} size how many words there are
 * @param {Uint32Array} tokens
 * @param {Uint32Array} starts
 */
function postings(rows, size, tokens, starts) {
  const firstOf = new Uint32Array(size + 1);
  const lastRow = new Uint32Array(size).fill(END);
  /** @param {(word: number, row: number) => void} visit each pair of a word and a row that holds it, once */
  const each = (visit) => {
    for (let row = 0; row < rows; row++) {
      for (let at = starts[row]; at < starts[row + 1]; at++) {
        const word = tokens[at];
        if (word === END || lastRow[word] === row) continue;
        lastRow[word] = row;
        visit(word, row);
      }
    }
  };
  each((word) => firstOf[word + 1]++);
  for (let word = 0; word < size; word++) firstOf[word + 1] += firstOf[word];
  const rowsOf = new Uint32Array(firstOf[size]);
  const next = firstOf.slice();
  lastRow.fill(END);
  each((word, row) => (rowsOf[next[word]++] = row));
  return { firstOf, rowsOf };
}
