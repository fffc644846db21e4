/**
 * Terms that a reader names in plain words: which papers bear the term that words next to each other are called,
 * and which bear a term with these words in its label, as "video editing" has "video".
 *
 * @typedef {Uint32Array} Rows
 * @typedef {import("./facet.js").Term & {called: string}} Called a term, and what a reader calls its field
 *
 * @typedef {{term: Called, within: Called[]}} Meaning a term, and the keywords that its name speaks of besides
 *
 * @typedef {object} Reading
 * @property {number} from the first of the words
 * @property {number} to behind the last of them
 * @property {Meaning[]} terms that these words name
 * @property {Called[]} wider terms with all of these words in their labels
 */

import * as bits from "./bits.js";
import { ORDINARY_KIND, withOwn } from "./fields.js";
import { otherNumber, words } from "./words.js";

/** Fields of which words next to each other may be a term: papers that bear it are found, too. */
const NAMED = ["domain", "task", "criterion", "mechanism", "training", "keywords", "venue", "kind"];
/** Fields of which a word may be a part of a term's label. */
const LABELLED = ["task", "criterion", "mechanism", "keywords"];
/** Words of the longest name of a term that is looked for. */
const LONGEST_NAME = 6;
/** Terms that another one holds in itself: what is offered both ways is offered this way. */
const ALSO = new Map(Object.entries({ free: "both", based: "both" }));
/** Shorter words, and these, say nothing about a term whose label has them. */
const LEAST_LETTERS = 3;
const IDLE = new Set(["and", "for", "the", "with"]);
/** What stands behind the name of a model of which there are several: "InternVL3", "YOLOv8". */
const VERSION = /(?<=...)v?[0-9]+$/;

/**
 * @typedef {object} Name what a term is called
 * @property {Called} term
 * @property {string[]} parts
 * @property {Rows} rows
 * @property {boolean} also whether it is not its label, but another name, an example or a word by which people ask for it
 */

export class TermNames {
  /**
   * @param {Map<string, import("./facet.js").Facet>} facets by field
   * @param {Record<string, string[][]>} vocabulary field -> for each term its key, label and other names
   * @param {Record<string, Record<string, string[]>>[]} more field -> of its terms, what means them and is none of their names
   */
  constructor(facets, vocabulary, more) {
    const names = withOwn(NAMED, facets.keys()).flatMap((field) =>
      namesOf(field, facets.get(field), vocabulary[field] ?? [], more.map((one) => one[field] ?? {})),
    );
    /** @type {Map<string, {terms: Meaning[], rows: Rows}>} what terms are called, as one word each */
    this.terms = joined(names);
    this.bare = bareOf(names, facets);
    /** @type {Map<string, Map<Called, Rows>>} the terms that have this word in their label */
    this.labelled = new Map();
    const labelled = withOwn(LABELLED, facets.keys());
    for (const { term, rows } of names.filter(({ term }) => labelled.includes(term.field))) {
      for (const word of words(term.label).filter(tells)) {
        this.labelled.set(word, (this.labelled.get(word) ?? new Map()).set(term, rows));
      }
    }
  }

  /**
   * A survey has no mechanism: beside the name of a kind whose papers have no term in a field, no other name asks those
   * papers for one.
   * @param {string[]} typed
   * @returns {(Rows | undefined)[]} for each word, papers with a term that it helps to name
   */
  bearing(typed) {
    /** @type {(Rows | undefined)[]} */
    const bearing = typed.map(() => undefined);
    const named = this.#named(typed);
    const bare = named.flatMap(({ terms }) => terms.flatMap(({ term }) => (term.field === "kind" ? (this.bare.get(term.key) ?? []) : [])));
    for (const { from, to, terms, rows: own } of named) {
      const without = bare.filter(({ field }) => terms.some(({ term }) => term.field === field));
      const rows = without.map((one) => one.rows).reduce(bits.united, own);
      for (let at = from; at < to; at++) bearing[at] = bits.united(bearing[at] ?? bits.none(32 * rows.length), rows);
    }
    return bearing;
  }

