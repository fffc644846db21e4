/**
 * From text to words. Titles and what a reader types pass through the same `words`, so that they meet:
 * case, diacritics and punctuation do not matter ("Müller's" is "muller" and "s"). The same is done in
 * Python, by catalog/query/words.py, and so are singular and plural.
 */

/** Letters that are folded although Unicode does not decompose them. */
const LETTERS = new Map(
  Object.entries({ ß: "ss", æ: "ae", œ: "oe", ø: "o", đ: "d", ð: "d", þ: "th", ł: "l", ı: "i", ħ: "h" }),
);
const SPECIAL = new RegExp(`[${[...LETTERS.keys()].join("")}]`, "g");

/** Chinese characters and Japanese letters, between whose words no space is written. */
const UNSPACED = /[\u3005\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\u{20000}-\u{3ffff}]/gu;

/** What Greek letters are called that stand for themselves, as in names of methods. */
const GREEK = new Map(
  (
    "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi rho sigma tau " +
    "upsilon phi chi psi omega"
  )
    .split(" ")
    .map((name, at) => ["αβγδεζηθικλμνξοπρστυφχψω"[at], name]),
);

/** @type {[RegExp, string[]][]} how English words end, and what stands there in the other number, singular or plural; the first that fits */
const NUMBERS = [
  [/ies$/, ["ie", "y"]],
  [/(?<=[sxz]|[cs]h)es$/, ["e", ""]],
  [/(?<=[^s])s$/, [""]],
  [/(?<=[^aeiou])y$/, ["ies"]],
  [/(?<=[sxz]|[cs]h)$/, ["es"]],
  [/$/, ["s"]],
];
const LEAST_LETTERS = 3;

/**
 * @param {string} text
 * @returns {string} lower case, without diacritics
 */
export function withoutMarks(text) {
  const lower = text.toLowerCase();
  // Most titles are plain ASCII, and normalising costs more than looking.
  if (/^[\x00-\x7f]*$/.test(lower)) return lower;
  return speltOut(lower.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase());
}

/**
 * @param {string} text in small letters
 * @returns {string} the same with letters spelt out that Unicode does not decompose
 */
export function speltOut(text) {
  return text.replace(SPECIAL, (letter) => /** @type {string} */ (LETTERS.get(letter)));
}

/**
 * @param {string} text
 * @returns {string[]} its words, folded; a single Greek letter by its name, and each letter of `UNSPACED` by itself
 */
export function words(text) {
  const folded = withoutMarks(text).replace(UNSPACED, " $& ");
  const found = folded.match(/[\p{L}\p{N}]+/gu) ?? [];
  return /[α-ω]/.test(folded) ? found.map((word) => GREEK.get(word) ?? word) : found;
}

/** Behind a word of a phrase: it is the beginning of one. */
export const BEGINS = "*";

/** @param {string} text @returns {string[]} its words as those of a phrase: a star at the end of one stays */
export function phraseWords(text) {
  const [first, ...others] = text.split(BEGINS);
  const found = words(first);
  let before = first;
  for (const part of others) {
    // A letter that becomes a part of the word beside it tells that the star stands there.
    const isBehind = words(`${before}x`).join(" ") !== [...words(before), "x"].join(" ");
    if (found.length && isBehind && words(`x${part}`)[0] === "x") found[found.length - 1] += BEGINS;
    found.push(...words(part));
    before = part;
  }
  return found;
}

/**
 * @param {string} word folded
 * @returns {string[]} what it is in the other number; of two forms only one is a word
 */
export function otherNumber(word) {
  const [ending, others] = /** @type {[RegExp, string[]]} */ (NUMBERS.find(([ending]) => ending.test(word)));
  return others.map((other) => word.replace(ending, other)).filter((form) => [...form].length >= LEAST_LETTERS);
}
