/**
 * The search itself: which papers match, in which order, and how many each facet's term would leave.
 *
 * No DOM and no network here, so that it runs in a worker, on the page and under test alike.
 *
 * @typedef {Asked & import("./narrowing.js").Ticked} Query
 * @typedef {object} Asked
 * @property {string} text in the language of query.js
 * @property {string[] | null} ids only these papers; null for all
 * @property {string} sort one of SORTS, with "-" before it for the other way round
 * @property {boolean} [exact] the text is taken as the command line takes it: words that no paper holds are not
 *   mended, and an identifier without its field is words
 * @property {[string, string]} [matrix] two fields whose pairs of terms are counted, too
 *
 * @typedef {Listed & import("./advice.js").Advised} Answer
 * @typedef {object} Listed
 * @property {number} total papers that match
 * @property {number} all papers that there are
 * @property {import("./papers.js").Result[]} results
 * @property {Record<string, number[]>} counts field -> for each of its terms, the papers that ticking it
 *   finds; of an excluded term, the papers that it keeps out
 * @property {import("./query.js").Problem[]} problems what of the text is not understood
 * @property {import("./meaning.js").Mended[]} mended words searched for in place of those typed
 * @property {string[]} missing ids that are asked for and of no paper
 * @property {boolean} deep the papers have what was typed in their summaries: it is nowhere else
 * @property {boolean} free words were looked for anywhere
 * @property {boolean} summarized in summaries, too, if they were nowhere else
 * @property {import("./narrowing.js").Matrix} [matrix]
 *
 * @typedef {object} Found what a query means
 * @property {Narrowing} narrowing
 * @property {Uint32Array} rows the papers
 * @property {number} total how many they are
 * @property {import("./meaning.js").Meant} meant
 * @property {import("./clauses.js").Clause[]} clauses
 * @property {string} said their normal form
 * @property {import("./query.js").Problem[]} problems
 * @property {string[]} missing
 * @property {boolean} deep
 */

import * as bits from "./bits.js";
import { Citations, citationKeys } from "./citations.js";
import { isFree, isPhrase, normal } from "./clauses.js";
import { Meaning } from "./meaning.js";
import { Narrowing } from "./narrowing.js";
import { Orders } from "./orders.js";
import { Papers } from "./papers.js";
import { address, pasted } from "./pasted.js";
import { parse, parseTyped } from "./query.js";
import { BEST } from "./sorts.js";
import { Titles } from "./titles.js";
import { Vocabulary } from "./vocabulary.js";

/** Texts whose meaning is kept: the next question is often about the same one, and hints ask about others. */
const KEPT = 16;

/** @type {import("./advice.js").Advised} */
const NO_ADVICE = { without: [], any: null, read: [], alone: null, meant: [], spelt: [], near: [], people: [], summed: null, waiting: false };

export class Engine {
  /** @param {import("./papers.js").IndexData} index */
  constructor(index) {
    this.papers = new Papers(index);
    this.meaning = new Meaning(this.papers);
    this.orders = new Orders(this.papers);
    this.titles = new Titles(index);
    this.vocabulary = new Vocabulary({});
    /** @type {import("./names.js").Names | null} given with the details, as is advice */
    this.names = null;
    /** @type {Citations | null} */
    this.citations = null;
    /** @type {import("./advice.js").Advice | null} */
    this.advice = null;
    /** @type {Map<string, import("./meaning.js").Meant>} */
    this.known = new Map();
    /** @type {WeakMap<import("./meaning.js").Meant, Uint32Array[]>} which papers match closely; found out when it is asked for */
    this.closest = new WeakMap();
  }

  /** Authors, dates, links and the vocabulary are known from here on. @param {import("./details.js").Details} details */
  add(details) {
    this.papers.add(details);
    this.vocabulary = new Vocabulary(details.vocabulary);
    this.meaning.add(details);
    this.known.clear();
  }

  /** Results hold summaries from here on, and words are found in them. @param {import("./papers.js").Summaries} summaries */
  addSummaries({ summary }) {
    this.papers.summaries = summary;
    this.meaning.addSummaries(summary);
  }

  /** Citation keys are found from here on. @param {import("./citations.js").Keys} keys */
  addKeys(keys) {
    this.citations = new Citations(keys);
  }

  /**
   * @param {string} text as typed so far
   * @param {number} most
   * @returns {import("./names.js").Named[]} terms and authors that it may become; none before the details are there
   */
  named(text, most) {
    return this.names?.beginning(text, most) ?? [];
  }

  /**
   * @param {Query} query
   * @returns {boolean} whether it cannot be answered without the details: filters need the vocabulary
   */
  needsDetails({ text, ids, exact }) {
    return !this.papers.details && (pasted(text).includes(":") || ids !== null || (!exact && address(text) !== null));
  }

