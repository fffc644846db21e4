/**
 * How alike two words are: for "did you mean" and for words that no paper holds.
 */

/**
 * The same measure as in Python (rapidfuzz' `ratio`): what share of both is common, in order.
 * @param {string} first
 * @param {string} second
 * @returns {number} 0 to 100
 */
export function ratio(first, second) {
  const [a, b] = [[...first], [...second]]; // letters, not halves of them
  if (!a.length && !b.length) return 100;
  let row = new Uint16Array(b.length + 1);
  for (const letter of a) {
    const next = new Uint16Array(b.length + 1);
    for (let at = 1; at <= b.length; at++) {
      next[at] = letter === b[at - 1] ? row[at - 1] + 1 : Math.max(row[at], next[at - 1]);
    }
    row = next;
  }
  return (200 * row[b.length]) / (a.length + b.length);
}

/**
 * @template Choice
 * @param {string} word
 * @param {Iterable<[Choice, string]>} choices each with what stands for it
 * @param {number} least likeness that is enough
 * @returns {Choice | null} the most alike; of equals the first
 */
export function nearest(word, choices, least) {
  let best = null;
  let likeness = -1;
  for (const [choice, text] of choices) {
    const found = ratio(word, text);
    if (found >= least && found > likeness) [best, likeness] = [choice, found];
  }
  return best;
}

/** Shorter words are not mended: too many are near. */
const SHORTEST = 4;
/** From this length on a word may be mended to the beginning of another: its reader may be still typing. */
const BEGINNING = 6;
/** From this length on two letters may be wrong. */
const LONG = 8;

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
  }

  /**
   * @param {string} word folded; no word begins so
   * @returns {string | null} the nearest word, or the beginning of one: of equally near ones a whole word,
   *   then the one that most papers hold
   */
  mend(word) {
    if (word.length < SHORTEST) return null;
    const most = word.length < LONG ? 1 : 2;
    const wanted = lettersOf(word);
    let best = null;
    let rank = [most + 1, 1, 0];
    this.indexes.forEach((index, number) => {
      const letters = this.letters[number];
      for (let at = 0; at < letters.length; at++) {
        if (tooMany(wanted & ~letters[at], most)) continue;
        const [distance, part] = distanceToBeginning(word, index.words[at], most);
        if (distance > most || (part && word.length < BEGINNING)) continue;
        const own = [distance, part, -index.papersWith(at)];
        if (isBefore(own, rank)) [best, rank] = [index.words[at], own];
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

/** @param {number[]} a @param {number[]} b @returns {boolean} */
function isBefore(a, b) {
  const at = a.findIndex((value, position) => value !== b[position]);
  return at >= 0 && a[at] < b[at];
}

/**
 * @param {string} typed
 * @param {string} word
 * @param {number} most
 * @returns {[distance: number, part: 0 | 1]} edits that make *typed* the word, or else (part) its beginning
 */
function distanceToBeginning(typed, word, most) {
  if (word.length < typed.length - most) return [most + 1, 1];
  const length = Math.min(word.length, typed.length + most);
  let before = /** @type {number[]} */ ([]);
  let row = Array.from({ length: length + 1 }, (_, at) => at);
  for (let at = 1; at <= typed.length; at++) {
    const next = [at];
    for (let to = 1; to <= length; to++) {
      const same = typed[at - 1] === word[to - 1];
      let edits = Math.min(row[to] + 1, next[to - 1] + 1, row[to - 1] + (same ? 0 : 1));
      const swapped = at > 1 && to > 1 && typed[at - 1] === word[to - 2] && typed[at - 2] === word[to - 1];
      if (swapped) edits = Math.min(edits, before[to - 2] + 1);
      next.push(edits);
    }
    [before, row] = [row, next];
    if (Math.min(...row) > most) return [most + 1, 1];
  }
  const whole = length === word.length ? row[length] : most + 1;
  const part = Math.min(...row);
  return whole <= part ? [whole, 0] : [part, 1];
}
