/**
 * What a reader pastes in place of a title: an identifier, or a paper's address at arXiv, doi.org, OpenReview or
 * the ACL Anthology. It becomes a clause of the query language; the command line asks for that clause itself.
 * Addresses are read as catalog/links.py reads them; tests/link_cases.json is the table that both pass.
 */

const ARXIV = "(\\d{4}\\.\\d{4,5}|[a-z-]+(?:\\.[a-z]{2})?/\\d{7})(?:v\\d+)?";
const SITE = "(?:https?://)?(?:www\\.)?";
const ANTHOLOGY = "(?:aclanthology\\.org|aclweb\\.org/anthology)";
const REST = "(?:[/?#]\\S*)?";

/** Field -> the texts that name a paper by it, the identifier in the first group; the first that fits holds. */
const FORMS = /** @type {[string, RegExp][]} */ ([
  ["arxiv", new RegExp(`^(?:arxiv:\\s*)?${ARXIV}$`, "i")],
  ["arxiv", new RegExp(`^${SITE}arxiv\\.org/(?:abs|pdf|html)/${ARXIV}(?:\\.pdf)?${REST}$`, "i")],
  ["arxiv", new RegExp(`^${SITE}huggingface\\.co/papers/${ARXIV}${REST}$`, "i")],
  ["arxiv", new RegExp(`^(?:${SITE}(?:dx\\.)?doi\\.org/|doi:\\s*)?10\\.48550/arxiv\\.${ARXIV}$`, "i")],
  ["doi", new RegExp(`^(?:${SITE}(?:dx\\.)?doi\\.org/|doi:\\s*)?(10\\.\\d{4,9}/[^\\s"]+)$`, "i")],
  ["openreview", new RegExp(`^${SITE}openreview\\.net/(?:forum|pdf)\\?id=([\\w-]+)(?:[&#]\\S*)?$`, "i")],
  ["anthology", new RegExp(`^${SITE}${ANTHOLOGY}/([a-z]\\d{2}-\\d{4}|\\d{4}\\.[\\w-]+\\.\\d+)(?:\\.pdf|\\.bib)?${REST}$`, "i")],
]);

/**
 * @param {string} text
 * @returns {string | null} the address that *text* is, where it is one that names no paper by an identifier, such
 *   as that of a repository
 */
export function address(text) {
  const typed = text.trim();
  const isOne = /^https?:\/\/\S+$/i.test(typed) || /^(?:www\.)?(?:github|gitlab)\.com\/\S+$/i.test(typed);
  return isOne && pasted(text) === text ? typed : null;
}

/**
 * @param {string} text
 * @returns {string} the clause that asks for the paper that *text* names, or *text* as it is
 */
export function pasted(text) {
  const typed = text.trim();
  for (const [field, form] of FORMS) {
    const named = form.exec(typed);
    if (named) return `${field}:"${named[1]}"`;
  }
  return text;
}
