/**
 * The search itself: which papers match, in which order, and how many each facet's term would leave.
 *
 * No DOM and no network here, so that it runs in a worker, on the page and under test alike.
 *
 * @typedef {Asked & import("./narrowing.js").Ticked} Query
 * @typedef {object} Asked
 * @property {string} text in the language of query.js
 * @property {string[] | null} ids only these papers; null for all
 * @property {string} sort one of sortsOf, with "-" before it for the other way round
 * @property {boolean} [exact] the text is taken as the command line takes it: words that no paper holds are not
 *   mended, and an identifier without its field is words
 * @property {[string, string]} [matrix] two fields whose pairs of terms are counted, too
 * @property {boolean} [facts] all that is known of the papers is told
 *
 * @typedef {Listed & import("./advice.js").Advised} Answer
 * @typedef {object} Listed
 * @property {number} total papers that match
 * @property {number} all papers that there are
 * @property {import("./papers.js").Result[]} results
 * @property {Record<string, number[]>} counts field -> for each of its terms, the papers that ticking it
 *   finds; of an excluded term, the papers that it keeps out
 * @property {import("./query.js").Problem[]} problems what of the text is not understood
 * @property {import("./finding.js").Mended[]} mended words searched for in place of those typed
 * @property {string[]} missing ids that are asked for and of no paper
 * @property {Told | null} list what the text names, where it is no search but a list of papers
 * @property {boolean} deep the papers have what was typed in their summaries: it is nowhere else
 * @property {boolean} nearly no paper has all of the words, and these have most of them
 * @property {boolean} free words were looked for anywhere
 * @property {boolean} summarized in summaries, too, if they were nowhere else
 * @property {import("./narrowing.js").Matrix} [matrix]
 * @property {import("./papers.js").Facts[]} [facts] of each result
 *
 * @typedef {Pick<import("./lists.js").Listed, "items" | "found" | "missing" | "read"> & {ids: string[]}} Told a list: how
 *   many items it has, of how many the papers are known, the others, and the papers in the list's order
 *
 * @typedef {object} Found what a query means
 * @property {Narrowing} narrowing
 * @property {Uint32Array} rows the papers
 * @property {number} total how many they are
 * @property {import("./finding.js").Meant} meant
 * @property {import("./clauses.js").Clause[]} clauses
 * @property {string} said their normal form
 * @property {import("./query.js").Problem[]} problems
 * @property {string[]} missing
 * @property {import("./lists.js").Listed | null} list
 * @property {boolean} deep
 * @property {boolean} relaxed not all words beside terms are asked for that seldom stand in a title: with all of them there are few papers, or none
 * @property {boolean} nearly no paper has all of the words, and these have most of them
 */

import { askedFor } from "./asked.js";
import * as bits from "./bits.js";
import { Citations } from "./citations.js";
import { MOST_WORDS, allOf, isFree, isPhrase, normal, withoutOr, wordsOf } from "./clauses.js";
import { itemsIn, needKeys } from "./items.js";
import { Meaning } from "./meaning.js";
import { Narrowing } from "./narrowing.js";
import { Orders } from "./orders.js";
import { Papers } from "./papers.js";
import { joins } from "./parser.js";
import { pasted } from "./pasted.js";
import { parse, parseTyped } from "./query.js";
import { BEST } from "./sorts.js";
import { maySayCode } from "./spoken_code.js";
import { maySayTerms } from "./spoken_terms.js";
import { Titles, unbroken } from "./titles.js";
import { Vocabulary } from "./vocabulary.js";
import { words } from "./words.js";

/** Words in a row from which on a text with operators is a part of a title. */
const LEAST_OF_TITLE = 6;
/** The same of a text with "or", "not" and the like in small letters. */
const LEAST_IN_SMALL = 4;
/** Texts whose meaning is kept: the next question is often about the same one, and hints ask about others. */
const KEPT = 16;

/** @type {import("./advice.js").Advised} */
const NO_ADVICE = { without: [], any: null, read: [], joined: null, capitals: null, beside: [], spoken: [], alone: null, meant: [], spelt: [], coded: null, near: [], people: [], summed: null, waiting: false };

export class Engine {
  /** @param {import("./papers.js").IndexData} index */
  constructor(index) {
    this.papers = new Papers(index);
    this.meaning = new Meaning(this.papers);
    this.orders = new Orders(this.papers);
    this.titles = new Titles(index);
    this.vocabulary = new Vocabulary({});
    /** @type {import("./names.js").Names | null} given with the details, as are lists and advice */
    this.names = null;
    /** @type {Citations | null} */
    this.citations = null;
    /** @type {import("./lists.js").Lists | null} */
    this.lists = null;
    /** @type {import("./advice.js").Advice | null} */
    this.advice = null;
    /** @type {Map<string, import("./finding.js").Meant>} */
    this.known = new Map();
    /** @type {WeakMap<import("./finding.js").Meant, Uint32Array[]>} which papers match closely; found out when it is asked for */
    this.closest = new WeakMap();
  }

