/**
 * Where a text names several papers: the items that it is made of, such as the lines of a list, the entries of a
 * BibTeX file, the references of a paper or the keys of a \cite. Only the text is looked at: which paper an item
 * names is the business of lists.js. The command line cuts a text alike, in catalog/cli/pasted/items.py;
 * tests/pasted_cases.json is the table that both pass.
 *
 * @typedef {object} Item
 * @property {string} text
 * @property {string} label what it is called: its text, and the number of a reference before it
 * @property {boolean} cited it stands in a \cite: a citation key, whatever it looks like
 *
 * @typedef {object} Cut
 * @property {Item[]} items
 * @property {number} sure one of PLAINLY, LIKELY and PERHAPS
 */

import { citedKeys, isKey } from "./citations.js";
import { fieldOf, readerOf } from "./fields.js";
import { isCitation, isEntry, isNamed } from "./pasted.js";
import { LONGEST } from "./query.js";

/** It is a list, whatever its items are. */
export const PLAINLY = 3;
/** It is one if each of its items is a paper's, or if as a search it finds nothing and one of them is. */
export const LIKELY = 2;
/** It is one if each of its items is a paper's. */
export const PERHAPS = 1;

/** Characters of a list: enough for the references of a paper. It is not in the address, which must be shorter. */
const LONGEST_LIST = 30_000;
/** What stands for the end of a line in a box that has one line only. */
const BREAK = "↵";
const BREAKS = /[\r\n\v\f\u2028\u2029↵]+/u;
const ENTRY = /@([a-z]+)\s*\{/giu;
const NEXT_ENTRY = /\s@[a-z]+\s*\{\s*[^\s,{}]+\s*,/iu;
/** What BibTeX files hold besides entries. */
const NO_ENTRIES = new Set(["comment", "preamble", "string"]);
const BULLET = /^(?:[-*•‣▪◦–—]\s+|\(?\d{1,3}[.)]\s+)/u;
const NUMBER = /^\[\d{1,3}\]\s*/u;
const HEADING = /^(?:references|bibliography|works cited)\W*$/iu;
/** Between identifiers of a list. */
const CONJUNCTION = /^(?:and|or|&|\+)$/iu;
const AUTHOR = /^\p{Lu}[\p{L}'’-]+, (?:\p{Lu}\.?[ -]?)+$/u;
/** An id of OpenReview, which mixes digits and letters large and small. */
const LIKE_OPENREVIEW = /^(?=.*\d)(?=.*[a-z])(?=.*[A-Z])[\w-]{10}$/u;
/** Fields whose clauses are identifiers as they are copied, too: "doi: 10.1145/3580305". */
const NAMING = new Set(["arxiv", "doi"]);
/** Letters from which on a line of prose may have been too long for its column. */
const LEAST_OF_COLUMN = 40;

/**
 * @param {string} text as it is copied
 * @returns {string} in one line, in which the ends of lines can still be seen
 */
export function oneLine(text) {
  const lines = linesOf(text);
  return lines.join(isEntry(lines[0] ?? "") ? " " : ` ${BREAK} `);
}

/** @param {string} text @returns {number} characters that it may have */
export function longest(text) {
  return text.length > LONGEST && itemsIn(text) ? LONGEST_LIST : LONGEST;
}

/**
 * @param {string} text
 * @param {import("./vocabulary.js").Vocabulary} [vocabulary] tells what a query may ask for
 * @returns {Cut | null} null where it is one text, which is a search or names one paper
 */
export function itemsIn(text, vocabulary) {
  const lines = linesOf(text);
  if (!lines.length) return null;
  if (text.includes("@") && (lines.some(isEntry) || NEXT_ENTRY.test(text))) return ofEntries(lines.join("\n"));
  if (text.includes("\\") && lines.some((line) => citedKeys(line))) return ofCommands(lines);
  if (hasFilter(text, vocabulary)) return null;
  const whole = HEADING.test(lines[0]) ? lines.slice(1) : lines;
  const numbered = references(whole.join(" "));
  if (numbered) return cut(numbered, PLAINLY);
  const unbroken = unwrapped(whole).map((line) => line.replace(BULLET, ""));
  return unbroken.length > 1 ? ofLines(unbroken) : ofLine(unbroken[0] ?? "");
}

/** @param {Item[]} items @returns {boolean} whether one of them may be a citation key */
export function needKeys(items) {
  return items.some(({ text, cited }) => cited || isEntry(text) || isKey(text));
}

/** @param {string} text @returns {string[]} */
function linesOf(text) {
  return text.split(BREAKS).map((line) => line.trim()).filter(Boolean);
}

/** @param {string[]} texts @param {number} sure @param {string[]} [keys] texts that stand in a \\cite @returns {Cut | null} */
function cut(texts, sure, keys = []) {
  const told = texts.filter((text) => /[\p{L}\p{N}]/u.test(text));
  const items = told.map((label) => ({ text: label.replace(NUMBER, "").trim(), label: label.trim(), cited: keys.includes(label) }));
  return items.length ? { items, sure } : null;
}

/** @param {string} text BibTeX, and perhaps lines of something else @returns {Cut | null} */
function ofEntries(text) {
  /** @type {string[]} */
  const items = [];
  let from = 0;
  for (const begin of text.matchAll(ENTRY)) {
    if (begin.index < from) continue;
    const end = endOfEntry(text, begin.index + begin[0].length);
    items.push(...others(text.slice(from, begin.index)));
    if (!NO_ENTRIES.has(begin[1].toLowerCase())) items.push(text.slice(begin.index, end).replaceAll("\n", " "));
    from = end;
  }
  return cut([...items, ...others(text.slice(from))], PLAINLY);
}

/** @param {string} text @returns {string[]} items beside entries; a line of BibTeX's comments is none */
function others(text) {
  return linesOf(text).filter((line) => !line.startsWith("%")).flatMap((line) => namesIn(line) ?? [line]);
}

/** @param {string} text @param {number} from behind its first brace @returns {number} behind its last one, or where the next entry begins */
function endOfEntry(text, from) {
  const next = text.slice(from).search(NEXT_ENTRY);
  const to = next < 0 ? text.length : from + next;
  let depth = 1;
  for (let at = from; at < to; at++) {
    if (text[at] === "{") depth++;
    if (text[at] === "}" && --depth === 0) return at + 1;
  }
  return to;
}

/** @param {string[]} lines some with \\cite @returns {Cut | null} what is cited; with the other lines, if these commands do not stand in prose */
function ofCommands(lines) {
  const commands = lines.map((line) => citedKeys(line) ?? { keys: [], rest: line });
  const told = commands.map(({ rest }) => wordsOf(rest).filter(isNamed));
  const isProse = commands.some(({ keys, rest }, at) => keys.length && wordsOf(rest).length > told[at].length);
  const items = commands.flatMap(({ keys, rest }, at) => (keys.length || isProse ? [...keys, ...told[at]] : (namesIn(rest) ?? [rest])));
  return cut([...new Set(items)], PLAINLY, commands.flatMap(({ keys }) => keys));
}

/** @param {string} text @param {import("./vocabulary.js").Vocabulary} [vocabulary] @returns {boolean} whether it is a query: it asks for a field that is none of those of identifiers */
function hasFilter(text, vocabulary) {
  const fields = [...text.matchAll(/(?:^|\s)-?([a-z][a-z_-]*):(?=\S)/giu)].map(([, name]) => fieldOf(name, vocabulary));
  return fields.some((field) => readerOf(field, vocabulary) && !NAMING.has(field));
}

/** @param {string} text @returns {string[] | null} what stands behind "[1]", "[2]" and so on, or behind "1.", "2." */
function references(text) {
  const first = /^(?:\[\d{1,3}\]|\(?\d{1,3}[.)]\s)/u.exec(text)?.[0];
  if (!first) return null;
  const inBrackets = first.startsWith("[");
  const marks = text.matchAll(inBrackets ? /(?<!\S)\[(\d{1,3})\]/gu : /(?<!\S)\(?(\d{1,3})[.)](?=\s)/gu);
  /** @type {number[]} */
  const begins = [];
  let last = NaN;
  for (const { 1: digits, index } of marks) {
    const number = Number(digits);
    // A reader may have left some out; a number with a full stop may also end a sentence.
    if (begins.length && !(inBrackets ? number > last : number === last + 1)) continue;
    begins.push(index);
    last = number;
  }
  return begins.length < 2 ? null : begins.map((from, at) => text.slice(from, begins[at + 1]).trim().replace(BULLET, ""));
}

/** @param {string[]} lines @returns {string[]} with those together that were one before a column was too narrow for it */
function unwrapped(lines) {
  const goOn = lines.map((line, at) => at > 0 && goesOn(lines[at - 1], line));
  if (!goOn.includes(true) || /^\p{Ll}/u.test(lines[0])) return lines;
  /** @type {string[]} */
  const whole = [];
  for (const [at, line] of lines.entries()) {
    const ends = !at || /[.?!\]}]$/u.test(lines[at - 1]) || lines[at - 1].length < LEAST_OF_COLUMN || namesIn(lines[at - 1]) || namesIn(line);
    if (!goOn[at] && ends) whole.push(line);
    else whole.push(`${whole.pop()} ${line}`);
  }
  return whole;
}

/** @param {string} before @param {string} line @returns {boolean} whether it begins in the middle of a sentence or of a word */
function goesOn(before, line) {
  const inWord = /\p{L}-$/u.test(before) && /^\p{L}/u.test(line);
  const inSentence = before.length >= LEAST_OF_COLUMN && !before.endsWith(".") && /^\p{Ll}+(?=[\s,.;:)])/u.test(line);
  return inWord || inSentence;
}

