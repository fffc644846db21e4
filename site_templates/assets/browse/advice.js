/**
 * What is offered beside the papers that a query finds: other queries, each with the number of papers that it finds.
 * How it is said is the business of notes.js. Loaded behind the first answer.
 *
 * @typedef {import("./engine.js").Query} Query
 * @typedef {import("./engine.js").Found} Found
 * @typedef {{shown: string, text: string, total: number}} Way another query, and how many papers it finds
 *
 * @typedef {{label: string, folder: string}} Person an author, and the folder of the page below authors/
 *
 * @typedef {object} Read how words were read as terms
 * @property {string} words
 * @property {Way[]} terms those that they name first, then those that have them in their labels
 * @property {number} more terms that have them there, too
 *
 * @typedef {object} Advised
 * @property {{word: string, text: string, total: number}[]} without where nothing is found: a word, the text
 *   without it, and how many papers that finds
 * @property {{text: string, total: number} | null} any where nothing is found and every word is a paper's name: the
 *   text that asks for any of these papers, and how many there are
 * @property {Read[]} read how words were read as terms, where that finds more papers
 * @property {import("./beside.js").Beside[]} beside words beside terms: which are required, and which not
 * @property {{shown: string, other: Way | null} | null} joined how AND and OR are read where no brackets tell, and the
 *   other way, where that may be meant
 * @property {Way | null} capitals the query with "or" between words as an operator
 * @property {import("./beside.js").Spoken[]} spoken words that were read as years or dates, or as asking for code
 * @property {Way | null} alone the text that asks for these words and no terms, where that finds papers
 * @property {Way[]} meant what may have been meant, as this language says it
 * @property {Way[]} spelt where nothing is found: the query with a word that is spelt nearly so
 * @property {Way | null} coded the query for papers with code, where a word may ask for that
 * @property {Way[]} near where nothing is found: terms that are called nearly so
 * @property {Person[]} people authors whose name is what was typed
 * @property {Way | null} summed where little is found: the text that finds more in summaries
 * @property {boolean} waiting the summaries may say more, and are not loaded
 */

import * as bits from "./bits.js";
import { besideTerms, saidInWords } from "./beside.js";
import { MOST_WORDS, allOf, isFree, isPhrase, neighboursJoined, normal, rewritten, sidesWithoutBrackets, wordsOf } from "./clauses.js";
import { withEither } from "./either.js";
import { withOwn } from "./fields.js";
import { inSummaries, nearTerms, withWholeAuthor } from "./hints.js";
import { authorFolder } from "./names.js";
import { JOINING } from "./joining.js";
import { withCapitals } from "./marks.js";
import { joins } from "./parser.js";
import { pasted } from "./pasted.js";
import { parse, parseTyped } from "./query.js";
import { respelt } from "./spelling.js";
import { mayAskForCode } from "./spoken_code.js";
import { alsoHeld } from "./term_names.js";
import { shown } from "./value.js";
import { VENUE_AND_YEAR } from "./venues_and_years.js";

/** Up to so many papers are little: their summaries may say more. */
const LITTLE = 10;
/** Fields of which plain words may name several terms, besides the year. */
const NAMED = ["venue", "domain", "task", "criterion", "mechanism", "training", "kind", "keywords"];
/** What stands beside the names of papers, as in "compare FastV with ToMe", besides words that join. */
const BESIDE_NAMES = new Set([...JOINING, "compare", "compared", "comparing", "comparison", "difference", "differences", "or"]);
/** Operators that are words in small letters. */
const SMALL = new Set(["or", "not"]);
/** Terms that are named of those that words were read as, or are near to. */
const MOST_TERMS = 3;
/** The same of those that only have a word in their labels; where words name terms, those say enough. */
const MOST_LABELLED = 2;
/** Other spellings that are offered, and those that are looked at for them. */
const MOST_SPELT = 3;
const MOST_TRIED = 8;
/** People whose names only begin with what was typed are named up to so many. */
const MOST_PEOPLE = 3;

export class Advice {
  /**
   * @param {import("./engine.js").Engine} engine
   * @param {import("./term_names.js").TermNames} terms
   */
  constructor(engine, terms) {
    this.engine = engine;
    this.terms = terms;
  }

