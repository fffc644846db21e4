/**
 * The query language: what one line of text means. It is told in catalog/query/__init__.py, which is its
 * other implementation; tests/query_cases.json is the table that both pass.
 *
 * Python refuses a query with a mistake in it. Here each mistake is noted beside the clauses that are
 * understood; what a reader sees of it is decided by main.js.
 *
 * @typedef {object} Problem
 * @property {number} position of the mistake, in characters from 1
 * @property {number} end behind the clause that it spoils
 * @property {string} message
 * @property {{shown: string, text: string, from: number, to: number}} [mend] what was probably meant, as the message
 *   shows it, and as it is written in the place of those characters
 * @property {string} [field] whose terms the message names, but not all of them
 *
 * @typedef {object} Clause
 * @property {string | null} field null for words anywhere
 * @property {Value[]} values one of which a paper must have
 * @property {boolean} negated it must have none of them instead
 *
 * @typedef {{text: string} & (
 *   {kind: "term", key: string} | {kind: "range", first: string, last: string} | {kind: "unknown"} |
 *   {kind: "words", words: string[], phrase: boolean} | {kind: "identifier", wanted: string} |
 *   {kind: "flag", wanted: string})} Value a value and its normal form
 *
 * @typedef {{text: string, quoted: boolean}} Typed a value as it was typed
 */

import { nearest } from "./likeness.js";
import { words } from "./words.js";

const UNKNOWN = "unknown";
const NONE = "none";

const SPACE = "\\t-\\r \\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000\\ufeff";
const SPACES = new RegExp(`[${SPACE}]*`, "y");
const FIELD = /([A-Za-z][A-Za-z_-]*):/y;
const MORE_TEXT = new RegExp(`[${SPACE}]+[^${SPACE}]`, "y");
const BARE = new RegExp(`[^"${SPACE}]+`, "y");
const PLAIN = new RegExp(`[^",${SPACE}]*`, "y");
/** From the beginning of a clause to its end, even where it is wrong. */
const CLAUSE = new RegExp(`(?:"[^"]*(?:"|$)|[^"${SPACE}])*`, "y");

/** Fields whose values are terms, in the order in which they are explained. */
const TERM_FIELDS = [
  "kind", "domain", "setting", "task", "criterion", "mechanism", "training", "parametric", "keywords", "venue", "listed_in",
];
const MAY_BE_EMPTY = new Set(["domain", "setting", "task", "criterion", "mechanism", "keywords", "listed_in"]);
/** Fields whose values are identifiers, with an example of each. */
const IDENTIFIERS = new Map(
  Object.entries({
    id: "fastv",
    arxiv: "2403.06764",
    doi: "10.1007/978-3-031-73004-7_2",
    openreview: "JroZRaRw7Eu",
    anthology: "2024.acl-long.12",
  }),
);
/** What fields are called besides their names: the singular or plural, and the record's own word. */
const OTHER_NAMES = new Map(
  Object.entries({
    kinds: "kind",
    domains: "domain",
    settings: "setting",
    tasks: "task",
    criteria: "criterion",
    criterions: "criterion",
    mechanisms: "mechanism",
    keyword: "keywords",
    venues: "venue",
    list: "listed_in",
    lists: "listed_in",
    years: "year",
    authors: "author",
    titles: "title",
    names: "name",
    summaries: "summary",
    ids: "id",
    references: "reference",
    reference_impl: "reference",
  }),
);
const YES_OR_NO = new Map([
  ["yes", "true"],
  ["no", "false"],
]);
const MOST_SHOWN = 12;
/** How alike a field must be to be meant by another word, of 100. */
const LIKE_ENOUGH = 70;
/** Fields that a message names where none is called alike. */
const FOR_EXAMPLE = ["author", "domain", "mechanism", "venue", "year"];

/** Ways to write years besides `2024`, `2024..`, `..2023` and `2023..2025`. */
const SPAN = /^([0-9]{4})[-\u2010-\u2015]([0-9]{4})$/;
const SINCE = /^([0-9]{4})[-+\u2010-\u2015]$/;
const COMPARED = /^(>=|<=|[><=≥≤])([0-9]{4})$/;
/** What is read as years without the field. */
const YEAR = "(?:19|20)[0-9]{2}";
const BARE_YEARS = new RegExp(
  `^(?:(?:years?)?(?:>=|<=|[><=≥≤])${YEAR}|${YEAR}[-\\u2010-\\u2015]${YEAR}|${YEAR}\\+|${YEAR}\\.\\.(?:${YEAR})?|\\.\\.${YEAR})$`,
  "i",
);
/** Fields of other search engines: "has:code". */
const HAS = new Set(["has", "with"]);
const FLAGS = ["code", "reference"];

