/**
 * How closely papers match the words typed: a reader who types a method's name wants that method's paper before
 * the newer ones that mention it.
 */

/** With fewer letters nearly everything would be called so. */
const LEAST_LETTERS = 2;

/**
 * @param {string[]} words typed anywhere, folded, in their order; the last may be a beginning
 * @param {import("./text_index.js").TextIndex} names
 * @param {import("./text_index.js").TextIndex} titles
 * @returns {Uint32Array[]} sets of rows, the closest first; they overlap, and what is in none is not close
 */
export function closest(words, names, titles) {
  if (words.join("").length < LEAST_LETTERS) return [];
  const sets = [
    names.inARow(words, { whole: true }),
    titles.inARow(words, { whole: true }),
    names.inARow(words, { begin: true }),
  ];
  // One word begins too many titles for this to mean anything.
  if (words.length > 1) sets.push(titles.inARow(words, { begin: true }), titles.inARow(words, {}));
  return sets;
}
