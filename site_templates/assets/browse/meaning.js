/**
 * The texts and terms of the papers, in which words, clauses and whole queries find them, as sets of rows.
 *
 * Before the details are loaded there are no authors, dates and identifiers: only words anywhere may be
 * asked for, and they are found in titles and names.
 *
 * @typedef {import("./clauses.js").Clause} Clause
 * @typedef {import("./value.js").Value} Value
 * @typedef {Uint32Array} Rows
 */

import * as bits from "./bits.js";
import { allOf, isFree, isPhrase, isWords, wordsOf } from "./clauses.js";
import { closestOf } from "./closeness.js";
import { Columns } from "./columns.js";
import { Finding } from "./finding.js";
import { areFew } from "./required.js";
import { TextIndex } from "./text_index.js";
import { VenuesAndYears } from "./venues_and_years.js";
import { words } from "./words.js";

/** A name that is written apart or together is looked for from so many letters on. */
const LEAST_OF_NAME = 3;
/** Fields of the query language that are facets under another name. */
const FACET_OF = new Map([["reference", "reference_impl"]]);

/** Before the details are there, words name no terms, and no papers either. @param {string[]} typed @returns {undefined[]} */
const noTerm = (typed) => typed.map(() => undefined);
const NO_TERMS = { bearing: noTerm, wider: noTerm, areName: () => true };

export class Meaning {
  /** @param {import("./papers.js").Papers} papers */
  constructor(papers) {
    this.rows = papers.size;
    this.none = bits.none(this.rows);
    this.facets = papers.facetOf;
    this.columns = new Columns(papers);
    const { title, former_titles: former, name } = papers.index;
    /** @type {Map<string, TextIndex>} by field */
    this.texts = new Map([
      ["title", new TextIndex(this.rows, (row) => [title[row], ...(former[row] ?? [])], { prose: true })],
      ["name", new TextIndex(this.rows, (row) => (name[row] ? [/** @type {string} */ (name[row])] : []))],
    ]);
    /** Names as one word each: "sparse vlm" and "a-vit" are also "sparsevlm" and "avit". */
    this.names = new TextIndex(this.rows, (row) => (name[row] ? [words(/** @type {string} */ (name[row])).join("")] : []));
    this.spoken = new VenuesAndYears(this.facets);
    /** @type {Pick<import("./term_names.js").TermNames, "bearing" | "wider" | "areName">} known with the details */
    this.terms = NO_TERMS;
    /** @type {import("./mender.js").Mender | null} null before the authors are loaded: a word that is not found may be one of theirs */
    this.mender = null;
    /** @type {TextIndex | null} */
    this.summaries = null;
    /** @type {import("./papers.js").Definitions | null} known with the summaries */
    this.definitions = null;
    /** @type {((definitions: import("./papers.js").Definitions) => import("./term_texts.js").TermTexts) | null} known with the details */
    this.textsOf = null;
    /** @type {import("./term_texts.js").TermTexts | null} made when it is asked for */
    this.termTexts = null;
  }

  /** @param {import("./details.js").Details} details */
  add(details) {
    this.texts.set("author", new TextIndex(this.rows, (row) => details.authors[row] ?? []));
    this.spoken.add(details.vocabulary);
  }

  /** @param {(string | null)[]} summaries by row @param {import("./papers.js").Definitions} definitions */
  addSummaries(summaries, definitions) {
    this.definitions = definitions;
    /** @param {number} row */
    const textsOf = (row) => (summaries[row] ? [/** @type {string} */ (summaries[row])] : []);
    this.summaries = new TextIndex(this.rows, textsOf, { prose: true });
  }

  /**
   * @param {Clause[]} clauses
   * @param {boolean} exact words are what they are; else those that no paper holds are mended, names may be
   *   written apart or together, venues and years are found like titles, and so are the names of terms
   * @param {import("./finding.js").Way} [way]
   * @returns {import("./finding.js").Meant}
   */
  ofAll(clauses, exact, way = {}) {
    return new Finding(this, clauses, exact, way).meant();
  }

  /** @param {import("./finding.js").Meant} meant @param {boolean} deep @returns {boolean} whether words beside terms may have met these few papers by chance */
  byChance({ rows, told, left, reads }, deep) {
    const asked = left.filter(({ required }) => required).map(({ word }) => word);
    if (!areFew(bits.size(rows), this.rows) || (!asked.length && (!deep || reads))) return false;
    if (deep) return true;
    const author = asked.length > 1 ? this.texts.get("author")?.saysInOneText(asked) : undefined;
    return !bits.sizeOfBoth(rows, told) && !bits.sizeOfBoth(rows, author ?? this.none);
  }

  /**
   * @param {import("./finding.js").Meant} meant
   * @returns {Rows[]} papers that match these words closely, the closest first, or without those that only join
   *   others, then those that hold them at all, those that hold them in the other number, those that they name, and
   *   those with most of the words beside terms
   */
  closest({ typed, telling, told, said, named, partly }) {
    const indexes = { names: this.names, titles: this.text("title"), authors: this.texts.get("author") };
    const close = closestOf(typed, telling, indexes);
    return close.length ? [...close, told, said, named, ...partly] : [];
  }