/** @typedef {Pick<Problem, "mend" | "field">} Advice */

class WrongValue extends Error {
  /** @param {string} message @param {{shown: string, text: string} | null} near @param {string} [field] as for Problem */
  constructor(message, near = null, field = undefined) {
    super(message);
    this.near = near;
    this.field = field;
  }
}

class Mistake extends Error {
  /** @param {string} message @param {number} at index into the text @param {Advice} advice */
  constructor(message, at, advice = {}) {
    super(message);
    this.at = at;
    this.advice = advice;
  }
}

/** The terms of a catalogue, and what each may be called. */
export class Vocabulary {
  /** @param {Record<string, string[][]>} terms field -> for each term its key, label, aliases and tags */
  constructor(terms) {
    this.terms = terms;
    /** @type {Map<string, Map<string, string>>} field -> folded word -> key */
    this.keys = new Map();
    for (const [field, several] of Object.entries(terms)) {
      const keys = new Map();
      for (const names of several) {
        for (const name of names) if (!keys.has(plain(name))) keys.set(plain(name), names[0]);
      }
      this.keys.set(field, keys);
    }
  }

  /** @param {string} field @param {string} word @returns {string | undefined} */
  resolve(field, word) {
    return plain(word) ? this.keys.get(field)?.get(plain(word)) : undefined;
  }

  /** @param {string} field @param {string} word @returns {string | null} the term that was probably meant */
  nearest(field, word) {
    if (!plain(word)) return null;
    const choices = this.terms[field].flatMap((names) =>
      names.map((name) => /** @type {[string, string]} */ ([names[0], plain(name)])),
    );
    return nearest(plain(word), choices, 60);
  }
}

/**
 * @param {string} text
 * @returns {string} its letters and digits, without case and diacritics: how terms are compared
 */
function plain(text) {
  const letters = text.normalize("NFKD").match(/[\p{L}\p{N}]/gu) ?? [];
  return letters.map((letter) => (letter === "ı" ? letter : letter.toUpperCase().toLowerCase())).join("");
}

/** @type {Map<string, (typed: Typed, field: string, vocabulary: Vocabulary) => Value>} */
const READERS = new Map();
for (const field of TERM_FIELDS) READERS.set(field, readTerm);
READERS.set("year", readYear);
for (const field of ["published", "added"]) READERS.set(field, readDate);
for (const field of ["author", "title", "name", "summary"]) READERS.set(field, readWords);
for (const field of IDENTIFIERS.keys()) READERS.set(field, readIdentifier);
for (const field of FLAGS) READERS.set(field, readFlag);
/** Every field, in the order in which they are explained. */
export const FIELDS = [...READERS.keys()];

/**
 * @param {string} text
 * @returns {boolean} whether it may hold a filter, for which the vocabulary is needed
 */
export function mayHoldFilters(text) {
  return text.includes(":");
}

