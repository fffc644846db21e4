/**
 * The search itself: which papers match, in which order, and how many each facet's term would leave.
 *
 * No DOM and no network here, so that it runs in a worker, on the page and under test alike.
 *
 * @typedef {import("./facet.js").FacetData} FacetData
 * @typedef {import("./facet.js").Term} Term
 *
 * @typedef {object} IndexData what browse/index.json holds; a row is a paper, newest first
 * @property {string} rows a digest: data with another has other papers, or another order
 * @property {number} chunk rows whose texts in an export format share a file
 * @property {FacetData[]} facets those in the page's column
 * @property {string[]} id
 * @property {string[]} title
 * @property {Record<string, string[]>} former_titles by row, where there are any
 * @property {(string | null)[]} name the method's abbreviation
 * @property {(string | null)[]} added when the record was added: 2026, 2026-11 or 2026-11-20
 *
 * @typedef {object} Details what browse/details.json holds, for the same rows; half of all bytes, and
 *   not needed for the first answers
 * @property {string} rows as in the index
 * @property {FacetData[]} facets that only queries ask for
 * @property {(string[] | null)[]} authors
 * @property {(string | null)[]} paper link
 * @property {(string | null)[]} code link
 * @property {(string | null)[]} published first public date
 * @property {Record<string, (string | null)[]>} identifiers by field
 * @property {Record<string, number>} former_ids the row of each
 * @property {Record<string, string[][]>} vocabulary field -> for each term its key and what else it is called
 *
 * @typedef {object} Summaries what browse/summaries.json holds, for the same rows
 * @property {string} rows as in the index
 * @property {(string | null)[]} summary the sentence that sums a paper up
 *
 * @typedef {object} Keys what browse/keys.json holds, for the same rows
 * @property {string} rows as in the index
 * @property {string[]} key the citation key of each paper
 *
 * @typedef {object} Query
 * @property {string} text in the language of query.js
 * @property {Record<string, string[]>} filters field -> keys; any of a field's keys, and all fields
 * @property {string[]} [all] fields of which a paper has every key
 * @property {Record<string, string[]>} excluded field -> keys, none of which a paper has
 * @property {string[] | null} ids only these papers; null for all
 * @property {string} sort one of SORTS, with "-" before it for the other way round
 * @property {boolean} [exact] the text is taken as the command line takes it: words that no paper holds are not
 *   mended, and an identifier without its field is words
 * @property {[string, string]} [matrix] two fields whose pairs of terms are counted, too
 *
 * @typedef {object} Result
 * @property {string} id
 * @property {string} title
 * @property {string | null} name
 * @property {string} venue
 * @property {string} year
 * @property {string[]} authors
 * @property {Term[]} chips
 * @property {Term[]} asides what the table tells besides
 * @property {string | null} paper
 * @property {string | null} code
 * @property {boolean} coded whether any code is known
 * @property {string | null} [summary] where the summaries are loaded
 * @property {boolean} said whether the summary is what was asked for
 *
 * @typedef {Listed & import("./advice.js").Advised} Answer
 * @typedef {object} Listed
 * @property {number} total papers that match
 * @property {number} all papers that there are
 * @property {Result[]} results
 * @property {Record<string, number[]>} counts field -> for each of its terms, the papers that ticking it
 *   finds; of an excluded term, the papers that it keeps out
 * @property {import("./query.js").Problem[]} problems what of the text is not understood
 * @property {import("./meaning.js").Mended[]} mended words searched for in place of those typed
 * @property {string[]} missing ids that are asked for and of no paper
 * @property {boolean} deep the papers have what was typed in their summaries: it is nowhere else
 * @property {boolean} free words were looked for anywhere
 * @property {boolean} summarized in summaries, too, if they were nowhere else
 * @property {{cells: number[][], across: number[], down: number[]}} [matrix] papers of each pair of terms, and
 *   of each term, as ticking nothing else in these two facets would find them
 *
 * @typedef {object} Found what a query means
 * @property {Narrowing} narrowing
 * @property {Uint32Array} rows the papers
 * @property {number} total how many they are
 * @property {import("./meaning.js").Meant} meant
 * @property {import("./query.js").Clause[]} clauses
 * @property {string} said their normal form
 * @property {import("./query.js").Problem[]} problems
 * @property {string[]} missing
 * @property {boolean} deep
 *
 * @typedef {{id: string, chunk: number}} Entry a paper, and the number of the file with its exports
 */