  /** Authors, dates, links and the vocabulary are known from here on. @param {import("./details.js").Details} details */
  add(details) {
    this.papers.add(details);
    this.vocabulary = new Vocabulary(details.vocabulary, details);
    this.meaning.add(details);
    this.known.clear();
  }

  /** Results hold summaries from here on, and words are found in them. @param {import("./papers.js").Summaries} summaries */
  addSummaries({ summary, definitions }) {
    this.papers.summaries = summary;
    this.meaning.addSummaries(summary, definitions);
  }

  /** Citation keys are found from here on. @param {import("./citations.js").Keys} keys */
  addKeys(keys) {
    this.citations = new Citations(keys, (row) => this.papers.details?.published[row] ?? null);
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
   * @returns {boolean} whether it cannot be answered without the details: filters, words that leave terms out and words that ask for code need the vocabulary, and words that say months the dates
   */
  needsDetails({ text, ids, exact }) {
    if (this.papers.details) return false;
    if (pasted(text).includes(":") || ids !== null || (!exact && itemsIn(text, this.vocabulary) !== null)) return true;
    return maySayTerms(text) || maySayCode(text) || allOf(parse(text, this.vocabulary).clauses).some(({ field }) => field === "published");
  }

  /** @param {Query} query @returns {boolean} whether it asks for the summaries, which are not loaded */
  needsSummaries({ text }) {
    return !this.papers.summaries && /summar(?:y|ies):/i.test(text);
  }

  /** @param {Query} query @returns {boolean} whether it may be made of citation keys, which are not loaded */
  needsKeys({ text, exact }) {
    return !this.citations && !exact && needKeys(itemsIn(text, this.vocabulary)?.items ?? []);
  }

  /** @param {Query} query @returns {boolean} whether it finds something only in the summaries, if at all, and they are not loaded */
  mayBeSummedUp(query) {
    const found = this.found(query);
    return (!found.total || found.relaxed) && (this.advice?.waits(query, found) ?? false);
  }

  /**
   * @param {Query} typed
   * @param {number} from how many results to pass over
   * @param {number} size how many results to return
   * @returns {Answer}
   */
  search(typed, from, size) {
    const query = this.#asTitle(typed);
    const found = this.found(query);
    const { narrowing, rows, total, meant, clauses, problems, missing, list, deep, nearly } = found;
    const { facets, facetOf, size: all, summaries } = this.papers;
    const shown = this.#sorted(found, query.sort, from + size).slice(from);
    const said = deep || nearly || allOf(clauses).some(({ field }) => field === "summary");
    const asked = askedFor(query, clauses, query.exact ? [] : meant.sought, this.advice?.terms);
    /** @type {Answer} */
    const answer = {
      total,
      all,
      results: shown.map((row) => this.papers.result(row, said, asked)),
      counts: Object.fromEntries(facets.map((facet) => [facet.field, narrowing.counts(facet, rows)])),
      problems,
      mended: meant.mended,
      missing,
      list: list && this.#told(list),
      deep,
      nearly,
      free: allOf(clauses).some((clause) => isFree(clause) || isPhrase(clause)),
      summarized: !query.exact && summaries !== null && this.meaning.areSaid(clauses),
      ...NO_ADVICE,
      ...this.advice?.of(query, found),
    };
    if (query.matrix) {
      const [across, down] = query.matrix.map((field) => /** @type {import("./facet.js").Facet} */ (facetOf.get(field)));
      answer.matrix = narrowing.matrix(across, down);
    }
    if (query.facts) answer.facts = shown.map((row) => this.papers.facts(row));
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

  /** @param {Query} query @returns {Query} with operators, "or" and "not" as words, where these stand so in a title */
  #asTitle(query) {
    const { text, exact } = query;
    if (exact || !(joins(text) || maySayTerms(text))) return query;
    const typed = words(text);
    if (typed.length < LEAST_IN_SMALL || !bits.size(this.meaning.text("title").inARow(typed, {}))) return query;
    const small = joins(text) && typed.length >= LEAST_OF_TITLE ? text.toLowerCase() : text;
    const says = parse(small, this.vocabulary).clauses.some(({ negated, said, either }) => either || (negated && said));
    return { ...query, text: says ? typed.join("-") : small };
  }

  /**
   * @param {Query} typed
   * @returns {Found} what it finds; where that is nothing, papers that it names, or has in summaries; where it is little
   *   or nothing, what it finds without the words beside terms that leave so little; where that is nothing, too, the papers
   *   with the most of the words
   */
  found(typed) {
    const query = this.#asTitle(typed);
    const found = this.narrowed(query);
    if (found.list || query.exact) return found;
    if (found.total) return this.inWords(query, found);
    // Where ticked terms alone leave nothing, others may find what has the words, and are counted.
    const list = bits.size(found.meant.rows) ? null : (this.lists?.of(query.text) ?? this.lists?.named(query.text));
    if (list) return this.narrowed(query, { list });
    const whole = unbroken(query.text);
    if (whole !== query.text) {
      const joined = this.narrowed({ ...query, text: whole });
      if (joined.total) return joined;
    }
    const deeper = this.papers.summaries && this.meaning.areSaid(found.clauses) ? this.narrowed(query, { deep: true }) : found;
    if (deeper.total && !this.meaning.byChance(deeper.meant, true)) return deeper;
    const wider = this.inWords(query, found);
    if (deeper.total && !wider.total) return deeper;
    if (wider.total || !this.#mayBeNear(found)) return wider;
    const near = this.narrowed(query, { nearly: true });
    return bits.size(near.meant.rows) ? near : wider;
  }

  /** @param {Found} found @returns {boolean} whether words are asked for, not too many of them, and no paper has them all */
  #mayBeNear({ meant, clauses, problems }) {
    const { size } = new Set(allOf(clauses).filter(isFree).flatMap(wordsOf));
    return this.papers.summaries !== null && size > 0 && size <= MOST_WORDS && !problems.length && !bits.size(meant.rows);
  }

  /**
   * @param {Query} query
   * @param {Found} [found] what it finds
   * @returns {Found} that; where it is little or nothing, without the words beside terms that leave so little; where it is
   *   nothing and no word names a term, without those that many titles have
   */
  inWords(query, found = this.narrowed(query)) {
    const asks = found.meant.left.some(({ required }) => required);
    if (!asks && (found.total || found.meant.reads || query.exact)) return found;
    if (found.total && !this.meaning.byChance(found.meant, false)) return found;
    const wider = this.narrowed(query, { relaxed: true });
    return wider.total ? wider : found;
  }

  /**
   * @param {Query} query
   * @param {import("./finding.js").Way & {list?: import("./lists.js").Listed | null}} [way] how words are looked for; the
   *   papers that the text names, where it is no search
   * @returns {Found}
   */
  narrowed(query, { deep = false, relaxed = false, nearly = false, list = this.#list(query) } = {}) {
    const { text, ids, exact = false } = query;
    const { clauses, problems } = exact ? parse(text, this.vocabulary) : parseTyped(list ? "" : pasted(text), this.vocabulary);
    const said = normal(clauses);
    const way = { deep: deep || nearly, relaxed, nearly };
    const meant = this.#meaning(said, nearly ? withoutOr(clauses) : clauses, exact, way);
    const base = meant.rows.slice();
    if (list) bits.intersect(base, list.rows);
    const asked = ids && this.meaning.columns.ofIds(ids);
    if (asked) bits.intersect(base, asked.rows);
    const narrowing = new Narrowing(base, this.papers.facets, query);
    const rows = narrowing.rows();
    const missing = asked?.missing ?? [];
    return { narrowing, rows, total: bits.size(rows), meant, clauses, said, problems, missing, list, deep, relaxed, nearly };
  }

  /** @param {Query} query @returns {import("./lists.js").Listed | null} where its text is a list of papers, whatever it would find as a search */
  #list({ text, exact }) {
    const list = exact ? null : (this.lists?.of(text) ?? null);
    return list?.sure ? list : null;
  }

  /** @param {import("./lists.js").Listed} list @returns {Told} */
  #told({ order, items, found, missing, read }) {
    return { ids: order.map((row) => this.papers.index.id[row]), items, found, missing, read };
  }

  /** @param {string} said @param {import("./clauses.js").Clause[]} clauses @param {boolean} exact @param {import("./finding.js").Way} way */
  #meaning(said, clauses, exact, way) {
    const key = `${exact} ${way.deep} ${way.relaxed} ${way.nearly} ${said}`;
    const known = this.known.get(key);
    if (known) return known;
    const meant = this.meaning.ofAll(clauses, exact, way);
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
  #sorted({ rows, meant, list }, sort, size) {
    if (sort === BEST && list) return list.order.filter((row) => bits.has(rows, row)).slice(0, size);
    if (sort !== BEST) return this.orders.first(rows, sort, [], size);
    const closest = this.closest.get(meant) ?? this.meaning.closest(meant);
    this.closest.set(meant, closest);
    return this.orders.first(rows, sort, closest, size);
  }
}