/** @param {string} text @returns {boolean} whether it holds a filter, a phrase or an exclusion: it asks for papers, and names nothing */
export function asksForPapers(text) {
  return /[:"]|(?:^|\s)-/.test(text);
}

/**
 * @param {string} text
 * @param {Vocabulary} vocabulary
 * @returns {{clauses: Clause[], problems: Problem[]}} what is understood, and what is not
 */
export function parse(text, vocabulary) {
  const parser = new Parser(text, vocabulary);
  const clauses = [];
  const problems = [];
  for (let start = parser.skip(SPACES); start < text.length; start = parser.skip(SPACES)) {
    try {
      const clause = parser.clause();
      if (clause) clauses.push(clause);
    } catch (error) {
      if (!(error instanceof Mistake)) throw error;
      parser.at = start;
      const end = characters(text, parser.skip(CLAUSE));
      const { mend, field } = error.advice;
      const place = mend && { from: characters(text, mend.from), to: characters(text, mend.to) };
      problems.push({
        position: characters(text, error.at) + 1,
        end,
        message: error.message,
        ...(mend && { mend: { ...mend, ...place } }),
        ...(field && { field }),
      });
    }
  }
  return { clauses, problems };
}

/** A word and a colon at the end: of a title that is being typed. */
const NO_FIELD = new RegExp(`(^|[${SPACE}])([A-Za-z][A-Za-z_-]*):(?=[${SPACE}]*$)`);

/**
 * As `parse`, but without a quotation mark that is not closed: while a phrase is being typed, its words are found;
 * and a colon at the end is no mistake, unless the word before it is a field: a title may be being typed.
 * @param {string} typed
 * @param {Vocabulary} vocabulary
 * @returns {ReturnType<typeof parse>} problems have their places in *typed*
 */
export function parseTyped(typed, vocabulary) {
  const text = typed.replace(NO_FIELD, (all, before, name) => (READERS.has(fieldOf(name)) ? all : `${before}${name} `));
  const open = text.split('"').length % 2 ? -1 : text.lastIndexOf('"');
  if (open < 0) return parse(text, vocabulary);
  const { clauses, problems } = parse(text.slice(0, open) + text.slice(open + 1), vocabulary);
  const before = characters(text, open);
  /** @param {number} place from 1 */
  const back = (place) => place + Number(place > before);
  const moved = problems.map((one) => {
    const { mend } = one;
    const there = mend && { mend: { ...mend, from: back(mend.from + 1) - 1, to: back(mend.to) } };
    return { ...one, ...there, position: back(one.position), end: back(one.end) };
  });
  return { clauses, problems: moved };
}

/**
 * @param {Clause[]} clauses
 * @returns {string} their normal form: texts that mean the same have the same, if their order is the same
 */
export function normal(clauses) {
  return clauses
    .map(({ field, values, negated }) => {
      const either = values.map((value) => value.text).join(",");
      return `${negated ? "-" : ""}${field ? `${field}:` : ""}${either}`;
    })
    .join(" ");
}

/** @param {string} text @param {number} at @returns {number} characters before that index */
function characters(text, at) {
  return [...text.slice(0, at)].length;
}

/** Walks once over the text. */
class Parser {
  /** @param {string} text @param {Vocabulary} vocabulary */
  constructor(text, vocabulary) {
    this.text = text;
    this.vocabulary = vocabulary;
    this.at = 0;
  }

  /** @param {RegExp} pattern a sticky one @returns {number} where it ends */
  skip(pattern) {
    pattern.lastIndex = this.at;
    this.at += pattern.exec(this.text)?.[0].length ?? 0;
    return this.at;
  }

  /** @returns {Clause | null} null where there is no word in it */
  clause() {
    const negated = this.text[this.at] === "-";
    if (negated) this.at++;
    FIELD.lastIndex = this.at;
    const name = FIELD.exec(this.text);
    MORE_TEXT.lastIndex = FIELD.lastIndex;
    // In "FastV: An Image" the colon ends a word of a title.
    if (name && (negated || !MORE_TEXT.test(this.text))) return this.#filter(name[1], negated);
    const start = this.at;
    const typed = this.text[start] === '"' ? this.#quoted("") : this.#unquoted(BARE, "");
    if (!typed.quoted && BARE_YEARS.test(typed.text)) {
      return { field: "year", values: [this.#read({ ...typed, text: typed.text.replace(/^years?/i, "") }, "year", start)], negated };
    }
    const value = wordsValue(typed);
    return value && { field: null, values: [value], negated };
  }

  /** @param {string} name @param {boolean} negated @returns {Clause} */
  #filter(name, negated) {
    const field = fieldOf(name);
    if (!READERS.has(field)) throw this.#unknownField(name, field);
    this.at += name.length + 1;
    const values = [this.#value(field)];
    while (this.text[this.at] === ",") {
      this.at++;
      values.push(this.#value(field));
    }
    return { field, values, negated };
  }

  /** @param {string} field @returns {Value} */
  #value(field) {
    const start = this.at;
    const typed = this.text[start] === '"' ? this.#quoted(",") : this.#unquoted(PLAIN, ",");
    return this.#read(typed, field, start);
  }

  /** @param {Typed} typed @param {string} field @param {number} start @returns {Value} */
  #read(typed, field, start) {
    try {
      return /** @type {any} */ (READERS.get(field))(typed, field, this.vocabulary);
    } catch (error) {
      if (!(error instanceof WrongValue)) throw error;
      const mend = error.near && { ...error.near, from: start, to: this.at };
      throw new Mistake(`${error.message}.`, start, { ...(mend && { mend }), field: error.field });
    }
  }

  /** @param {string} name @param {string} field @returns {Mistake} what *name* was probably to be */
  #unknownField(name, field) {
    const start = this.at;
    const end = start + name.length;
    PLAIN.lastIndex = end + 1;
    const value = PLAIN.exec(this.text)?.[0] ?? "";
    const flag = HAS.has(field) && FLAGS.find((one) => one === fieldOf(value));
    const near = flag ? `${flag}:yes` : nearest(field, [...READERS.keys()].map((one) => /** @type {[string, string]} */ ([one, one])), LIKE_ENOUGH);
    const shown = flag ? near : `'${near}'`;
    const hint = near ? `; did you mean ${shown}?` : `. Fields are ${FOR_EXAMPLE.join(", ")} and others.`;
    const mend = near ? { shown: near, text: near, from: start, to: flag ? end + 1 + value.length : end } : undefined;
    return new Mistake(`there is no field '${name}'${hint} To search for it as text, put it in quotes.`, start, { mend });
  }

  /** @param {string} also @returns {Typed} */
  #quoted(also) {
    const start = this.at;
    const end = this.text.indexOf('"', start + 1);
    if (end < 0) throw new Mistake("this quotation mark is never closed; add the other one.", start);
    this.at = end + 1;
    this.#expectEnd(also);
    return { text: this.text.slice(start + 1, end), quoted: true };
  }

  /** @param {RegExp} pattern @param {string} also @returns {Typed} */
  #unquoted(pattern, also) {
    const start = this.at;
    const text = this.text.slice(start, this.skip(pattern));
    this.#expectEnd(also);
    return { text, quoted: false };
  }

  /** After a value comes a space, the end, or what *also* holds. @param {string} also */
  #expectEnd(also) {
    const here = this.text[this.at];
    if (here === undefined || here === also || new RegExp(`^[${SPACE}]$`).test(here)) return;
    const message =
      here === '"'
        ? "a quotation mark within a word; put the whole of it in quotes, or a space before it."
        : "expected a space after the closing quotation mark.";
    throw new Mistake(message, this.at);
  }
}