  /** @param {Query} query @returns {boolean} whether it asks for the summaries, which are not loaded */
  needsSummaries({ text }) {
    return !this.papers.summaries && /summar(?:y|ies):/i.test(text);
  }

  /** @param {Query} query @returns {boolean} whether it may be made of citation keys, which are not loaded */
  needsKeys({ text, exact }) {
    return !this.citations && !exact && citationKeys(text).keys.length > 0;
  }

  /** @param {Query} query @returns {boolean} whether it finds something only in the summaries, if at all, and they are not loaded */
  mayBeSummedUp(query) {
    const found = this.found(query);
    return !found.total && (this.advice?.waits(query, found) ?? false);
  }

  /**
   * @param {Query} query
   * @param {number} from how many results to pass over
   * @param {number} size how many results to return
   * @returns {Answer}
   */
  search(query, from, size) {
    const found = this.found(query);
    const { narrowing, rows, total, meant, clauses, problems, missing, deep } = found;
    const { facets, facetOf, size: all, summaries } = this.papers;
    const said = deep || clauses.some(({ field }) => field === "summary");
    /** @type {Answer} */
    const answer = {
      total,
      all,
      results: this.#sorted(found, query.sort, from + size)
        .slice(from)
        .map((row) => this.papers.result(row, said)),
      counts: Object.fromEntries(facets.map((facet) => [facet.field, narrowing.counts(facet, rows)])),
      problems,
      mended: meant.mended,
      missing,
      deep,
      free: clauses.some((clause) => isFree(clause) || isPhrase(clause)),
      summarized: !query.exact && summaries !== null && this.meaning.areSaid(clauses),
      ...NO_ADVICE,
      ...this.advice?.of(query, found),
    };
    if (query.matrix) {
      const [across, down] = query.matrix.map((field) => /** @type {import("./facet.js").Facet} */ (facetOf.get(field)));
      answer.matrix = narrowing.matrix(across, down);
    }
    return answer;
  }

  /**
   * @param {Query} query
   * @returns {import("./papers.js").Entry[]} everything that matches, in order
   */
  entries(query) {
    return this.#sorted(this.found(query), query.sort, this.papers.size).map((row) => this.papers.entry(row));
  }

  /** @param {string} text @returns {string} the normal form of what is understood of it */
  normal(text) {
    return normal(parse(text, this.vocabulary).clauses);
  }

  /** @param {Query} query @returns {Found} what it finds; where that is nothing else, papers whose titles it holds, or in summaries */
  found(query) {
    const found = this.narrowed(query);
    if (found.total || query.exact) return found;
    const title = this.titles.within(query.text);
    if (title !== null) return this.narrowed({ ...query, text: title });
    if (!this.papers.summaries || !this.meaning.areSaid(found.clauses)) return found;
    const deeper = this.narrowed(query, true);
    return deeper.total ? deeper : found;
  }

  /**
   * @param {Query} query
   * @param {boolean} [deep] words are looked for in summaries, too
   * @returns {Found}
   */
  narrowed(query, deep = false) {
    const { text, ids, exact = false } = query;
    const link = exact ? null : address(text);
    const cited = exact ? null : (this.citations?.cited(text) ?? null);
    const { clauses, problems } = exact ? parse(text, this.vocabulary) : parseTyped(link || cited ? "" : pasted(text), this.vocabulary);
    const said = normal(clauses);
    const meant = this.#meaning(said, clauses, exact, deep);
    const base = meant.rows.slice();
    if (link) bits.intersect(base, this.meaning.columns.ofAddress(link));
    if (cited) bits.intersect(base, cited.rows);
    const asked = ids && this.meaning.columns.ofIds(ids);
    if (asked) bits.intersect(base, asked.rows);
    const narrowing = new Narrowing(base, this.papers.facets, query);
    const rows = narrowing.rows();
    const missing = [...(cited?.missing ?? []), ...(asked?.missing ?? [])];
    return { narrowing, rows, total: bits.size(rows), meant, clauses, said, problems, missing, deep };
  }

  /** @param {string} said @param {import("./clauses.js").Clause[]} clauses @param {boolean} exact @param {boolean} deep */
  #meaning(said, clauses, exact, deep) {
    const key = `${exact} ${deep} ${said}`;
    const known = this.known.get(key);
    if (known) return known;
    const meant = this.meaning.ofAll(clauses, exact, deep);
    if (this.known.size === KEPT) this.known.clear();
    this.known.set(key, meant);
    return meant;
  }

  /**
   * @param {Found} found
   * @param {string} sort
   * @param {number} size
   * @returns {number[]} the first of its papers in that order
   */
  #sorted({ rows, meant }, sort, size) {
    if (sort !== BEST) return this.orders.first(rows, sort, [], size);
    const closest = this.closest.get(meant) ?? this.meaning.closest(meant);
    this.closest.set(meant, closest);
    return this.orders.first(rows, sort, closest, size);
  }
}
