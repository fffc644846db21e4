/**
 * The word that was probably meant by one that no paper holds, and those that are near to one that papers hold, but not
 * beside the other words that are typed.
 *
 * @typedef {import("./text_index.js").TextIndex} TextIndex
 * @typedef {object} Near a word that is nearly so
 * @property {string} word
 * @property {number} edits twice those that make it of the other; odd where they make a beginning of it
 * @property {number} papers in the index that has it in most papers
 * @property {TextIndex[]} indexes that have it
 */

import * as bits from "./bits.js";
import { ratio } from "./likeness.js";
import { otherNumber } from "./words.js";

/** Shorter words are not mended, but for letters and digits that look alike: too many are near. */
const SHORTEST = 4;
/** Beside another word that stands with it, a word is told from so many letters on. */
const SHORTEST_BESIDE = 2;
/** From this length on a word may be mended to the beginning of another: its reader may be still typing. */
const BEGINNING = 6;
/** From this length on two letters may be wrong. */
const LONG = 8;
/** The same of a word that is told by the one beside it. */
const LONG_BESIDE = 6;
/** The word that so many times the papers of any other hold, which is as near, is the one that was meant. */
const CLEARLY = 2;
/** The same of a word beside a method's whole name: who mistypes one word of a catalogue often means a method. */
const CLEARLY_NO_NAME = 20;
/** Names from which more than two letters were left out are near, too, if they are so long and so much alike, of 100. */
const LONG_NAME = 6;
const LIKE_ENOUGH = 80;
/** Letters and digits that look alike: "H20" is "H2O". */
const LOOKALIKES = new Map(Object.entries({ 0: "o", o: "0", 1: "li", l: "1", i: "1" }));
/** Words that are offered where none is clearly the one. */
const MOST_OFFERED = 3;
/** Answers that are kept: a reader who goes on typing asks for the same word again. */
const KEPT = 100;

/**
 * Finds the words that were probably meant: one letter (two in a long word) missing, too many, wrong, or two
 * neighbours swapped.
 */
export class Mender {
  /** @param {TextIndex[]} indexes @param {TextIndex} names of methods, each as one word */
  constructor(indexes, names) {
    this.indexes = indexes;
    this.names = names;
    /** For each word the letters that it has, as bits: tells most words apart without a closer look. */
    this.letters = indexes.map(({ words }) => Uint32Array.from(words, lettersOf));
    /** @type {Uint32Array | null} the same for names; made when it is asked for */
    this.lettersOfNames = null;
    /** @type {Map<string, Near[]>} */
    this.known = new Map();
  }

  /**
   * @param {string} word folded; no word begins so
   * @param {TextIndex} [but] a word of this index alone is not meant
   * @returns {string | null} the nearest word, or the beginning of one: of equally near ones a whole word, then the
   *   one that most papers hold; null where several are as near, and none is held by many more papers than the others
   */
  mend(word, but) {
    if (word.length < SHORTEST) {
      const [alike, ...others] = this.#lookalikes(word);
      return others.length ? null : (alike ?? null);
    }
    const most = word.length < LONG ? 1 : 2;
    const near = this.#within(word, most).filter(({ indexes }) => indexes.some((index) => index !== but));
    const [best, ...others] = near.filter(({ edits }) => !(edits & 1) || word.length >= BEGINNING);
    if (!best || best.edits & 1) return best?.word ?? null;
    const rivals = others.filter(({ edits }) => edits === best.edits);
    // With two wrong letters it is not nearer than a name with some that were left out.
    if (best.edits > 2) rivals.push(...this.#namesLike(word));
    const same = [best.word, ...otherNumber(best.word)];
    const isName = this.#isName(best.word);
    const isClear = rivals.every(({ word, papers }) => {
      const times = !isName && this.#isName(word) ? CLEARLY_NO_NAME : CLEARLY;
      return same.includes(word) || best.papers >= times * papers;
    });
    return isClear ? best.word : null;
  }

  /** @param {string} word folded; no word begins so, and none was clearly meant @returns {string[]} those that may have been, the most alike first */
  offers(word) {
    if (word.length < SHORTEST) return this.#lookalikes(word).slice(0, MOST_OFFERED);
    const whole = this.#within(word, word.length < LONG ? 1 : 2).filter(({ edits }) => !(edits & 1));
    const likeness = new Map([...whole, ...this.#namesLike(word)].map((one) => [one.word, { papers: one.papers, like: ratio(word, one.word, 0) }]));
    const sorted = [...likeness].sort(([, one], [, other]) => other.like - one.like || other.papers - one.papers);
    return sorted.slice(0, MOST_OFFERED).map(([name]) => name);
  }

  /** @param {string} word folded @returns {Near[]} other words that are nearly so, the nearest first; too many, but for those that stand beside another word */
  beside(word) {
    if (word.length < SHORTEST_BESIDE) return [];
    return this.#within(word, word.length < LONG_BESIDE ? 1 : 2).filter(({ edits }) => edits && !(edits & 1));
  }

  /** @param {string} word @param {number} most letters that are wrong @returns {Near[]} the nearest first, then those that more papers hold */
  #within(word, most) {
    const key = `${most} ${word}`;
    const known = this.known.get(key);
    if (known) return known;
    const wanted = lettersOf(word);
    /** @type {Map<string, Near>} */
    const found = new Map();
    this.indexes.forEach((index, number) => {
      const letters = this.letters[number];
      for (let at = 0; at < letters.length; at++) {
        if (tooMany(wanted & ~letters[at], most)) continue;
        const edits = editsToBeginning(word, index.words[at], most);
        if (edits > 2 * most + 1) continue;
        const { papers, indexes } = found.get(index.words[at]) ?? { papers: 0, indexes: [] };
        const near = { word: index.words[at], edits, papers: Math.max(papers, index.papersWith(at)), indexes: [...indexes, index] };
        found.set(near.word, near);
      }
    });
    const sorted = [...found.values()].sort((one, other) => one.edits - other.edits || other.papers - one.papers);
    if (this.known.size === KEPT) this.known.clear();
    this.known.set(key, sorted);
    return sorted;
  }

  /** @param {string} word @returns {boolean} whether a method is called so */
  #isName(word) {
    return bits.size(this.names.holds([word])) > 0;
  }

  /** @param {string} word @returns {{word: string, papers: number}[]} names that are much like it, whatever letters they lack */
  #namesLike(word) {
    if (word.length < LONG_NAME) return [];
    const { words } = this.names;
    const letters = (this.lettersOfNames ??= Uint32Array.from(words, lettersOf));
    const wanted = lettersOf(word);
    const share = LIKE_ENOUGH / 200;
    const found = [];
    for (let at = 0; at < words.length; at++) {
      // So many letters have both of them, if they are alike enough.
      const common = share * (word.length + words[at].length);
      if (tooMany(wanted & ~letters[at], word.length - common) || tooMany(letters[at] & ~wanted, words[at].length - common)) continue;
      if (ratio(word, words[at], LIKE_ENOUGH)) found.push({ word: words[at], papers: this.names.papersWith(at) });
    }
    return found;
  }