/** @param {string} name as it was typed @returns {string} the field that it means; its plain form where it means none */
export function fieldOf(name) {
  const plainly = name.toLowerCase().replaceAll("-", "_");
  return OTHER_NAMES.get(plainly) ?? plainly;
}

/** @param {string} field @param {string} typed @returns {string} what is looked up in the vocabulary for it */
export function termIn(field, typed) {
  return (field === "parametric" && YES_OR_NO.get(typed.toLowerCase())) || typed;
}

/** @param {string} text @returns {string} as a value that is read as that text */
export function shown(text) {
  const plainly = /^[^\s",\ufeff\x85\x1c-\x1f]+$/.test(text) && ![UNKNOWN, NONE].includes(text.toLowerCase());
  return plainly ? text : `"${text}"`;
}

/** @param {Typed} typed @param {string} field @param {Vocabulary} vocabulary @returns {Value} */
function readTerm(typed, field, vocabulary) {
  const special = typed.quoted ? null : typed.text.toLowerCase();
  if (special === UNKNOWN && field !== "kind") return { kind: "unknown", text: UNKNOWN };
  if (special === NONE && MAY_BE_EMPTY.has(field)) return { kind: "term", key: NONE, text: NONE };
  const key = vocabulary.resolve(field, termIn(field, typed.text));
  if (key === undefined) throw unknownTerm(field, vocabulary, typed.text);
  return { kind: "term", key, text: shown(key) };
}

/** @param {string} field @param {Vocabulary} vocabulary @param {string} text @returns {WrongValue} */
function unknownTerm(field, vocabulary, text) {
  const near = vocabulary.nearest(field, text);
  const known = vocabulary.terms[field].map(([key]) => shown(key));
  if (field !== "kind") known.push(UNKNOWN);
  if (MAY_BE_EMPTY.has(field)) known.push(NONE);
  const more = known.length > MOST_SHOWN ? ` and ${known.length - MOST_SHOWN} more` : "";
  const hint = near ? `; did you mean ${field}:${shown(near)}?` : ".";
  const found = text ? `'${text}' is no ${field.replace(/s$/, "")}` : `${field}: needs a value`;
  const message = `${found}${hint} Allowed are: ${known.slice(0, MOST_SHOWN).join(", ")}${more}`;
  return new WrongValue(message, near ? { shown: `${field}:${shown(near)}`, text: shown(near) } : null, more ? field : undefined);
}

/** @param {Typed} typed */
function readYear(typed) {
  const years = typed.quoted ? typed.text : withDots(typed.text);
  const example = "a year or a range such as 2024, 2024.., ..2023 or 2023..2025, or unknown";
  return readRange(typed, /^[0-9]{4}$/, example, years);
}

/** @param {string} text @returns {string} years as `2023..2025`, however they are written; any other text as it is */
function withDots(text) {
  const [, first, last] = SPAN.exec(text) ?? SINCE.exec(text) ?? [];
  if (first) return `${first}..${last ?? ""}`;
  const [, sign, year] = COMPARED.exec(text) ?? [];
  if (!sign || sign === "=") return year ?? text;
  const end = String(Number(year) + (sign === ">" ? 1 : sign === "<" ? -1 : 0)).padStart(4, "0");
  return /[>≥]/.test(sign) ? `${end}..` : `..${end}`;
}

/** @param {Typed} typed */
function readDate(typed) {
  const example = "a date or a range such as 2024, 2024-03.., ..2024-03-11 or 2023..2024-06, or unknown";
  return readRange(typed, /^[0-9]{4}(?:-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12][0-9]|3[01]))?)?$/, example);
}