import * as bits from "./bits.js";
import { isFree, isPhrase } from "./clauses.js";
import { Facet } from "./facet.js";
import { Meaning } from "./meaning.js";
import { Names } from "./names.js";
import { address, citationKeys, pasted } from "./pasted.js";
import { Vocabulary, mayHoldFilters, normal, parse, parseTyped } from "./query.js";
import { BEST, NEWEST, SORTS, ascends } from "./sorts.js";
import { words } from "./words.js";

/** What a paper is unless a chip says otherwise. */
const ORDINARY_KIND = "method";
/** Fields without chips that the table has columns for. */
const ASIDES = ["parametric", "keywords"];
/** Texts whose meaning is kept: the next question is often about the same one, and hints ask about others. */
const KEPT = 16;

/** @type {import("./advice.js").Advised} */
const NO_ADVICE = { without: [], any: null, read: [], alone: null, meant: [], near: [], summed: null, waiting: false };

export class Engine {
  /** @param {IndexData} data */
  constructor(data) {
    this.data = data;
    this.rows = data.id.length;
    this.facets = data.facets.map((facet) => new Facet(facet, this.rows));
    /** @type {Map<string, Facet>} also those that have no place in the page */
    this.facetOf = new Map(this.facets.map((facet) => [facet.field, facet]));
    this.meaning = new Meaning(data, this.facetOf);
    this.vocabulary = new Vocabulary({});
    /** @type {Details | null} */
    this.details = null;
    /** @type {Names | null} made when it is asked for */
    this.names = null;
    /** @type {Summaries | null} */
    this.summaries = null;
    /** @type {Map<string, number> | null} the row of each id; made when it is asked for */
    this.rowOf = null;
    /** @type {Map<string, Uint32Array>} */
    this.orders = new Map();
    /** @type {Map<string, import("./meaning.js").Meant>} */
    this.known = new Map();
    /** @type {WeakMap<import("./meaning.js").Meant, Uint32Array[]>} which papers match closely; found out when it is asked for */
    this.closest = new WeakMap();
    /** @type {Map<string, number> | null} the row of each citation key */
    this.keys = null;
    /** @type {import("./advice.js").Advice | null} given with the details, for it needs them */
    this.advice = null;
  }

  /**
   * Everything can be asked for, and results hold authors and links, from here on.
   * @param {Details} details
   */
  add(details) {
    // A server may hand out one file of an older site and one of a newer.
    if (details.rows !== this.data.rows) throw new Error("the catalogue has just changed");
    this.details = details;
    for (const facet of details.facets) this.facetOf.set(facet.field, new Facet(facet, this.rows));
    this.vocabulary = new Vocabulary(details.vocabulary);
    this.meaning.add(details);
    this.known.clear();
  }

  /**
   * @param {string} text as typed so far
   * @param {number} most
   * @returns {import("./names.js").Named[]} terms and authors that it may become; none before the details are there
   */
  named(text, most) {
    if (!this.details) return [];
    this.names ??= new Names(this.facetOf, this.details, this.meaning.text("author"));
    return this.names.beginning(text, most);
  }

  /** Results hold summaries from here on, and words are found in them. @param {Summaries} summaries */
  addSummaries(summaries) {
    if (summaries.rows !== this.data.rows) throw new Error("the catalogue has just changed");
    this.summaries = summaries;
    this.meaning.addSummaries(summaries.summary);
  }