/** @param {string[]} lines @returns {Cut | null} */
function ofLines(lines) {
  const items = lines.flatMap((line) => namesIn(line) ?? partsOf(line, true) ?? [line]);
  const plainly = lines.some((line) => wordsOf(line).some(isNamed)) || lines.every(isCitation);
  return cut(items, plainly ? PLAINLY : LIKELY);
}

/** @param {string} line @returns {Cut | null} */
function ofLine(line) {
  const names = namesIn(line);
  if (names) return cut(names, names.some(isNamed) ? PLAINLY : LIKELY);
  const parts = partsOf(line, false);
  if (parts) return cut(parts, parts.some(isNamed) || parts.every(isCitation) ? PLAINLY : LIKELY);
  const [told, between] = [wordsOf(line).filter(isNamed), line.split(/\s*,\s*/u).filter(Boolean)];
  const namedBetween = between.filter((part) => namesIn(part));
  const items = between.flatMap((part) => namesIn(part) ?? [part]);
  if (told.length > 1) return cut(2 * namedBetween.length >= between.length ? items : told, PLAINLY);
  if (told.some((name) => name.includes("://"))) return cut([line], PLAINLY);
  return namedBetween.length && between.length > 1 ? cut(items, PERHAPS) : null;
}

/** @param {string} line @param {boolean} amongLines @returns {string[] | null} what stands between its semicolons, where these divide papers and no authors */
function partsOf(line, amongLines) {
  const parts = line.split(/\s*;\s*/u).filter(Boolean);
  if (parts.length < 2 || parts.some((part) => AUTHOR.test(part))) return null;
  const told = parts.filter((part) => namesIn(part) || isCitation(part));
  return amongLines && 2 * told.length < parts.length ? null : parts.flatMap((part) => namesIn(part) ?? [part]);
}

/** @param {string} line @returns {string[] | null} the identifiers, addresses and citation keys that it is made of */
function namesIn(line) {
  const names = wordsOf(line).filter((word) => !CONJUNCTION.test(word));
  return names.length && names.every((name) => isNamed(name) || isKey(name) || LIKE_OPENREVIEW.test(name)) ? names : null;
}

/** @param {string} line @returns {string[]} its words, without the punctuation around them */
export function wordsOf(line) {
  return line
    .replace(/\[[^[\]]*\]\(<?([^\s()<>]+)>?\)/gu, "$1") // a link of Markdown
    .replace(/\b(arxiv|doi):\s+/giu, "$1:")
    .split(/[\s,;]+/u)
    .map((word) => word.replace(/^[@([<"'“]+|[>"'”.:]+$/gu, "").replace(/^([^()]*)\)+$|^([^[\]]*)\]+$/u, "$1$2"))
    .filter(Boolean);
}