  /** @param {string} word @returns {string[]} words that look like it, because a digit of one is a letter of the other */
  #lookalikes(word) {
    const others = [...word].flatMap((letter, at) =>
      [...(LOOKALIKES.get(letter) ?? "")].map((other) => word.slice(0, at) + other + word.slice(at + 1)),
    );
    return others.filter((other) => this.indexes.some((index) => bits.size(index.holds([other]))));
  }
}

/** @param {string} word */
function lettersOf(word) {
  let set = 0;
  for (let at = 0; at < word.length; at++) set |= 1 << (word.charCodeAt(at) & 31);
  return set;
}

/** @param {number} set 32 bits @param {number} most @returns {boolean} whether more than *most* are set */
function tooMany(set, most) {
  for (let left = most; set; left--) {
    if (left < 1) return true;
    set &= set - 1;
  }
  return false;
}

/** Rows of the table of edits, used again and again: there may be a hundred thousand words to look at. */
const LONGEST = 64;
let [before, row, next] = [0, 1, 2].map(() => new Uint8Array(LONGEST + 1));

/**
 * @param {string} typed
 * @param {string} word
 * @param {number} most edits; more than that are not told apart
 * @returns {number} twice the edits that make *typed* the word; or twice those that make it a beginning of
 *   the word, and one more
 */
function editsToBeginning(typed, word, most) {
  const size = typed.length;
  const length = Math.min(word.length, size + most);
  if (word.length < size - most || length > LONGEST) return 2 * most + 2;
  for (let to = 0; to <= length; to++) row[to] = to;
  for (let at = 1; at <= size; at++) {
    // Only cells near the diagonal can hold few edits.
    const first = Math.max(1, at - most);
    const last = Math.min(length, at + most);
    const letter = typed.charCodeAt(at - 1);
    next[first - 1] = first === 1 ? at : most + 1;
    let least = next[first - 1];
    for (let to = first; to <= last; to++) {
      let edits = row[to - 1] + (letter === word.charCodeAt(to - 1) ? 0 : 1);
      // The cell above the last one lies outside of what was looked at.
      if (to < at + most && row[to] + 1 < edits) edits = row[to] + 1;
      if (next[to - 1] + 1 < edits) edits = next[to - 1] + 1;
      if (at > 1 && to > 1 && letter === word.charCodeAt(to - 2) && typed.charCodeAt(at - 2) === word.charCodeAt(to - 1)) {
        edits = Math.min(edits, before[to - 2] + 1);
      }
      next[to] = edits;
      if (edits < least) least = edits;
    }
    if (least > most) return 2 * most + 2;
    [before, row, next] = [row, next, before];
  }
  const whole = word.length === length && length >= size - most ? row[length] : most + 1;
  let part = most + 1;
  for (let to = Math.max(0, size - most); to <= length; to++) part = Math.min(part, row[to]);
  return Math.min(2 * whole, 2 * part + 1);
}
