/**
 * The terms of a catalogue, and what each may be called in a query.
 */

import { nearest, ratio } from "./likeness.js";
import { speltOut } from "./words.js";

/** How alike a term must be to be meant by another word, of 100; more where that is short, less where it is shortened. */
const LEAST = 70;
const LEAST_OF_SHORT = 75;
const LEAST_OF_SHORTENED = 60;
/** Letters of a word that is short: two wrong ones make another word of it. */
const SHORT = 6;

export class Vocabulary {
  /**
   * @param {Record<string, string[][]>} terms field -> for each term its key, label and aliases
   * @param {Pick<import("./details.js").Details, "names" | "examples" | "asked" | "tags">} [more]
   */
  constructor(terms, { names, examples, asked, tags } = { names: {}, examples: {}, asked: {}, tags: {} }) {
    this.terms = terms;
    this.tags = tags;
    this.names = names;
    this.examples = examples;
    this.asked = asked;
    /** @type {Map<string, Map<string, string>>} field -> folded word -> key */
    this.keys = new Map();
    /** @type {Map<string, Map<string, string>>} the same without keys and tags, which may be words of every day, and with words by which terms are asked for */
    this.called = new Map();
    /** @type {Map<string, Map<string, string>>} field -> folded example, or word by which a term is asked for -> key of the term */
    this.meant = new Map();
    for (const [field, several] of Object.entries(terms)) {
      this.keys.set(field, byName(several.map((names) => [names[0], [...names, ...this.#tags(field, names[0])]])));
      this.called.set(field, byName([...several.map(([key, ...names]) => /** @type {[string, string[]]} */ ([key, names])), ...Object.entries(asked[field] ?? {})]));
      this.meant.set(field, byName(several.map(([key]) => [key, this.#meansIt(field, key)])));
    }
    /** @type {Map<string, string>} folded word -> the field that is meant by it */
    this.fields = new Map();
    for (const [field, [, ...meant]] of Object.entries(names)) {
      for (const word of meant) if (!this.fields.has(word)) this.fields.set(word, field);
    }
  }

  /** @param {string} name as it was typed @returns {string | undefined} the field that its catalogue calls so */
  fieldCalled(name) {
    return this.fields.get(plain(name));
  }

  /** @param {string} field @returns {string} what messages call it */
  shownName(field) {
    return this.names[field]?.[0] ?? field;
  }

  /** @param {string} field @param {string} word @returns {string | undefined} the key of the term that is called so */
  resolve(field, word) {
    const letters = plain(word);
    return letters ? this.keys.get(field)?.get(letters) : undefined;
  }

  /** @param {string} field @param {string} name @returns {string | undefined} the key of the term whose label or alias that is */
  named(field, name) {
    return this.called.get(field)?.get(plain(name));
  }

  /** @param {string} field @param {string} word @returns {string | undefined} the key of the term of which that is an example, or by which it is asked for */
  suchAs(field, word) {
    return this.meant.get(field)?.get(plain(word));
  }

  /** @param {string} field @param {string} key @returns {string} */
  label(field, key) {
    return this.terms[field].find(([one]) => one === key)?.[1] ?? key;
  }

  /** @param {string} field @param {string} key */
  #tags(field, key) {
    return this.tags[field]?.[key] ?? [];
  }

  /** @param {string} field @param {string} key @returns {string[]} what means the term, and is none of its names */
  #meansIt(field, key) {
    return [...(this.examples[field]?.[key] ?? []), ...(this.asked[field]?.[key] ?? [])];
  }

  /** @param {string} field @param {string} word @returns {string | null} the term that was probably meant, where one is near enough */
  nearest(field, word) {
    if (!plain(word)) return null;
    const covering = this.suchAs(field, word);
    if (covering !== undefined) return covering;
    const choices = this.terms[field].flatMap((names) =>
      [...names, ...this.#tags(field, names[0])].map((name) => /** @type {[string, string]} */ ([names[0], plain(name)])),
    );
    const near = choices.filter(([, name]) => isNear(plain(word), name));
    return nearest(plain(word), near, LEAST_OF_SHORTENED);
  }
}

/** @param {string} word @param {string} name @returns {boolean} whether it may be meant for the name: with a slip in it, or shortened, as "attn" is */
function isNear(word, name) {
  const letters = [...word];
  let at = 0;
  for (const letter of name) if (letter === letters[at]) at++;
  const isShortened = [...name][0] === letters[0] && at === letters.length;
  return isShortened || ratio(word, name, letters.length <= SHORT ? LEAST_OF_SHORT : LEAST) > 0;
}

/** @param {[string, string[]][]} terms keys and names @returns {Map<string, string>} folded name -> key of the first that is called so */
function byName(terms) {
  const keys = new Map();
  for (const [key, names] of terms) for (const name of names) if (!keys.has(plain(name))) keys.set(plain(name), key);
  return keys;
}

/**
 * @param {string} text
 * @returns {string} its letters and digits, without case and diacritics: how terms are compared
 */
function plain(text) {
  const letters = text.normalize("NFKD").match(/[\p{L}\p{N}]/gu) ?? [];
  return speltOut(letters.map((letter) => (letter === "ı" ? letter : letter.toUpperCase().toLowerCase())).join(""));
}
