/**
 * A query as others write it: quotation marks and brackets of other keyboards, "or" between brackets. The same is done in
 * Python, by catalog/query/marks.py.
 */

/** What divides the parts of a query, as a class of a regular expression; "↵" is the end of a pasted line. */
export const SPACE = "\\t-\\r \\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000\\ufeff↵";

const QUOTED = /("[^"]*"?)/;
const BEFORE = `(?:(?<![^${SPACE}(\\[:,-])|(?<=[${SPACE})"”“＂'’](?:OR|or|AND|NOT|and|not)))`;
const BEHIND = `(?=[${SPACE})\\],]|$|(?:OR|AND|NOT|or|and|not)[${SPACE}("“„‟＂'‘‚])`;
/** Around words as a whole: within a word they are an apostrophe or the like. */
const QUOTES = [new RegExp(`${BEFORE}[“„‟”＂]([^“„‟”＂]*)[”“＂]${BEHIND}`, "g"), new RegExp(`${BEFORE}['‘‚]([^'‘‚’]*)['’‘]${BEHIND}`, "g")];
/** Between quotes or brackets they join; between words they are words. */
const SMALL = new RegExp(`([")][${SPACE}]*(?:AND[${SPACE}]+)?)(or|not|and(?:[${SPACE}]+not)?)(?=[${SPACE}]*["(])`, "g");

/** @param {string} text @returns {string} with `"`, `(` and `)` for others of their kind, and operators in capitals; as long as it was */
export function plainly(text) {
  const quoted = outsideQuotes(text.replaceAll("（", "(").replaceAll("）", ")"), withQuotes);
  return outsideQuotes(quoted, (part) => part.replace(SMALL, (_, before, small) => before + small.toUpperCase()));
}

// "With or without training" joins nothing.
const BETWEEN_WORDS = new RegExp(`(?<![^${SPACE}()])(?:(or(?![${SPACE}]+(?:not|without))|\\|\\|?)|((?:and|but)[${SPACE}]+not)|and)(?![^${SPACE}()])`, "g");

/** @param {string} text @returns {string | null} with "or" and "and not" between words as the operators that they may be; null without any */
export function withCapitals(text) {
  let isOne = false;
  const changed = outsideQuotes(plainly(text), (part) =>
    part.replace(BETWEEN_WORDS, (_, or, not) => {
      isOne ||= Boolean(or || not);
      return or ? "OR" : not ? "AND NOT" : "AND";
    }),
  );
  return isOne ? changed : null;
}

/** @param {string} part */
function withQuotes(part) {
  return QUOTES.reduce((changed, quotes) => changed.replace(quotes, '"$1"'), part);
}

/**
 * @param {string} text
 * @param {(part: string) => string} change of a part that is not in quotes, with the quotation marks beside it
 */
function outsideQuotes(text, change) {
  const parts = text.split(QUOTED);
  const changed = parts.map((part, at) => {
    if (at % 2) return part;
    const [before, behind] = [at ? '"' : "", at + 1 < parts.length ? '"' : ""];
    const all = change(before + part + behind);
    return all.slice(before.length, all.length - behind.length);
  });
  return changed.join("");
}