/** @param {Typed} typed @param {RegExp} pattern @param {string} example @param {string} range what is typed, with dots @returns {Value} */
function readRange({ text, quoted }, pattern, example, range = text) {
  if (text.toLowerCase() === UNKNOWN && !quoted) return { kind: "unknown", text: UNKNOWN };
  const dots = range.indexOf("..");
  const first = dots < 0 ? range : range.slice(0, dots);
  const last = dots < 0 ? range : range.slice(dots + 2);
  for (const end of [first, last]) {
    if (end && !pattern.test(end)) throw new WrongValue(`'${text}' is not ${example}`);
  }
  if (!first && !last) throw new WrongValue(dots < 0 ? `write ${example}` : `found '${text}', expected ${example}`);
  if (first && last && order(first, last) > 0) {
    throw new WrongValue(`'${text}' ends before it begins; write ${last}..${first}`);
  }
  return { kind: "range", first, last, text: first === last ? first : `${first}..${last}` };
}

/**
 * @param {string} one
 * @param {string} other
 * @returns {number} below, at or above 0 as *one* is before, at or after *other*, as far as both are exact
 */
export function order(one, other) {
  const size = Math.min(one.length, other.length);
  const [a, b] = [one.slice(0, size), other.slice(0, size)];
  return Number(a > b) - Number(a < b);
}

/** @param {Typed} typed @returns {Value | null} null where there is no word */
function wordsValue({ text, quoted }) {
  const wanted = words(text);
  if (!wanted.length) return null;
  const said = quoted ? `"${wanted.join(" ")}"` : wanted.join("-");
  return { kind: "words", words: wanted, phrase: quoted, text: said };
}

/** @param {Typed} typed @param {string} field @returns {Value} */
function readWords(typed, field) {
  if (field !== "title" && !typed.quoted && words(typed.text).join(" ") === UNKNOWN) {
    return { kind: "unknown", text: UNKNOWN };
  }
  const value = wordsValue(typed);
  if (!value) throw new WrongValue("a word is missing here; write at least one letter or digit");
  return value;
}

/** @param {Typed} typed @param {string} field @returns {Value} */
function readIdentifier({ text, quoted }, field) {
  const wanted = text.toLowerCase();
  if (!wanted.replace(/[\x1c-\x1f\x85]/g, "").trim()) {
    throw new WrongValue(`${field}: needs the identifier, e.g. ${IDENTIFIERS.get(field)}`);
  }
  if (field !== "id" && wanted === UNKNOWN && !quoted) return { kind: "unknown", text: UNKNOWN };
  return { kind: "identifier", wanted, text: shown(wanted) };
}

/** @param {Typed} typed @returns {Value} */
function readFlag({ text }) {
  const wanted = text.toLowerCase();
  if (wanted !== "yes" && wanted !== "no") {
    throw new WrongValue(wanted ? `found '${text}', allowed are: yes, no` : "write yes or no");
  }
  return { kind: "flag", wanted, text: wanted };
}