  /** @param {Query} query @param {Found} found @returns {Partial<Advised>} */
  of(query, found) {
    if (query.exact || found.list) return {};
    const waiting = this.waits(query, found);
    if (Math.max(allOf(found.clauses).length, found.meant.sought.length) > MOST_WORDS) return { waiting };
    const nothing = !found.total || found.nearly;
    const meant = this.#meant(query, found);
    const spelt = nothing && !meant.length ? this.#spelt(query, found) : [];
    const any = nothing ? this.#any(query) : null;
    const coded = this.#coded(query, found);
    // What says more of what was meant stands alone.
    const lost = nothing && !any?.total && !meant.length && !spelt.length && !coded;
    return {
      without: lost ? this.#without(query) : [],
      any,
      ...this.#reading(query, found),
      joined: this.#joined(query, found),
      capitals: any?.total ? null : this.#inCapitals(query, found),
      beside: nothing ? [] : besideTerms(found, (shown, text) => this.#way(query, shown, text)),
      spoken: saidInWords(found.clauses, found.meant.sought, (shown, text) => this.#way(query, shown, text), this.engine.papers.facetOf),
      meant,
      spelt,
      coded,
      near: lost ? this.#near(query, found) : [],
      people: this.#people(found),
      summed: this.#summed(query, found),
      waiting,
    };
  }

  /** @param {Query} query @param {Found} found @returns {boolean} whether the summaries may say more, and are not loaded */
  waits({ exact }, { total, relaxed, clauses }) {
    const { papers, meaning } = this.engine;
    const isLittle = total <= LITTLE || relaxed;
    return papers.details !== null && !papers.summaries && !exact && isLittle && meaning.areSaid(clauses);
  }

  /** @param {Query} query that finds nothing; what it would find without one of its words, the most first */
  #without(query) {
    const { clauses } = parseTyped(pasted(query.text), this.engine.vocabulary);
    if (clauses.length < 2) return [];
    return clauses
      .map((clause) => {
        const text = normal(clauses.filter((other) => other !== clause));
        return { word: normal([clause]), text, total: this.#total(query, text) };
      })
      .filter(({ total }) => total)
      .sort((one, other) => other.total - one.total);
  }

  /** @param {Query} query that finds nothing; where its words are names, what would find these papers */
  #any(query) {
    const { clauses } = parseTyped(pasted(query.text), this.engine.vocabulary);
    const free = clauses.every((clause) => isFree(clause) || isPhrase(clause));
    const names = clauses.flatMap(({ values }) => values.flatMap((value) => (value.kind === "words" ? value.words : []))).filter((word) => !BESIDE_NAMES.has(word));
    if (!free || names.length < 2 || !this.engine.meaning.areNames(names)) return null;
    const text = `name:${names.join(",")}`;
    return { text, total: this.#total(query, text) };
  }

  /** @param {Query} query @param {Found} found @returns {Pick<Advised, "read" | "alone">} */
  #reading(query, { total, deep, nearly, meant: { clauses, sought, left, sides: joined } }) {
    const asked = [{ clauses, sought, within: (/** @type {string} */ text) => text }, ...joined.map((side) => ({ ...side, within: (/** @type {string} */ text) => normal(clauses, new Map([[side.clauses, text]])) }))];
    const all = asked.map((part) => ({ ...part, readings: deep || nearly || !total ? [] : this.#readings(part.sought, asked.length === 1) }));
    const readings = all.flatMap((part) => part.readings.map((reading) => ({ ...reading, part })));
    /** @param {(typeof all)[number]} part @returns {import("./clauses.js").Change[]} */
    const quoted = (part) => part.readings.map(({ from, to }) => ({ from, to, put: `"${part.sought.slice(from, to).join(" ")}"` }));
    const [whole, ...sides] = all;
    /** Words of the whole query that keep no paper out. */
    const idle = left.flatMap(({ at, required }) => (required ? [] : [{ from: at, to: at + 1, put: "" }]));
    const inQuotes = new Map(sides.filter((part) => part.readings.length).map((part) => [part.clauses, rewritten(part.clauses, part.sought, quoted(part))]));
    const shown = all.flatMap(quoted).map(({ put }) => put).join(" ");
    const alone = this.#way(query, shown, rewritten(clauses, sought, quoted(whole), inQuotes));
    if (!readings.length || alone.total === total) return { read: [], alone: null };
    const read = readings.map(({ from, to, terms, wider, part }) => {
      const labelled = wider.sort((one, other) => this.#bearing(other) - this.#bearing(one));
      const meanings = [...terms, ...labelled.map((term) => ({ term, within: [] }))];
      const named = meanings.slice(0, Math.min(terms.length || MOST_LABELLED, MOST_TERMS));
      const ways = named.map((meaning) => this.#term(query, part, { from, to, meaning }, part === whole ? idle : [])).filter(({ total }) => total);
      return { words: part.sought.slice(from, to).join(" "), terms: ways, more: meanings.length - named.length };
    });
    return { read: read.filter(({ terms }) => terms.length), alone: alone.total ? alone : null };
  }

  /** @param {string[]} sought @param {boolean} alone whether there are no others @returns {import("./term_names.js").Reading[]} */
  #readings(sought, alone) {
    // Of several words, that each is in some label is no news.
    return this.terms.readings(sought).filter(({ terms }) => terms.length || (alone && sought.length === 1));
  }

  /** @param {import("./facet.js").Term} term @returns {number} papers that bear it */
  #bearing({ field, key }) {
    return bits.size(this.engine.papers.facetOf.get(field)?.set(key) ?? bits.none(0));
  }

  /** @param {Query} query @param {Found} found @returns {Advised["joined"]} */
  #joined(query, { clauses }) {
    const sides = sidesWithoutBrackets(query.text, clauses);
    if (!sides.length) return null;
    const shown = sides.map((side) => (side.length > 1 ? `(${normal(side)})` : normal(side))).join(" OR ");
    const nearer = neighboursJoined(sides);
    const other = nearer && this.#areAlike(nearer.joined) ? this.#way(query, nearer.text, nearer.text) : null;
    return { shown, other: other?.total ? other : null };
  }

  /** @param {Query} query @param {Found} found @returns {Way | null} the query with "or" between words as an operator, where no title says it */
  #inCapitals(query, { clauses, meant: { told } }) {
    const text = withCapitals(query.text);
    const small = allOf(clauses).filter((clause) => isFree(clause) && SMALL.has(wordsOf(clause).join(" ")));
    if (text === null || !(small.length || query.text.includes("|"))) return null;
    const title = this.engine.meaning.text("title");
    const isSaid = !joins(query.text) && small.some((clause) => bits.sizeOfBoth(told, title.holds(wordsOf(clause))));
    const { problems } = parse(text, this.engine.vocabulary);
    if (isSaid || problems.length) return null;
    const way = this.#way(query, text, text);
    return way.total ? way : null;
  }

  /** @param {import("./clauses.js").Clause[]} clauses @returns {boolean} whether they are all filters or quotes, or words that name terms of one field */
  #areAlike(clauses) {
    const named = clauses.filter(isFree).map((clause) => [...this.#namedBy(wordsOf(clause).join("")).keys()]);
    const [first, ...others] = named;
    return !first || (named.length === clauses.length && first.some((field) => others.every((fields) => fields.includes(field))));
  }

  /** @param {Query} query @param {Found} found @returns {Way[]} */
  #meant(query, found) {
    const whole = withWholeAuthor(found.clauses, (name) => this.engine.meaning.isAuthor(name));
    const ways = this.#others(query, found, [whole]);
    return ways.length ? ways : this.#others(query, found, [this.#either(found)]);
  }

  /** @param {Query} query @param {Found} found @param {(string | null)[]} texts @returns {Way[]} those that find papers, and ask for something else */
  #others(query, { said }, texts) {
    return texts
      .flatMap((text) => (text === null ? [] : [this.#way(query, text, text)]))
      .filter(({ text, total }) => total && normal(parse(text, this.engine.vocabulary).clauses) !== said);
  }

  /** @param {Found} found @returns {string | null} where it finds little: its words with several venues, years or the like as either of them */
  #either({ total, deep, clauses, meant: { sought } }) {
    return total > LITTLE && !deep ? null : withEither(clauses, sought, (name) => this.#namedBy(name));
  }

  /** @param {string} name as one word @returns {Map<string, string>} the terms that are called so: field -> key; of "iclr2025" both */
  #namedBy(name) {
    const { vocabulary, papers } = this.engine;
    const named = withOwn(NAMED, papers.facetOf.keys()).map((field) => /** @type {const} */ ([field, vocabulary.resolve(field, name)]));
    const found = new Map(named.flatMap(([field, key]) => (key === undefined ? [] : [[field, key]])));
    const [, place, digits] = (!found.size && VENUE_AND_YEAR.exec(name)) || [];
    const venue = place && vocabulary.resolve("venue", place);
    const year = venue ? `20${digits}` : name;
    if (!papers.facetOf.get("year")?.set(year)) return found;
    return new Map([...found, ...(venue ? [["venue", venue]] : []), ["year", year]]);
  }

  /** @param {Query} query that finds nothing @param {Found} found @returns {Way[]} the nearest first, of equals what finds more */
  #spelt(query, { clauses, meant }) {
    return respelt(clauses, meant, this.engine.meaning)
      .slice(0, MOST_TRIED)
      .map(({ text, distance }) => ({ ...this.#way(query, text, text), distance }))
      .filter(({ total }) => total)
      .sort((one, other) => one.distance - other.distance || other.total - one.total)
      .slice(0, MOST_SPELT);
  }

  /** @param {Query} query @param {Found} found @returns {Way | null} with code, where a word says so that names nothing here */
  #coded(query, { clauses, total, nearly, meant: { left } }) {
    const code = mayAskForCode(clauses);
    if (!code || (total && !nearly && left.every(({ word }) => word !== code.word))) return null;
    const text = normal(code.asking);
    const way = this.#way(query, text, text);
    return way.total ? way : null;
  }

  /** @param {Query} query that finds nothing @param {Found} found @returns {Way[]} */
  #near(query, { clauses, meant: { sought } }) {
    const names = [...this.terms.terms].map(([name, { terms }]) => ({ name, terms }));
    return nearTerms(sought.join(" "), names, MOST_TERMS)
      .map((meaning) => this.#term(query, { clauses, sought, within: (text) => text }, { from: 0, to: sought.length, meaning }))
      .filter(({ total }) => total);
  }

  /** @param {Found} found @returns {Person[]} where words are all that is asked for, or one author is */
  #people({ clauses, meant: { sought } }) {
    const [one, ...others] = clauses;
    const asked = one?.field === "author" && !one.negated && !others.length && one.values.length === 1;
    const names = asked ? [wordsOf(one)] : clauses.every(isFree) ? [sought, sought.filter((word) => !JOINING.has(word))] : [];
    const called = names.map((name) => this.engine.names?.people(name, MOST_PEOPLE) ?? []);
    return (called.find(({ length }) => length) ?? []).flatMap((label) => {
      const folder = authorFolder(label);
      return folder ? [{ label, folder }] : [];
    });
  }

  /** @param {Query} query @param {Found} found @returns {Way | null} */
  #summed(query, { total, rows, deep, nearly, clauses }) {
    const text = this.engine.papers.summaries && !deep && !nearly && total && total <= LITTLE ? inSummaries(clauses) : null;
    if (text === null) return null;
    const more = this.engine.narrowed({ ...query, text }).rows;
    const others = more.slice();
    bits.subtract(others, rows);
    return bits.size(others) ? { shown: text, text, total: bits.size(more) } : null;
  }

  /**
   * @param {Query} query
   * @param {{clauses: import("./clauses.js").Clause[], sought: string[], within: (text: string) => string}} part what the
   *   words stand in: the query, or what OR joins in it, and the query with another text in that place
   * @param {{from: number, to: number, meaning: import("./term_names.js").Meaning}} read
   * @param {import("./clauses.js").Change[]} [idle] words that are not required here, and left out where they would be there
   * @returns {Way} the query with the term in the place of these words
   */
  #term(query, { clauses, sought, within }, { from, to, meaning }, idle = []) {
    const terms = [meaning.term, ...meaning.within];
    // What is offered both ways is offered this way, and was found.
    const put = terms.map(({ field, key }) => `${field}:${alsoHeld(field, key).map(shown).join(",")}`).join(" ");
    const said = terms.map(({ called, label }) => `${called}: ${label}`).join(" and ");
    const way = this.#way(query, said, within(rewritten(clauses, sought, [{ from, to, put }])));
    return way.total || !idle.length ? way : this.#way(query, said, within(rewritten(clauses, sought, [{ from, to, put }, ...idle])));
  }

  /** @param {Query} query @param {string} shown @param {string} text @returns {Way} */
  #way(query, shown, text) {
    return { shown, text, total: this.#total(query, text) };
  }

  /** @param {Query} query @param {string} text @returns {number} papers that *text* would find in its place */
  #total(query, text) {
    return this.engine.inWords({ ...query, text }).total;
  }
}