  /** @param {string[]} typed @returns {Rows} papers that these words alone would find */
  saying(typed) {
    const rows = bits.all(this.rows);
    const [bearing, wider] = [this.terms.bearing(typed), this.terms.wider(typed)];
    for (const [at, word] of typed.entries()) {
      const held = this.#anywhere([word], this.indexes(false));
      for (const more of [bearing[at], wider[at]]) if (more) bits.unite(held, more);
      bits.intersect(rows, held);
    }
    for (const more of [this.spoken.named(typed.join("")), this.called(typed)]) if (more) bits.unite(rows, more);
    return rows;
  }

  /**
   * @param {Clause[]} free
   * @param {string[]} sought their words
   * @returns {(Rows | undefined)[]} for each, papers with a term that it helps to name, or with a name such as
   *   "DeepSeek-OCR" that is typed in one piece
   */
  bearing(free, sought) {
    const bearing = this.terms.bearing(sought);
    let at = 0;
    for (const clause of free) {
      const { length } = wordsOf(clause);
      const own = sought.slice(at, at + length);
      const called = length > 1 && !this.terms.areName(own) ? this.names.holds([own.join("")]) : this.none;
      if (bits.size(called)) for (let place = at; place < at + length; place++) bearing[place] = bits.united(bearing[place] ?? this.none, called);
      at += length;
    }
    return bearing;
  }

  /** @param {Clause[]} clauses @returns {boolean} whether words are among them that a summary may hold */
  areSaid(clauses) {
    return allOf(clauses).some((clause) => isPhrase(clause) || (isFree(clause) && !this.spoken.named(wordsOf(clause).join(""))));
  }

  /** @param {string[]} name @returns {boolean} whether an author is called so, next to each other */
  isAuthor(name) {
    return bits.size(this.texts.get("author")?.holds(name) ?? this.none) > 0;
  }

  /** @param {string[]} typed @returns {boolean} whether each of these words is the whole name of some paper */
  areNames(typed) {
    return typed.every((word) => bits.size(this.names.holds([word])) > 0);
  }

  /** @param {string[]} typed @returns {Rows | null} papers whose names begin so, as one word; null for none */
  called(typed) {
    const name = typed.join("");
    const called = name.length < LEAST_OF_NAME ? null : this.names.begins(name);
    return called && bits.size(called) ? called : null;
  }

  /** @param {string} word @returns {Rows | undefined} papers with a term that is told of with it; none before details and summaries are loaded */
  meantBy(word) {
    this.termTexts ??= (this.definitions && this.textsOf?.(this.definitions)) ?? null;
    return this.termTexts?.meantBy(word);
  }

  /** @param {string} word @returns {Rows | null} papers of whose authors one is called so, and does not only begin so; null for none */
  author(word) {
    const called = this.texts.get("author")?.holds([word]);
    return called && bits.size(called) ? called : null;
  }

  /** @param {string} field @returns {TextIndex} */
  text(field) {
    const index = field === "summary" ? this.summaries : this.texts.get(field);
    if (!index) throw new Error(`${field} is not loaded yet`);
    return index;
  }

  /** @param {boolean} deep whether the summaries are among them, where they are loaded @returns {TextIndex[]} in which words without a field are looked for */
  indexes(deep) {
    const { summaries } = this;
    return deep && summaries ? [...this.texts.values(), summaries] : [...this.texts.values()];
  }

  /** @param {Clause} clause @param {TextIndex[]} indexes for words without a field @returns {Rows} papers that have one of its values */
  of(clause, indexes) {
    const { field, values } = clause;
    const wanted = wordsOf(clause);
    if (field === null) return isWords(clause) ? this.#anywhere(wanted, indexes) : this.union(indexes, (index) => index.holds(wanted));
    const rows = bits.none(this.rows);
    for (const value of values) bits.unite(rows, this.#having(field, value));
    return rows;
  }

  /** @param {string} field @param {Value} value @returns {Rows} not to be changed */
  #having(field, value) {
    const facet = this.facets.get(FACET_OF.get(field) ?? field);
    switch (value.kind) {
      case "words":
        return value.phrase ? this.text(field).holds(value.words) : this.text(field).saysInOneText(value.words);
      case "term":
        return facet?.set(value.key) ?? this.none;
      case "flag":
        return facet?.set(value.wanted) ?? this.none;
      case "range":
        return this.columns.between(field, value);
      case "identifier":
        return this.columns.identified(field, value.wanted);
      case "unknown":
        return facet ? (facet.set("unknown") ?? this.none) : this.columns.unknown(field);
    }
  }

  /** @param {string[]} typed @param {TextIndex[]} indexes @returns {Rows} papers that hold each of them somewhere */
  #anywhere(typed, indexes) {
    const rows = bits.all(this.rows);
    for (const word of typed) bits.intersect(rows, this.union(indexes, (index) => index.says(word)));
    return rows;
  }

  /** @param {TextIndex[]} indexes @param {(index: TextIndex) => Rows} rowsIn @returns {Rows} what all of them give */
  union(indexes, rowsIn) {
    const rows = bits.none(this.rows);
    for (const index of indexes) bits.unite(rows, rowsIn(index));
    return rows;
  }
}
