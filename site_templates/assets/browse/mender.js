/**
 * The word that was probably meant by one that no paper holds.
 */

/** Shorter words are not mended: too many are near. */
const SHORTEST = 4;
/** From this length on a word may be mended to the beginning of another: its reader may be still typing. */
const BEGINNING = 6;
/** From this length on two letters may be wrong. */
const LONG = 8;
/** Answers that are kept: a reader who goes on typing asks for the same word again. */
const KEPT = 100;

/**
 * Finds the word that was probably meant: one letter (two in a long word) missing, too many, wrong, or two
 * neighbours swapped.
 */
export class Mender {
  /** @param {import("./text_index.js").TextIndex[]} indexes */
  constructor(indexes) {
    this.indexes = indexes;
    /** For each word the letters that it has, as bits: tells most words apart without a closer look. */
    this.letters = indexes.map(({ words }) => Uint32Array.from(words, lettersOf));
    /** @type {Map<string, string | null>} */
    this.known = new Map();
  }

  /**
   * @param {string} word folded; no word begins so
   * @returns {string | null} the nearest word, or the beginning of one: of equally near ones a whole word,
   *   then the one that most papers hold
   */
  mend(word) {
    const known = this.known.get(word);
    if (known !== undefined) return known;
    const found = this.#nearest(word);
    if (this.known.size === KEPT) this.known.clear();
    this.known.set(word, found);
    return found;
  }

  /** @param {string} word */
  #nearest(word) {
    if (word.length < SHORTEST) return null;
    const most = word.length < LONG ? 1 : 2;
    const wanted = lettersOf(word);
    let best = null;
    let least = 2 * most + 2;
    let papers = 0;
    this.indexes.forEach((index, number) => {
      const letters = this.letters[number];
      for (let at = 0; at < letters.length; at++) {
        if (tooMany(wanted & ~letters[at], most)) continue;
        const edits = editsToBeginning(word, index.words[at], most);
        if (edits > least || edits > 2 * most + 1 || (edits & 1 && word.length < BEGINNING)) continue;
        const holding = index.papersWith(at);
        if (edits === least && holding <= papers) continue;
        [best, least, papers] = [index.words[at], edits, holding];
      }
    });
    return best;
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
    if (!left) return true;
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