  /**
   * @param {string[]} typed
   * @returns {(Rows | undefined)[]} for each word, papers with a term in whose label it is; where it helps to name
   *   a term, together with the other words of the name
   */
  wider(typed) {
    /** @type {(Rows | undefined)[]} */
    const wider = typed.map(() => undefined);
    for (const { from, to } of this.#phrases(typed)) {
      for (const [, rows] of this.#labelled(typed.slice(from, to))) {
        for (let at = from; at < to; at++) wider[at] = bits.united(wider[at] ?? bits.none(32 * rows.length), rows);
      }
    }
    return wider;
  }

  /** @param {string[]} typed @returns {Reading[]} how these words are read, where they are read as terms */
  readings(typed) {
    return this.#phrases(typed)
      .map(({ from, to, terms }) => {
        const wider = this.#labelled(typed.slice(from, to)).map(([term]) => term);
        return { from, to, terms, wider: wider.filter((one) => !terms.some(({ term }) => term === one)) };
      })
      .filter(({ terms, wider }) => terms.length || wider.length);
  }

  /** @param {string} name words as they are typed @returns {Called[]} the terms that they name */
  called(name) {
    return (this.#terms(words(name).join(""))?.terms ?? []).map(({ term }) => term);
  }

  /** @param {string[]} typed @returns {boolean} whether these words, together, are what some term is called */
  areName(typed) {
    return this.terms.has(typed.join(""));
  }

  /** @param {string} name as one word @param {boolean} [versioned] a number may stand behind it */
  #terms(name, versioned = false) {
    const names = [...inEitherNumber(name), ...(versioned ? [name.replace(VERSION, "")] : [])];
    return names.map((one) => this.terms.get(one)).find(Boolean);
  }

  /** @param {string[]} typed @returns {{from: number, to: number, terms: Meaning[], rows: Rows}[]} words next to each other that name terms */
  #named(typed) {
    const named = [];
    for (let from = 0; from < typed.length; from++) {
      for (let to = from + 1; to <= Math.min(typed.length, from + LONGEST_NAME); to++) {
        const found = this.#terms(typed.slice(from, to).join(""), to === from + 1);
        if (found) named.push({ from, to, ...found });
      }
    }
    return named;
  }

  /** @param {string[]} typed @returns {{from: number, to: number, terms: Meaning[]}[]} all of them, those that name terms together */
  #phrases(typed) {
    const named = this.#named(typed).sort((one, other) => other.to - other.from - (one.to - one.from));
    /** @type {{from: number, to: number, terms: Meaning[]}[]} */
    const phrases = [];
    for (const one of named) {
      if (phrases.every(({ from, to }) => to <= one.from || from >= one.to)) phrases.push(one);
    }
    for (let at = 0; at < typed.length; at++) {
      if (phrases.every(({ from, to }) => at < from || at >= to)) phrases.push({ from: at, to: at + 1, terms: [] });
    }
    return phrases.sort((one, other) => one.from - other.from);
  }

  /** @param {string[]} phrase @returns {[Called, Rows][]} terms with all of these words in their labels */
  #labelled(phrase) {
    const [first, ...others] = phrase.map((word) => new Map(inEitherNumber(word).flatMap((one) => [...(this.labelled.get(one) ?? [])])));
    return [...first].filter(([term]) => others.every((terms) => terms.has(term)));
  }
}

/**
 * @param {Name[]} names
 * @param {Map<string, import("./facet.js").Facet>} facets by field
 * @returns {Map<string, {field: string, rows: Rows}[]>} for each kind the fields in which none of its papers has a term, with the papers
 */
function bareOf(names, facets) {
  const kinds = names.filter(({ term }) => term.field === "kind");
  const fields = [...new Set(names.map(({ term }) => term.field))];
  const having = fields.map((field) => {
    const facet = facets.get(field);
    return { field, rows: facet?.any(facet.known().map(({ key }) => key)) };
  });
  return new Map(
    kinds.map(({ term, rows }) => {
      const without = having.filter((one) => one.rows && !bits.sizeOfBoth(rows, one.rows));
      return [term.key, without.map(({ field }) => ({ field, rows }))];
    }),
  );
}

