/**
 * How alike two words are: for "did you mean".
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