  /** Citation keys are found from here on. @param {Keys} keys */
  addKeys({ rows, key }) {
    if (rows !== this.data.rows) throw new Error("the catalogue has just changed");
    this.keys = new Map(key.map((one, row) => [one.toLowerCase(), row]));
  }

  /** @param {string[]} ids @returns {(string | null)[]} */
  summariesOf(ids) {
    const rowOf = (this.rowOf ??= new Map(this.data.id.map((id, row) => [id, row])));
    return ids.map((id) => this.summaries?.summary[rowOf.get(id) ?? -1] ?? null);
  }

  /**
   * @param {Query} query
   * @returns {boolean} whether it cannot be answered without the details
   */
  needsDetails(query) {
    const { text, ids, exact } = query;
    return !this.details && (mayHoldFilters(pasted(text)) || ids !== null || (!exact && address(text) !== null));
  }

  /** @param {Query} query @returns {boolean} whether it asks for the summaries, which are not loaded */
  needsSummaries({ text }) {
    return !this.summaries && /summar(?:y|ies):/i.test(text);
  }

  /** @param {Query} query @returns {boolean} whether it may be made of citation keys, which are not loaded */
  needsKeys({ text, exact }) {
    return !this.keys && !exact && citationKeys(text).keys.length > 0;
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
    const said = deep || clauses.some(({ field }) => field === "summary");
    /** @type {Answer} */
    const answer = {
      total,
      all: this.rows,
      results: this.#sorted(rows, meant, query.sort, from + size)
        .slice(from)
        .map((row) => this.#result(row, said)),
      counts: Object.fromEntries(this.facets.map((facet) => [facet.field, narrowing.counts(facet, rows)])),
      problems,
      mended: meant.mended,
      missing,
      deep,
      free: clauses.some((clause) => isFree(clause) || isPhrase(clause)),
      summarized: !query.exact && this.summaries !== null && this.meaning.areSaid(clauses),
      ...(this.advice?.of(query, found) ?? NO_ADVICE),
    };
    if (query.matrix) {
      const [across, down] = query.matrix.map((field) => /** @type {Facet} */ (this.facetOf.get(field)));
      answer.matrix = narrowing.matrix(across, down);
    }
    return answer;
  }

  /**
   * @param {Query} query
   * @returns {Entry[]} everything that matches, in order
   */
  entries(query) {
    const { rows, meant } = this.found(query);
    return this.#sorted(rows, meant, query.sort, this.rows).map((row) => ({
      id: this.data.id[row],
      chunk: Math.floor(row / this.data.chunk),
    }));
  }

  /** @param {string} text @returns {string} the normal form of what is understood of it */
  normal(text) {
    return normal(parse(text, this.vocabulary).clauses);
  }

  /** @param {Query} query @returns {Found} what it finds, also in summaries where it finds nothing else */
  found(query) {
    const found = this.narrowed(query);
    if (found.total || query.exact || !this.summaries || !this.meaning.areSaid(found.clauses)) return found;
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
    const cited = exact ? null : this.#cited(text);
    const { clauses, problems } = exact ? parse(text, this.vocabulary) : parseTyped(link || cited ? "" : pasted(text), this.vocabulary);
    const said = normal(clauses);
    const meant = this.#meaning(said, clauses, exact, deep);
    const base = meant.rows.slice();
    if (link) bits.intersect(base, this.meaning.ofAddress(link));
    if (cited) bits.intersect(base, cited.rows);
    const asked = ids && this.meaning.ofIds(ids);
    if (asked) bits.intersect(base, asked.rows);
    const narrowing = new Narrowing(base, this.facets, query);
    const rows = narrowing.rows();
    const missing = [...(cited?.missing ?? []), ...(asked?.missing ?? [])];
    return { narrowing, rows, total: bits.size(rows), meant, clauses, said, problems, missing, deep };
  }

  /** @param {string} said @param {import("./query.js").Clause[]} clauses @param {boolean} exact @param {boolean} deep */
  #meaning(said, clauses, exact, deep) {
    const key = `${exact} ${deep} ${said}`;
    const known = this.known.get(key);
    if (known) return known;
    const meant = this.meaning.ofAll(clauses, exact, deep);
    if (this.known.size === KEPT) this.known.clear();
    this.known.set(key, meant);
    return meant;
  }

  /** @param {string} text @returns {{rows: Uint32Array, missing: string[]} | null} papers whose citation keys it holds; null where it is words */
  #cited(text) {
    if (!this.keys) return null;
    const { keys, sure } = citationKeys(text);
    const rows = bits.none(this.rows);
    const missing = [];
    for (const key of keys) {
      const row = this.keys.get(key.toLowerCase());
      if (row === undefined) missing.push(key);
      else bits.add(rows, row);
    }
    return missing.length < keys.length || (sure && keys.length) ? { rows, missing } : null;
  }

  /**
   * @param {Uint32Array} rows
   * @param {import("./meaning.js").Meant} meant
   * @param {string} sort
   * @param {number} size
   * @returns {number[]} the first of them in that order
   */
  #sorted(rows, meant, sort, size) {
    const order = this.#order(sort);
    /** @type {number[]} */
    const first = [];
    if (sort === BEST) {
      const rest = rows.slice();
      const closest = this.closest.get(meant) ?? this.meaning.closest(meant);
      this.closest.set(meant, closest);
      closest.forEach((close, position) => {
        const here = rest.slice();
        bits.intersect(here, close);
        bits.subtract(rest, here);
        /** @type {number[]} */
        const closer = [];
        this.#take(here, null, position === 0 ? this.rows : size, closer);
        // Of papers with the same name, the first one gave it to the others.
        if (position === 0) closer.reverse();
        first.push(...closer.slice(0, size - first.length));
      });
      rows = rest;
    }
    this.#take(rows, order, size, first);
    return first;
  }

  /**
   * @param {Uint32Array} rows
   * @param {Uint32Array | null} order
   * @param {number} size
   * @param {number[]} taken gets more of *rows* in that order, until it has that size
   */
  #take(rows, order, size, taken) {
    for (let at = 0; at < this.rows && taken.length < size; at++) {
      const row = order ? order[at] : at;
      if (bits.has(rows, row)) taken.push(row);
    }
  }

  /**
   * @param {string} sort
   * @returns {Uint32Array | null} all rows in that order; null for the order of the data
   */
  #order(sort) {
    const by = sort.replace("-", "");
    if (sort === NEWEST || by === BEST || !SORTS.includes(by)) return null;
    let order = this.orders.get(sort);
    if (!order) this.orders.set(sort, (order = this.#computeOrder(sort)));
    return order;
  }

  /** @param {string} sort */
  #computeOrder(sort) {
    const by = sort.replace("-", "");
    const { added, title, name } = this.data;
    /** @type {Record<string, (row: number) => string>} */
    const texts = {
      newest: (row) => (this.#label("year", row) ? String(this.rows - row).padStart(9, "0") : ""),
      added: (row) => added[row] ?? "",
      title: (row) => title[row],
      name: (row) => name[row] ?? "",
      code: (row) => String(this.facetOf.get("code")?.codesOf(row)[0]),
    };
    const textOf = texts[by] ?? ((row) => this.#label(by, row));
    const keys = Array.from({ length: this.rows }, (_, row) => words(textOf(row)).join(" "));
    const direction = ascends(sort) ? 1 : -1;
    return Uint32Array.from(keys.keys()).sort((a, b) => {
      // Sorting is stable: within equal keys the newest stays first. What is empty comes last.
      if (keys[a] === keys[b]) return 0;
      if (!keys[a] || !keys[b]) return keys[a] ? -1 : 1;
      return keys[a] < keys[b] ? -direction : direction;
    });
  }

  /** @param {string} field @param {number} row @returns {string} */
  #label(field, row) {
    return this.facetOf.get(field)?.label(row) ?? "";
  }

  /** @param {number} row @returns {Term[]} none of a method */
  #kind(row) {
    return this.facetOf.get("kind")?.shown(row).filter(({ key }) => key !== ORDINARY_KIND) ?? [];
  }

  /** @param {number} row @param {boolean} said @returns {Result} */
  #result(row, said) {
    const { id, title, name } = this.data;
    return {
      id: id[row],
      title: title[row],
      name: name[row],
      venue: this.#label("venue", row),
      year: this.#label("year", row),
      authors: this.details?.authors[row] ?? [],
      chips: [...this.#kind(row), ...this.facets.filter((facet) => facet.chip).flatMap((facet) => facet.shown(row))],
      asides: ASIDES.flatMap((field) => this.facetOf.get(field)?.shown(row) ?? []),
      paper: this.details?.paper[row] ?? null,
      code: this.details?.code[row] ?? null,
      coded: this.facetOf.get("code")?.shown(row)[0]?.key === "yes",
      summary: this.summaries?.summary[row],
      said,
    };
  }
}

