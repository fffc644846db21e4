/**
 * What a reader pastes in place of a title: an identifier or several, a paper's address at arXiv, doi.org, OpenReview,
 * the ACL Anthology or a host that has their identifiers in its addresses, the line that arXiv prints on a paper's margin, a BibTeX entry, a line of a list of references,
 * or "Chen et al., 2024". It becomes a clause of the query language; the command line does the same with most of it, in
 * catalog/cli/pasted.py. Citation keys are the business of citations.js, and titles within a text that of titles.js.
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
  const bare = typed.replace(/[.,;]+$/, "");
  for (const [field, form] of FORMS) {
    const named = form.exec(bare);
    if (named) return `${field}:"${named[1].replace(/%2F/gi, "/")}"`;
  }
  return severalIds(typed) ?? entry(typed) ?? printed(typed) ?? reference(typed) ?? cited(typed) ?? text;
}

/** @param {string} typed @returns {string | null} the clause for arXiv ids next to each other */
function severalIds(typed) {
  const ids = typed.split(/[\s,;]+/).map((one) => new RegExp(`^(?:arxiv:)?${ARXIV}$`, "i").exec(one)?.[1]);
  return ids.length > 1 && ids.every(Boolean) ? `arxiv:${ids.join(",")}` : null;
}

/** @param {string} typed @returns {string | null} the clause for a BibTeX entry or its title: its id, or else its title */
function entry(typed) {
  if (!/^(?:@\w+\s*\{|title\s*=)/i.test(typed)) return null;
  const value = (/** @type {string} */ name) => valueOf(typed, name);
  const named = [value("eprint"), value("doi")].map((one) => one && pasted(one)).find((one) => one && /^\w+:"/.test(one));
  return named ?? titled(value("title"));
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

/** @param {string} typed @returns {string | null} the clause for the quoted title of a line of references */
function reference(typed) {
  if (!/^\[\d+\]|\bet al\b/i.test(typed)) return null;
  const quoted = [...typed.matchAll(/["“]([^"”]+)["”]/g)].map(([, title]) => title);
  return titled(quoted.find((title) => title.split(/\s+/).length > 3) ?? "");
}

/** @param {string} title also with BibTeX's braces @returns {string | null} */
function titled(title) {
  const plain = title.replace(/[{}"\\]/g, "").trim();
  return /[\p{L}\p{N}]/u.test(plain) ? `title:"${plain}"` : null;
}
