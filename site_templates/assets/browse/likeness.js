/**
 * How alike two words are: for "did you mean".
 */

/**
 * The same measure as in Python (rapidfuzz' `ratio`): what share of both is common, in order.
 * @param {string} first
 * @param {string} second
 * @param {number} least likeness that is asked for
 * @returns {number} 0 to 100; 0 where it is less than *least*
 */
export function ratio(first, second, least) {
  const [a, b] = [[...first], [...second]]; // letters, not halves of them
  if (!a.length && !b.length) return 100;
  // A short word and a very long one need not be compared.
  if (200 * Math.min(a.length, b.length) < least * (a.length + b.length)) return 0;
  let row = new Uint16Array(b.length + 1);
  for (const letter of a) {
    const next = new Uint16Array(b.length + 1);
    for (let at = 1; at <= b.length; at++) {
      next[at] = letter === b[at - 1] ? row[at - 1] + 1 : Math.max(row[at], next[at - 1]);
    }
    row = next;
  }
  const found = (200 * row[b.length]) / (a.length + b.length);
  return found < least ? 0 : found;
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
  let likeness = 0;
  for (const [choice, text] of choices) {
    const found = ratio(word, text, least);
    if (found > likeness) [best, likeness] = [choice, found];
  }
  return best;
}
