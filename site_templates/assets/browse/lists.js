/**
 * Lists of papers that a reader pastes: each item is read as what it is, an identifier, an address, a BibTeX entry, a
 * citation key, a reference, a title or the name of a method, and the papers are told in the order of the items, with
 * what was not found. How a text is cut into items is the business of items.js. The command line reads them alike,
 * in catalog/cli/pasted/lists.py; tests/pasted_cases.json is the table that both pass.
 *
 * @typedef {import("./items.js").Item} Item
 * @typedef {{rows: number[] | null, shown?: string}} Reading the papers that an item names, null for none; what they are
 *   called where it does not say so itself, and a reader is to look whether it is right
 * @typedef {{typed: string, shown: string}} Read an item that was read so
 *
 * @typedef {object} Listed
 * @property {Uint32Array} rows
 * @property {number[]} order the same, in the order of the items
 * @property {number} items how many there are
 * @property {number} found items of which papers are known
 * @property {string[]} missing the others, in few words
 * @property {Read[]} read those that are not called so
 * @property {boolean} sure whether it is a list even where the text, as a search, finds papers
 */

import * as bits from "./bits.js";
import { isKey } from "./citations.js";
import { counted } from "./counting.js";
import { LIKELY, PERHAPS, PLAINLY, itemsIn, needKeys, wordsOf } from "./items.js";
import { identifiers, isAddress, isEntry, titleOf } from "./pasted.js";
import { parse } from "./query.js";
import { brief } from "./value.js";
import { words } from "./words.js";