/** What the facets leave of a base of papers. */
class Narrowing {
  /** @param {Uint32Array} base @param {Facet[]} facets @param {Query} query */
  constructor(base, facets, { filters, excluded, all = [] }) {
    this.base = base;
    this.filters = filters;
    this.excluded = excluded;
    this.all = all;
    /** @type {Map<Facet, Uint32Array>} papers with any of the facet's ticked terms, or with all of them */
    this.chosen = new Map();
    /** @type {Map<Facet, Uint32Array>} papers with any of its excluded terms */
    this.refused = new Map();
    for (const facet of facets) {
      const keys = filters[facet.field] ?? [];
      const held = all.includes(facet.field) ? facet.all(keys) : facet.any(keys);
      if (held) this.chosen.set(facet, held);
      const none = facet.any(excluded[facet.field] ?? []);
      if (none) this.refused.set(facet, none);
    }
  }

  /**
   * @param {Facet[]} untouched facets whose ticks do not count
   * @param {Facet | null} admitted the facet whose exclusions do not count
   */
  rows(untouched = [], admitted = null) {
    const rows = this.base.slice();
    for (const [facet, held] of this.chosen) if (!untouched.includes(facet)) bits.intersect(rows, held);
    for (const [facet, none] of this.refused) if (facet !== admitted) bits.subtract(rows, none);
    return rows;
  }

