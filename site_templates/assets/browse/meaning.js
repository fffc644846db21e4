/**
 * From the clauses of a query to the papers that they mean, as sets of rows.
 *
 * Before the details are loaded there are no authors, dates and identifiers: only words anywhere may be
 * asked for, and they are found in titles and names.
 *
 * @typedef {import("./clauses.js").Clause} Clause
 * @typedef {import("./value.js").Value} Value
 * @typedef {Uint32Array} Rows
 * @typedef {{typed: string, shown: string}} Mended a word that no paper holds, and the one searched for instead
 */

import * as bits from "./bits.js";
import { MOST_WORDS, allOf, isFree, isPhrase, isWords, queriesOf, wordsOf } from "./clauses.js";
import { closest } from "./closeness.js";
import { Columns } from "./columns.js";
import { JOINING } from "./joining.js";
import { areFew, holding, joiningOf } from "./required.js";
import { TextIndex } from "./text_index.js";
import { VenuesAndYears } from "./venues_and_years.js";
import { BEGINS, words } from "./words.js";

/**
 * @typedef {object} Meant
 * @property {Clause[]} clauses
 * @property {Rows} rows papers for which every clause holds
 * @property {Mended[]} mended
 * @property {string[]} typed the words without a field, as they were searched for
 * @property {string[]} sought the same, with those that name venues and years, and without those in quotes
 * @property {Rows} told papers that hold these words as text, as they are typed
 * @property {Rows} said those that hold each of them as text, in either number
 * @property {Rows} named those that hold each of them so, or bear a term that it helps to name
 * @property {import("./required.js").Left[]} left of *sought*, the words beside those that were read as terms
 * @property {Rows[]} partly papers that hold more of those that are not asked for first
 * @property {boolean} reads whether words are read as terms
 * @property {Side[]} sides what OR joins, of which one must hold
 *
 * @typedef {{clauses: Clause[], sought: string[]}} Side a query within brackets, and its words as above
 *
 * @typedef {object} Way how words are looked for
 * @property {boolean} [deep] in summaries, too
 * @property {boolean} [relaxed] a word beside terms is not asked for where few papers are left with it; without terms, one that
 *   many titles have
 */

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
  }

  /** @param {import("./details.js").Details} details */
  add(details) {
    this.texts.set("author", new TextIndex(this.rows, (row) => details.authors[row] ?? []));
    this.spoken.add(details.vocabulary);
  }

  /** @param {(string | null)[]} summaries by row */
  addSummaries(summaries) {
    /** @param {number} row */
    const textsOf = (row) => (summaries[row] ? [/** @type {string} */ (summaries[row])] : []);
    this.summaries = new TextIndex(this.rows, textsOf, { prose: true });
  }

  /**
   * @param {Clause[]} clauses
   * @param {boolean} exact words are what they are; else those that no paper holds are mended, names may be
   *   written apart or together, venues and years are found like titles, and so are the names of terms
   * @param {Way} [way]
   * @returns {Meant}
   */
  ofAll(clauses, exact, { deep = false, relaxed = false } = {}) {
    const rows = bits.all(this.rows);
    /** @type {import("./required.js").Word[]} */
    const plainly = [];
    /** @type {Mended[]} */
    const mended = [];
    /** @type {string[]} */
    const typed = [];
    /** @type {Side[]} */
    const sides = [];
    /** @param {Clause} clause */
    const spoken = (clause) => (exact || !isFree(clause) ? undefined : this.spoken.named(wordsOf(clause).join("")));
    const free = clauses.filter(isFree);
    const plain = free.filter((clause) => !spoken(clause));
    const called = exact ? null : this.#called(plain.flatMap(wordsOf));
    const sought = exact || called ? free.flatMap(wordsOf) : this.#sought(free, plain, mended, deep);
    const all = [...sought];
    const indexes = this.#indexes(deep);
    const bearing = exact ? [] : this.#bearing(free, sought);
    const wider = exact ? [] : this.terms.wider(sought);
    const isLong = new Set(sought).size > MOST_WORDS;
    const joining = exact || isLong ? [] : joiningOf(clauses, sought, bearing);
    const isRead = !isLong && (bearing.some(Boolean) || (!exact && this.#readsSides(clauses)));
    const [told, said, named] = [bits.all(this.rows), bits.all(this.rows), bits.all(this.rows)];
    for (const clause of clauses) {
      const queries = queriesOf(clause);
      if (queries) {
        const several = queries.map((query) => this.ofAll(query, exact, clause.negated ? {} : { deep, relaxed }));
        const held = bits.none(this.rows);
        for (const one of several) bits.unite(held, one.rows);
        for (const one of several.flatMap((side) => side.mended)) if (mended.every((other) => other.typed !== one.typed)) mended.push(one);
        if (!clause.negated) sides.push(...several.flatMap((one, at) => [{ clauses: queries[at], sought: one.sought }, ...one.sides]));
        if (clause.negated) bits.subtract(rows, held);
        else bits.intersect(rows, held);
        continue;
      }
      const size = isFree(clause) ? wordsOf(clause).length : 0;
      const first = all.length - sought.length;
      const meant = sought.splice(0, size);
      const [borne, wide] = [bearing.splice(0, size), wider.splice(0, size)];
      if (plain.includes(clause)) {
        for (const [at, word] of meant.entries()) {
          const called = isRead && !borne[at] ? this.#author(word) : null;
          const held = this.#union(indexes, (index) => (called && index === this.texts.get("author") ? called : index.begins(word)));
          bits.intersect(told, held);
          typed.push(word);
          const joins = joining[first + at] ?? false;
          if (joins) continue;
          bits.unite(held, this.#union(indexes, (index) => index.inOtherNumber(word)));
          bits.intersect(said, held);
          bits.unite(held, borne[at] ?? this.none);
          bits.intersect(named, held);
          bits.unite(held, wide[at] ?? this.none);
          plainly.push({ word, at: first + at, held, joins, read: !isLong && Boolean(borne[at]) });
        }
        continue;
      }
      const held = this.#of(clause, clause.negated ? this.#indexes(false) : indexes);
      bits.unite(held, spoken(clause) ?? this.none);
      if (borne[0]) bits.unite(held, borne[0]);
      if (clause.negated && !exact && isWords(clause)) bits.unite(held, this.#saying(wordsOf(clause)));
      if (clause.negated) bits.subtract(rows, held);
      else bits.intersect(rows, held);
      if (clause.field === null && !clause.negated && !spoken(clause)) typed.push(...wordsOf(clause).map((word) => word.replace(BEGINS, "")));
    }
    const title = this.text("title");
    const { found, left, partly } = holding(plainly, rows, this.rows, (word) => bits.size(title.says(word)), isRead, relaxed && !isLong);
    if (called) {
      bits.intersect(called, rows);
      bits.unite(found, called);
    }
    return { clauses, rows: found, mended, typed, sought: all, told, said, named, left, partly, reads: isRead, sides };
  }

  /** @param {Clause[]} clauses @returns {boolean} whether words on both sides of an OR are read as terms */
  #readsSides(clauses) {
    return clauses.some((clause) => {
      const queries = clause.negated ? null : queriesOf(clause);
      return queries?.every((query) => !query.some(queriesOf) && this.ofAll(query, false).reads) ?? false;
    });
  }

  /** @param {Meant} meant @param {boolean} deep @returns {boolean} whether words beside terms may have met these few papers by chance */
  byChance({ rows, told, left, reads }, deep) {
    const asked = left.filter(({ required }) => required).map(({ word }) => word);
    if (!areFew(bits.size(rows), this.rows) || (!asked.length && (!deep || reads))) return false;
    if (deep) return true;
    const author = asked.length > 1 ? this.texts.get("author")?.saysInOneText(asked) : undefined;
    return !bits.sizeOfBoth(rows, told) && !bits.sizeOfBoth(rows, author ?? this.none);
  }

  /**
   * @param {Meant} meant
   * @returns {Rows[]} papers that match these words closely, the closest first, then those that hold them at all, those
   *   that hold them in the other number, those that they name, and those with most of the words beside terms
   */
  closest({ typed, told, said, named, partly }) {
    const indexes = { names: this.names, titles: this.text("title"), authors: this.texts.get("author") };
    const close = closest(typed, indexes);
    return close.length ? [...close, told, said, named, ...partly] : [];
  }

  /** @param {string[]} typed @returns {Rows} papers that these words alone would find */
  #saying(typed) {
    const rows = bits.all(this.rows);
    const [bearing, wider] = [this.terms.bearing(typed), this.terms.wider(typed)];
    for (const [at, word] of typed.entries()) {
      const held = this.#anywhere([word], this.#indexes(false));
      for (const more of [bearing[at], wider[at]]) if (more) bits.unite(held, more);
      bits.intersect(rows, held);
    }
    for (const more of [this.spoken.named(typed.join("")), this.#called(typed)]) if (more) bits.unite(rows, more);
    return rows;
  }

  /**
   * @param {Clause[]} free
   * @param {string[]} sought their words
   * @returns {(Rows | undefined)[]} for each, papers with a term that it helps to name, or with a name such as
   *   "DeepSeek-OCR" that is typed in one piece
   */
  #bearing(free, sought) {
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

  /**
   * @param {Clause[]} free
   * @param {Clause[]} plain those of them that name no venue and no year
   * @param {Mended[]} mended takes note of what is changed
   * @param {boolean} deep what a summary holds is not mended
   * @returns {string[]} their words, with the nearest one where no paper has a word or a term
   */
  #sought(free, plain, mended, deep) {
    const typed = free.flatMap(wordsOf);
    const [bearing, wider] = [this.terms.bearing(typed), this.terms.wider(typed)];
    /** @param {string} word */
    const summarized = (word) => deep && (this.summaries?.has(word) ?? false);
    const isLong = new Set(typed).size > MOST_WORDS;
    const isKnown = typed.map((_, at) => Boolean(bearing[at] ?? wider[at]));
    const isLeft = typed.map((word, at) => !isKnown[at] && !JOINING.has(word));
    let next = 0;
    return free.flatMap((clause) =>
      wordsOf(clause).map((word, _, all) => {
        const at = next++;
        // A part of "LLaVA-NeXT" is not mended: the whole is a name.
        const stays = isLong || !isLeft[at] || !plain.includes(clause) || all.length > 1 || summarized(word);
        // Who names a term and one word more hardly means an author by it.
        const isAlone = bearing.some(Boolean) && !isLeft[at - 1] && !isLeft[at + 1];
        return stays ? word : this.#mend(word, mended, isAlone);
      }),
    );
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
  #called(typed) {
    const name = typed.join("");
    const called = name.length < LEAST_OF_NAME ? null : this.names.begins(name);
    return called && bits.size(called) ? called : null;
  }

  /** @param {string} word @returns {Rows | null} papers of whose authors one is called so, and does not only begin so; null for none */
  #author(word) {
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
  #indexes(deep) {
    const { summaries } = this;
    return deep && summaries ? [...this.texts.values(), summaries] : [...this.texts.values()];
  }

  /**
   * @param {string} word
   * @param {Mended[]} mended takes note of what is changed
   * @param {boolean} isAlone no word of authors alone takes its place
   * @returns {string} the nearest word in place of one that begins no word of any paper
   */
  #mend(word, mended, isAlone) {
    if ([...this.texts.values()].some((index) => index.has(word))) return word;
    const near = this.mender?.mend(word, isAlone ? this.texts.get("author") : undefined) ?? null;
    if (near && mended.every(({ typed }) => typed !== word)) mended.push({ typed: word, shown: near });
    return near ?? word;
  }

  /** @param {Clause} clause @param {TextIndex[]} indexes for words without a field @returns {Rows} papers that have one of its values */
  #of(clause, indexes) {
    const { field, values } = clause;
    const wanted = wordsOf(clause);
    if (field === null) return isWords(clause) ? this.#anywhere(wanted, indexes) : this.#union(indexes, (index) => index.holds(wanted));
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
    for (const word of typed) bits.intersect(rows, this.#union(indexes, (index) => index.says(word)));
    return rows;
  }

  /** @param {TextIndex[]} indexes @param {(index: TextIndex) => Rows} rowsIn @returns {Rows} what all of them give */
  #union(indexes, rowsIn) {
    const rows = bits.none(this.rows);
    for (const index of indexes) bits.unite(rows, rowsIn(index));
    return rows;
  }
}
