/**
 * From text to words. Titles and what a reader types pass through the same `words`, so that they meet:
 * case, diacritics and punctuation do not matter ("Müller's" is "muller" and "s"). The same is done in
 * Python, by catalog/query/words.py.
 */

/** Letters that are folded although Unicode does not decompose them. */
const LETTERS = new Map(
  Object.entries({ ß: "ss", æ: "ae", œ: "oe", ø: "o", đ: "d", ð: "d", þ: "th", ł: "l", ı: "i", ħ: "h" }),
);
const SPECIAL = new RegExp(`[${[...LETTERS.keys()].join("")}]`, "g");

/**
 * @param {string} text
 * @returns {string} lower case, without diacritics
 */
export function withoutMarks(text) {
  const lower = text.toLowerCase();
  // Most titles are plain ASCII, and normalising costs more than looking.
  if (/^[\x00-\x7f]*$/.test(lower)) return lower;
  return lower
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .replace(SPECIAL, (letter) => /** @type {string} */ (LETTERS.get(letter)));
}

/**
 * @param {string} text
 * @returns {string[]} its words, folded
 */
export function words(text) {
  return withoutMarks(text).match(/[\p{L}\p{N}]+/gu) ?? [];
}
