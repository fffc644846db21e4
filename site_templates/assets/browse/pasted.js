/**
 * What a reader pastes in place of a title: an identifier, a paper's address at arXiv, doi.org, OpenReview, the ACL
 * Anthology or a host that has their identifiers in its addresses, the line that arXiv prints on a paper's margin, a
 * BibTeX entry, a line of a list of references, or "Chen et al., 2024". It becomes a clause of the query language; the
 * command line does the same with most of it, in catalog/cli/pasted/. Several of them are cut apart by items.js;
 * citation keys are the business of citations.js, and titles within a text that of titles.js.
 * Addresses are read as catalog/links.py reads them; tests/link_cases.json is the table that both pass.
 */

const ARXIV = "(\\d{4}\\.\\d{4,5}|[a-z-]+(?:\\.[a-z]{2})?/\\d{7})(?:v\\d+)?";
const SITE = "(?:https?://)?(?:www\\.)?";
const ANTHOLOGY = "(?:aclanthology\\.org|aclweb\\.org/anthology)";
const REST = "(?:[/?#]\\S*)?";
const REGISTRANT = "10\\.(?!5555/)\\d{4,9}"; // ACM numbers papers that have no DOI with 10.5555

/** What stands before an arXiv id in addresses of arXiv and of hosts that show its papers. */
const ARXIV_AT = [
  "(?:[\\w-]+\\.)*arxiv\\.org/(?:abs|pdf|html)/",
  "alphaxiv\\.org/(?:[a-z-]+/)+",
  "ar5iv\\.org/(?:abs|html|pdf)/",
  "huggingface\\.co/papers/",
  "semanticscholar\\.org/arxiv/",
  "api\\.semanticscholar\\.org/arxiv:",
].join("|");
/** What stands before the DOI of a paper in addresses of publishers, and not before that of a volume. */
const DOI_AT = [
  "link\\.springer\\.com/(?:article|chapter|content/pdf)/",
  "direct\\.mit\\.edu/(?:[\\w-]+/)+doi/",
  "(?:dl\\.acm\\.org|journals\\.sagepub\\.com|onlinelibrary\\.wiley\\.com|pnas\\.org|pubs\\.acs\\.org|pubs\\.aip\\.org"
    + "|science\\.org|tandfonline\\.com)/doi/(?:(?:abs|e?pdf|full|fullHtml)/)?",
].join("|");