  /**
   * @param {Facet} facet
   * @param {Uint32Array} rows what all facets leave
   * @returns {number[]} what stands beside each of its terms
   */
  counts(facet, rows) {
    // What a facet's own ticks leave out is what another tick in it would bring, unless all of them must hold.
    const base = this.chosen.has(facet) && !this.all.includes(facet.field) ? this.rows([facet]) : rows;
    const counts = facet.sets.map((set) => bits.sizeOfBoth(base, set));
    for (const key of this.excluded[facet.field] ?? []) {
      const position = facet.position.get(key);
      if (position !== undefined) counts[position] = this.#keptOut(facet, key, rows);
    }
    return counts;
  }

  /** @param {Facet} facet @param {string} key @param {Uint32Array} rows */
  #keptOut(facet, key, rows) {
    const without = this.rows([], facet);
    const others = facet.any((this.excluded[facet.field] ?? []).filter((one) => one !== key));
    if (others) bits.subtract(without, others);
    return bits.size(without) - bits.size(rows);
  }

  /**
   * @param {Facet} across
   * @param {Facet} down
   * @returns {NonNullable<Answer["matrix"]>}
   */
  matrix(across, down) {
    const base = this.rows([across, down]);
    /** @param {Uint32Array} rows @param {Facet} facet */
    const sizes = (rows, facet) => facet.sets.map((set) => bits.sizeOfBoth(rows, set));
    const cells = down.sets.map((one) => {
      const both = base.slice();
      bits.intersect(both, one);
      return sizes(both, across);
    });
    return { cells, across: sizes(base, across), down: sizes(base, down) };
  }
}