/** @param {string} field @param {string} key @returns {string[]} the term, and one that papers bear instead which are offered this way, too */
export function alsoHeld(field, key) {
  const also = field === "training" && ALSO.get(key);
  return also ? [key, also] : [key];
}

/** @param {string} word @returns {string[]} first as it is */
function inEitherNumber(word) {
  return [word, ...otherNumber(word)];
}

/** @param {string} word of a label @returns {boolean} whether it says something of the term */
function tells(word) {
  return word.length >= LEAST_LETTERS && !IDLE.has(word);
}

/**
 * @param {string} field
 * @param {import("./facet.js").Facet | undefined} facet
 * @param {string[][]} terms for each its key, label and other names, of venues with their tags
 * @param {Record<string, string[]>[]} more what means some of them and is none of their names
 * @returns {Name[]} of those that a paper bears
 */
function namesOf(field, facet, terms, more) {
  const isVenue = field === "venue";
  return terms.flatMap(([key, label, ...others]) => {
    const rows = facet?.any(alsoHeld(field, key));
    if (!facet || !rows || key === ORDINARY_KIND) return [];
    const term = { field, key, label, called: facet.called };
    // Keys and tags may be words of every day; those of venues are not, but one word is spoken already.
    const own = isVenue ? [key, label] : [label];
    const names = [...own, ...others, ...more.flatMap((one) => one[key] ?? [])].map((name, at) => ({ term, parts: words(name), rows, also: at >= own.length }));
    return names.filter(({ parts }) => parts.length > Number(isVenue));
  });
}

/** @param {Name[]} names @returns {Map<string, {terms: Meaning[], rows: Rows}>} by what they are called, as one word; a label goes before other names */
function joined(names) {
  /** @type {Map<string, Name[]>} */
  const byName = new Map();
  for (const one of names) byName.set(one.parts.join(""), [...(byName.get(one.parts.join("")) ?? []), one]);
  const terms = new Map();
  for (const [name, several] of byName) {
    const own = several.filter(({ also }) => !also);
    const meant = own.length ? own : several;
    const each = meant.filter(({ term }, at) => meant.findIndex((one) => one.term === term) === at);
    const read = each.map((one) => ({ one, within: within(one, byName) }));
    terms.set(name, {
      terms: read.map(({ one: { term }, within }) => ({ term, within: within.map((other) => other.term) })),
      rows: read.map(({ one, within }) => inAll([one, ...within])).reduce(bits.united),
    });
  }
  return terms;
}

/**
 * @param {Name} name
 * @param {Map<string, Name[]>} byName
 * @returns {Name[]} keywords that the name speaks of and the term does not: "KV cache eviction" is called pruning
 */
function within({ term, parts, also }, byName) {
  if (!also || term.field === "keywords") return [];
  const label = words(term.label).join(" ");
  const spoken = runs(parts).filter((run) => !label.includes(run.join(" ")));
  const keywords = spoken.flatMap((run) => byName.get(run.join("")) ?? []).filter((one) => one.term.field === "keywords");
  return keywords.filter((one, at) => keywords.findIndex((other) => other.term === one.term) === at);
}

/** @param {Name[]} names @returns {Rows} papers that bear all of their terms; not to be changed */
function inAll([first, ...others]) {
  if (!others.length) return first.rows;
  const all = first.rows.slice();
  for (const { rows } of others) bits.intersect(all, rows);
  return all;
}

/** @param {string[]} parts @returns {string[][]} fewer of them that stand next to each other */
function runs(parts) {
  const found = [];
  for (let from = 0; from < parts.length; from++) {
    for (let to = from + 1; to <= parts.length; to++) if (to - from < parts.length) found.push(parts.slice(from, to));
  }
  return found;
}