/** What arXiv prints on a paper's margin, and how references name preprints. */
const PRINTED = [
  new RegExp(`^arxiv:\\s*${ARXIV}\\s*\\[[a-z.-]+\\]`, "i"),
  new RegExp(`\\barxiv (?:e-?|pre)prints?,? arxiv:\\s*${ARXIV}`, "i"),
  new RegExp(`\\bcorr,? abs/${ARXIV}`, "i"),
];
/** A citation in running text: the first author's family name and the year. */
const CITED = /^[^\p{L}\p{N}]*([\p{L}'’-]+(?: [\p{L}'’-]+)?) et al\.?,? ?[([]?((?:19|20)\d{2})[a-z]?[^\p{L}\p{N}]*$/iu;

/** Field -> the texts that name a paper by it, the identifier in the first group; the first that fits holds. */
const FORMS = /** @type {[string, RegExp][]} */ ([
  ["arxiv", new RegExp(`^(?:arxiv:\\s*)?${ARXIV}$`, "i")],
  ["arxiv", new RegExp(`^${SITE}(?:${ARXIV_AT})${ARXIV}(?:\\.pdf)?${REST}$`, "i")],
  ["arxiv", new RegExp(`^(?:${SITE}(?:dx\\.)?doi\\.org/|doi:\\s*)?10\\.48550/arxiv\\.${ARXIV}$`, "i")],
  ["doi", new RegExp(`^(?:${SITE}(?:dx\\.)?doi\\.org/|doi:\\s*)?(${REGISTRANT}/[^\\s"]+)$`, "i")],
  ["doi", new RegExp(`^${SITE}(?:${DOI_AT})(${REGISTRANT}(?:/|%2F)[^\\s"/?#]+?)(?:\\.pdf)?${REST}$`, "i")],
  ["openreview", new RegExp(`^${SITE}openreview\\.net/(?:forum|pdf)\\?id=([\\w-]+)(?:[&#]\\S*)?$`, "i")],
  ["anthology", new RegExp(`^${SITE}${ANTHOLOGY}/([a-z]\\d{2}-\\d{4}|\\d{4}\\.[\\w-]+\\.\\d+)(?:\\.pdf|\\.bib)?${REST}$`, "i")],
]);

/**
 * @param {string} text
 * @returns {string} the clause that asks for the paper that *text* names, or *text* as it is
 */
export function pasted(text) {
  const title = titleOf(text);
  return identifiers(text)[0] ?? (title ? `title:"${title}"` : cited(text.trim())) ?? text;
}

/** @param {string} text @returns {string[]} the clauses for the identifiers by which it names one paper */
export function identifiers(text) {
  const typed = text.trim();
  if (isEntry(typed)) return ofEntry(typed);
  return [identified(typed) ?? printed(typed)].flatMap((clause) => clause ?? []);
}

/** @param {string} text @returns {string} the title that a BibTeX entry or a line of references says to be one; "" for none */
export function titleOf(text) {
  const typed = text.trim();
  return plainTitle(isEntry(typed) || /^title\s*=/i.test(typed) ? valueOf(typed, "title") : quoted(typed));
}

/** @param {string} text @returns {boolean} whether it is an identifier or an address, and nothing else */
export function isNamed(text) {
  return identified(text) !== null || isAddress(text);
}

/** @param {string} text @returns {boolean} whether it is an address, if only that of a repository */
export function isAddress(text) {
  return /^https?:\/\/\S+$/i.test(text) || /^(?:www\.)?(?:github|gitlab)\.com\/\S+$/i.test(text);
}

/** @param {string} text @returns {boolean} whether it begins as a BibTeX entry */
export function isEntry(text) {
  return /^@[a-z]+\s*\{/i.test(text);
}

/** @param {string} text @returns {boolean} whether it cites a paper by its first author and year */
export function isCitation(text) {
  return CITED.test(text);
}

/** @param {string} typed @returns {string | null} the clause for an identifier, alone or in an address */
function identified(typed) {
  const bare = typed.replace(/[.,;]+$/, "");
  for (const [field, form] of FORMS) {
    const named = form.exec(bare);
    if (named) return `${field}:"${named[1].replace(/%2F/gi, "/")}"`;
  }
  return null;
}

/** @param {string} entry of BibTeX @returns {string[]} the clauses for its identifiers */
function ofEntry(entry) {
  const value = (/** @type {string} */ name) => valueOf(entry, name);
  const named = ["eprint", "doi", "url"].map((name) => identified(value(name)));
  return [...named, printed(`${value("journal")} ${value("volume")}`)].flatMap((clause) => clause ?? []);
}

/** @param {string} text @param {string} name @returns {string} the value of that field of a BibTeX entry, "" for none */
function valueOf(text, name) {
  const begin = new RegExp(`(?:^|[\\s,{])${name}\\s*=\\s*`, "i").exec(text);
  if (!begin) return "";
  const rest = text.slice(begin.index + begin[0].length);
  if (rest.startsWith('"')) return rest.slice(1).split('"')[0];
  if (!rest.startsWith("{")) return /^[^\s,}]*/.exec(rest)?.[0] ?? "";
  let depth = 0;
  const end = [...rest].findIndex((letter) => (depth += letter === "{" ? 1 : letter === "}" ? -1 : 0) === 0);
  return rest.slice(1, end < 0 ? undefined : end);
}

/** @param {string} typed @returns {string | null} the clause for the arXiv id of a margin, or of a reference to a preprint */
function printed(typed) {
  const found = PRINTED.map((form) => form.exec(typed)).find(Boolean);
  return found ? `arxiv:"${found[1]}"` : null;
}

/** @param {string} typed @returns {string | null} the clauses for an author and a year */
function cited(typed) {
  const found = CITED.exec(typed);
  return found && `author:"${found[1]}" year:${found[2]}`;
}

/** @param {string} typed @returns {string} the quoted title of a line of references; "" for none */
function quoted(typed) {
  if (!/^\[\d+\]|\bet al\b/i.test(typed)) return "";
  const parts = [...typed.matchAll(/["“]([^"”]+)["”]/g)].map(([, part]) => part);
  return parts.find((part) => part.split(/\s+/).length > 3) ?? "";
}

/** @param {string} title also with BibTeX's braces @returns {string} "" where it says nothing */
function plainTitle(title) {
  const plain = title.replace(/[{}"\\]/g, "").trim();
  return /[\p{L}\p{N}]/u.test(plain) ? plain : "";
}
