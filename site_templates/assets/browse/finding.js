/**
 * From the clauses of one query to the papers that they mean together, and what is told of them.
 *
 * @typedef {import("./clauses.js").Clause} Clause
 * @typedef {Uint32Array} Rows
 * @typedef {{typed: string, shown: string}} Mended a word that no paper holds, and the one searched for instead
 *
 * @typedef {object} Meant
 * @property {Clause[]} clauses
 * @property {Rows} rows papers for which every clause holds
 * @property {Mended[]} mended
 * @property {string[]} typed the words without a field, as they were searched for
 * @property {string[]} telling those of them that do not only join others
 * @property {string[]} sought the words without a field, as they were searched for, with those that name venues and years, and without those in quotes
 * @property {Rows} told papers that hold these words as text, as they are typed
 * @property {Rows} said those that hold each of them as text, in either number
 * @property {Rows} named those that hold each of them so, or bear a term that it helps to name
 * @property {import("./required.js").Left[]} left of *sought*, the words beside those that were read as terms
 * @property {Rows[]} partly papers that hold more of those that are not asked for first; where most of the words will do, of all
 * @property {boolean} reads whether words are read as terms
 * @property {Side[]} sides what OR joins, of which one must hold
 *
 * @typedef {{clauses: Clause[], sought: string[]}} Side a query within brackets, and its words as above
 *
 * @typedef {object} Way how words are looked for
 * @property {boolean} [deep] in summaries, too
 * @property {boolean} [relaxed] a word beside terms is not asked for where few papers are left with it; without terms, one that
 *   many titles have
 * @property {boolean} [nearly] papers with the most of the words will do
 */

import * as bits from "./bits.js";
import { MOST_WORDS, isFree, isWords, queriesOf, wordsOf } from "./clauses.js";
import { JOINING } from "./joining.js";
import { withMost } from "./nearest.js";
import { holding, joiningOf } from "./required.js";
import { BEGINS } from "./words.js";

export class Finding {
  /**
   * @param {import("./meaning.js").Meaning} meaning
   * @param {Clause[]} clauses
   * @param {boolean} exact as for `Meaning.ofAll`
   * @param {Way} way
   */
  constructor(meaning, clauses, exact, { deep = false, relaxed = false, nearly = false }) {
    this.meaning = meaning;
    this.clauses = clauses;
    this.exact = exact;
    this.deep = deep;
    this.relaxed = relaxed;
    this.nearly = nearly;
    /** @type {Mended[]} */
    this.mended = [];
    this.free = clauses.filter(isFree);
    /** Those of them that name no venue and no year. */
    this.plain = this.free.filter((clause) => !this.#spoken(clause));
    this.called = exact ? null : meaning.called(this.plain.flatMap(wordsOf));
    this.sought = exact || this.called ? this.free.flatMap(wordsOf) : this.#mendedWords();
    this.bearing = exact ? [] : meaning.bearing(this.free, this.sought);
    this.wider = exact ? [] : meaning.terms.wider(this.sought);
    this.isLong = new Set(this.sought).size > MOST_WORDS;
    this.joining = exact || this.isLong ? [] : joiningOf(clauses, this.sought, this.bearing);
    this.reads = !this.isLong && (this.bearing.some(Boolean) || (!exact && this.#readsSides()));
    this.indexes = meaning.indexes(deep);
    this.rows = bits.all(meaning.rows);
    this.told = bits.all(meaning.rows);
    this.said = bits.all(meaning.rows);
    this.named = bits.all(meaning.rows);
    /** @type {string[]} */
    this.typed = [];
    /** @type {string[]} */
    this.telling = [];
    /** @type {Side[]} */
    this.sides = [];
    /** @type {import("./required.js").Word[]} */
    this.words = [];
  }

  /** @returns {Meant} */
  meant() {
    let at = 0;
    for (const clause of this.clauses) {
      const queries = queriesOf(clause);
      if (queries) this.#takeSides(queries, clause.negated);
      else if (this.plain.includes(clause)) this.#takeWords(wordsOf(clause), at);
      else this.#takeFilter(clause, at);
      if (isFree(clause)) at += wordsOf(clause).length;
    }
    const { clauses, mended, typed, telling, sought, told, said, named, reads, sides, meaning } = this;
    if (this.nearly) {
      const having = this.words.map(({ word, held, read }) => ({ held, told: (!read && meaning.meantBy(word)) || meaning.none }));
      const most = withMost(having, this.rows, meaning.rows);
      return { clauses, rows: most[most.length - 1] ?? meaning.none, mended, typed, telling, sought, told, said, named, left: [], partly: most, reads, sides };
    }
    const title = meaning.text("title");
    const relaxed = this.relaxed && !this.isLong;
    const { found, left, partly } = holding(this.words, this.rows, meaning.rows, (word) => bits.size(title.says(word)), reads, relaxed);
    if (this.called) {
      bits.intersect(this.called, this.rows);
      bits.unite(found, this.called);
    }
    return { clauses, rows: found, mended, typed, telling, sought, told, said, named, left, partly, reads, sides };
  }

  /** @param {Clause[][]} queries of which one must hold, or none @param {boolean} negated */
  #takeSides(queries, negated) {
    const { exact, deep, relaxed, rows, mended, meaning } = this;
    const several = queries.map((query) => meaning.ofAll(query, exact, negated ? {} : { deep, relaxed }));
    const held = bits.none(meaning.rows);
    for (const one of several) bits.unite(held, one.rows);
    for (const one of several.flatMap((side) => side.mended)) if (mended.every((other) => other.typed !== one.typed)) mended.push(one);
    if (!negated) this.sides.push(...several.flatMap((one, at) => [{ clauses: queries[at], sought: one.sought }, ...one.sides]));
    if (negated) bits.subtract(rows, held);
    else {
      bits.intersect(rows, held);
      bits.intersect(this.told, several.map(({ told }) => told).reduce(bits.united));
    }
  }

  /** @param {string[]} own the words of a plain clause, as they are typed @param {number} first the place of the first among all */
  #takeWords(own, first) {
    const { meaning, indexes, told, said, named } = this;
    const authors = meaning.texts.get("author");
    for (let at = first; at < first + own.length; at++) {
      const [word, borne] = [this.sought[at], this.bearing[at]];
      const called = this.reads && !borne ? meaning.author(word) : null;
      const held = meaning.union(indexes, (index) => (called && index === authors ? called : index.begins(word)));
      bits.intersect(told, held);
      this.typed.push(word);
      if (this.joining[at]) continue;
      this.telling.push(word);
      bits.unite(held, meaning.union(indexes, (index) => index.inOtherNumber(word)));
      bits.intersect(said, held);
      if (borne) bits.unite(held, borne);
      bits.intersect(named, held);
      const wide = this.wider[at];
      if (wide) bits.unite(held, wide);
      this.words.push({ word, at, held, read: !this.isLong && Boolean(borne) });
    }
  }

  /** @param {Clause} clause that is no plain words: a field, words in quotes, a venue or a year @param {number} at the place of its first word */
  #takeFilter(clause, at) {
    const { meaning, rows } = this;
    const { negated } = clause;
    const spoken = this.#spoken(clause);
    const borne = isFree(clause) ? this.bearing[at] : undefined;
    const held = meaning.of(clause, negated ? meaning.indexes(false) : this.indexes);
    for (const more of [spoken, borne]) if (more) bits.unite(held, more);
    if (negated && !this.exact && isWords(clause)) bits.unite(held, meaning.saying(wordsOf(clause)));
    if (negated) bits.subtract(rows, held);
    else bits.intersect(rows, held);
    if (clause.field !== null || negated || spoken) return;
    const quoted = wordsOf(clause).map((word) => word.replace(BEGINS, ""));
    this.typed.push(...quoted);
    this.telling.push(...quoted);
  }