/** A name that is written apart or together is looked for from so many letters on. */
const LEAST_OF_NAME = 2;
const MOST_OF_NAME = 3;
/** Words of a reference that says no more than who wrote it, when, and what the method is called. */
const SHORT = 8;
/** Fields of identifiers that are read without their field, too. */
const BARE = ["openreview", "anthology", "arxiv", "doi", "id"];
/** Words of a sentence that is taken for a title. */
const LEAST_OF_TITLE = 3;
const NO_TITLE = /^(?:in|arxiv|corr|proceedings|advances)\b/iu;
const CITED = /^[^\p{L}\p{N}]*(?<author>[\p{L}'’-]+(?: [\p{L}'’-]+)?)(?: et al\.?| (?:and|&) [\p{L}'’-]+)?(?:, ?| )[([]?(?<year>(?:19|20)\d{2})[a-z]?[^\p{L}\p{N}]*$/iu;

export class Lists {
  /** @param {import("./engine.js").Engine} engine with its details */
  constructor(engine) {
    this.engine = engine;
    /** @type {Map<string, number[]> | null} the papers of each name; made when it is asked for */
    this.names = null;
    /** @type {{text: string, keys: unknown, list: Listed | null}} the last one: the next question is often about the same */
    this.last = { text: "", keys: null, list: null };
  }

  /** @param {string} text @returns {Listed | null} null where it is no list */
  of(text) {
    const keys = this.engine.citations;
    if (this.last.text !== text || this.last.keys !== keys) this.last = { text, keys, list: this.#read(text) };
    return this.last.list;
  }

  /** @param {string} text that finds nothing as a search @returns {Listed | null} the papers that it names nevertheless, as a reference does */
  named(text) {
    const rows = this.#bare(text.trim()) ?? this.#titled(text);
    const reading = rows || !/\bet al\b|^\[\d+\]/iu.test(text) ? { rows } : this.#reference(text);
    return reading.rows && this.#listed([{ typed: labelOf({ text, label: text }), ...reading }], false);
  }

  /** @param {string} text @returns {Listed | null} */
  #read(text) {
    const cut = itemsIn(text, this.engine.vocabulary);
    if (!cut || (!this.engine.citations && needKeys(cut.items))) return null;
    const read = cut.items.map((item) => ({ typed: labelOf(item), ...this.#item(item) }));
    const found = read.filter(({ rows }) => rows).length;
    const sure = cut.sure === PLAINLY || found === read.length;
    const likely = (cut.sure === LIKELY && (found || needKeys(cut.items))) || (cut.sure === PERHAPS && 2 * found > read.length);
    return sure || likely ? this.#listed(read, sure) : null;
  }

  /** @param {({typed: string} & Reading)[]} items @param {boolean} sure @returns {Listed} */
  #listed(items, sure) {
    const order = [...new Set(items.flatMap(({ rows }) => rows ?? []))];
    const rows = bits.none(this.engine.papers.size);
    for (const row of order) bits.add(rows, row);
    const missing = items.filter(({ rows }) => !rows).map(({ typed }) => typed);
    const read = items.flatMap(({ typed, rows, shown }) => {
      const several = rows && rows.length > 1 ? counted(rows.length) : shown;
      return several ? [{ typed, shown: several }] : [];
    });
    return { rows, order, items: items.length, found: items.length - missing.length, missing, read, sure };
  }

  /** @param {Item} item @returns {Reading} */
  #item({ text, cited }) {
    if (cited || isKey(text)) return this.#key(text);
    const rows =
      this.#identified(text) ?? this.#address(text) ?? this.#citation(text) ?? this.#within(text) ?? this.#titled(titleOf(text) || text) ?? this.#name(text);
    if (rows) return { rows };
    return isEntry(text) ? this.#key(keyOf(text)) : this.#reference(text);
  }

  /** @param {string} text an identifier or what says it to be one, such as a BibTeX entry */
  #identified(text) {
    const { meaning, vocabulary } = this.engine;
    const found = identifiers(text).map((clause) => rowsIn(meaning.ofAll(parse(clause, vocabulary).clauses, true).rows));
    return found.find(Boolean) ?? null;
  }

  /** @param {string} text */
  #address(text) {
    return isAddress(text) ? rowsIn(this.engine.meaning.columns.ofAddress(text)) : null;
  }

  /** @param {string} key @returns {Reading} */
  #key(key) {
    const { citations } = this.engine;
    const row = citations?.row(key) ?? null;
    if (!citations || row === null) return { rows: null };
    const own = citations.key[row];
    return own.toLowerCase() === key.toLowerCase() ? { rows: [row] } : { rows: [row], shown: own };
  }

  /** @param {string} text an author and a year, as "Chen et al., 2024" @returns {number[] | null} the papers with that first author, of that year or first public in it */
  #citation(text) {
    const { author, year } = CITED.exec(text)?.groups ?? {};
    const { details, facetOf } = this.engine.papers;
    if (!author || !details) return null;
    const family = words(author);
    const rows = details.authors.flatMap((authors, row) => {
      const [first = ""] = authors ?? [];
      const then = [facetOf.get("year")?.shown(row)[0]?.key, details.published[row]?.slice(0, 4)].includes(year);
      return then && isFamily(family, words(first)) ? [row] : [];
    });
    return rows.length ? rows : null;
  }

  /** @param {string} text with an identifier or a citation key as one of its words */
  #within(text) {
    if (isEntry(text)) return null;
    const told = wordsOf(text);
    for (const word of told) {
      const rows = this.#identified(word) ?? this.#address(word) ?? this.#exactly(word);
      if (rows) return rows;
    }
    return told.length === 1 ? this.#bare(told[0]) : null;
  }

  /** @param {string} word */
  #exactly(word) {
    const row = this.engine.citations?.rowOf.get(word.toLowerCase());
    return row === undefined || !isKey(word) ? null : [row];
  }

  /** @param {string} text an identifier that does not say of what kind it is, or a paper's id in this catalogue */
  #bare(text) {
    if (!/^[\w.:/()-]+$/u.test(text)) return null;
    const { columns } = this.engine.meaning;
    for (const field of BARE) {
      const rows = rowsIn(columns.identified(field, text.toLowerCase()));
      if (rows) return rows;
    }
    return null;
  }

  /** @param {string} text */
  #titled(text) {
    const { titles } = this.engine;
    const rows = [titles.within, titles.called].map((look) => look.call(titles, text)).find(({ length }) => length);
    return rows ?? null;
  }

  /** @param {string} text a method's name, perhaps with something in brackets behind it, or in these */
  #name(text) {
    const [, before, inside] = /^([^()[\]]*?)\s*[([]([^()[\]]*)[)\]]$/u.exec(text) ?? ["", text, ""];
    return this.#called(before) ?? this.#called(inside);
  }

  /** @param {string} text */
  #called(text) {
    const name = words(text).join("");
    return name.length < LEAST_OF_NAME ? null : (this.#named().get(name) ?? null);
  }

  #named() {
    if (this.names) return this.names;
    this.names = new Map();
    for (const [row, name] of this.engine.papers.index.name.entries()) {
      const joined = words(name ?? "").join("");
      if (joined) this.names.set(joined, [...(this.names.get(joined) ?? []), row]);
    }
    return this.names;
  }

  /** @param {string} text of which a sentence is nearly a title, or that names the first author and the method, as "Y. Feng et al. Ada-KV" @returns {Reading} */
  #reference(text) {
    const rows = sentencesOf(text).map((one) => this.engine.titles.called(one)).find(({ length }) => length) ?? this.#byAuthor(text);
    return rows ? { rows, shown: this.engine.papers.index.name[rows[0]] ?? brief(this.engine.papers.index.title[rows[0]]) } : { rows: null };
  }

  /** @param {string} text @returns {number[] | null} papers whose first author and method it names */
  #byAuthor(text) {
    const authors = this.engine.papers.details?.authors ?? [];
    const said = words(text);
    /** @param {number} row */
    const isBy = (row) => said.includes(words(authors[row]?.[0] ?? "").at(-1) ?? "");
    const parts = text.replace(/\b(?:19|20)\d\d[a-z]?\b/gu, " ").split(/[.,:;()[\]"“”]+/u).map(words);
    const names = [...parts, ...(said.length <= SHORT ? runs(said) : [])];
    return names.map((name) => (this.#called(name.join(" ")) ?? []).filter(isBy)).find(({ length }) => length) ?? null;
  }
}

/** @param {Pick<Item, "text" | "label">} item @returns {string} what a note calls it: of an entry, its key where it is written as one, or else its title */
function labelOf({ text, label }) {
  const key = isEntry(text) ? keyOf(text) : "";
  const called = isEntry(text) ? (isKey(key) ? key : titleOf(text) || key) : inShort(text, label);
  return brief((called || label).replace(/^[("'“]+|[)"'”,.;]+$/gu, ""));
}

/** @param {string} text @param {string} label @returns {string} of a reference that is too long to be quoted, the sentence that looks like its title, with its number */
function inShort(text, label) {
  if (brief(label) === label) return label;
  const sentences = sentencesOf(text).filter((one) => !NO_TITLE.test(one));
  // In a list of authors there are few words between two commas.
  const title = sentences.reduce((best, one) => (likeTitle(one) > likeTitle(best) ? one : best), "");
  return likeTitle(title) < LEAST_OF_TITLE ? label : label.slice(0, label.length - text.length) + title;
}

/** @param {string} text @returns {string[]} */
function sentencesOf(text) {
  return text.split(/(?<=[.?!])\s+/u);
}

/** @param {string} sentence @returns {number} how many words it has, and how few commas */
function likeTitle(sentence) {
  return words(sentence).length - 3 * (sentence.split(",").length - 1);
}

/** @param {string} entry @returns {string} */
function keyOf(entry) {
  return /^@[a-z]+\s*\{\s*([^\s,{}]*)/iu.exec(entry)?.[1] ?? "";
}

/** @param {string[]} family folded @param {string[]} name that of an author @returns {boolean} whether it ends so */
function isFamily(family, name) {
  return family.length > 0 && family.join(" ") === name.slice(-family.length).join(" ");
}

/** @param {string[]} said @returns {string[][]} words that stand next to each other, as many as a name may have */
function runs(said) {
  return said.flatMap((_, from) => Array.from({ length: MOST_OF_NAME }, (_, more) => said.slice(from, from + more + 1)));
}

/** @param {Uint32Array} rows @returns {number[] | null} null for none */
function rowsIn(rows) {
  const all = bits.first(rows, Infinity);
  return all.length ? all : null;
}