  /** @param {Clause} clause @returns {Rows | undefined} papers of the venue or year that its words name */
  #spoken(clause) {
    return this.exact || !isFree(clause) ? undefined : this.meaning.spoken.named(wordsOf(clause).join(""));
  }

  /** @returns {boolean} whether words on both sides of an OR are read as terms */
  #readsSides() {
    return this.clauses.some((clause) => {
      const queries = clause.negated ? null : queriesOf(clause);
      return queries?.every((query) => !query.some(queriesOf) && this.meaning.ofAll(query, false).reads) ?? false;
    });
  }

  /** @returns {string[]} the words of all free clauses, with the nearest one where no paper has a word or a term */
  #mendedWords() {
    const { meaning, free } = this;
    const typed = free.flatMap(wordsOf);
    const [bearing, wider] = [meaning.terms.bearing(typed), meaning.terms.wider(typed)];
    /** @param {string} word */
    const summarized = (word) => this.deep && (meaning.summaries?.has(word) ?? false);
    const isLong = new Set(typed).size > MOST_WORDS;
    const isKnown = typed.map((_, at) => Boolean(bearing[at] ?? wider[at]));
    const isLeft = typed.map((word, at) => !isKnown[at] && !JOINING.has(word));
    let next = 0;
    return free.flatMap((clause) =>
      wordsOf(clause).map((word, _, all) => {
        const at = next++;
        // A part of "LLaVA-NeXT" is not mended: the whole is a name.
        const stays = isLong || !isLeft[at] || !this.plain.includes(clause) || all.length > 1 || summarized(word);
        // Who names a term and one word more hardly means an author by it.
        const isAlone = bearing.some(Boolean) && !isLeft[at - 1] && !isLeft[at + 1];
        return stays ? word : this.#mend(word, isAlone);
      }),
    );
  }

  /**
   * @param {string} word
   * @param {boolean} isAlone no word of authors alone takes its place
   * @returns {string} the nearest word in place of one that begins no word of any paper
   */
  #mend(word, isAlone) {
    const { meaning, mended } = this;
    if ([...meaning.texts.values()].some((index) => index.has(word))) return word;
    const near = meaning.mender?.mend(word, isAlone ? meaning.texts.get("author") : undefined) ?? null;
    if (near && mended.every(({ typed }) => typed !== word)) mended.push({ typed: word, shown: near });
    return near ?? word;
  }
}
