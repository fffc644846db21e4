/**
 * From the text of a query to its clauses; the language is told in catalog/query/__init__.py, and this is done there by
 * parser.py. What is wrong is noted, and left out.
 *
 * @typedef {import("./query.js").Problem} Problem
 * @typedef {import("./clauses.js").Clause} Clause
 * @typedef {import("./value.js").Typed} Typed
 * @typedef {import("./value.js").Value} Value
 * @typedef {import("./vocabulary.js").Vocabulary} Vocabulary
 * @typedef {"AND" | "OR" | "NOT"} Operator
 */

import { eitherOf } from "./clauses.js";
import { yearsIn } from "./dates.js";
import { fieldOf, readerOf, wordsValue } from "./fields.js";
import { SPACE, plainly } from "./marks.js";
import { Mistake, unknownField } from "./mistakes.js";
import { withCode } from "./spoken_code.js";
import { withDates } from "./spoken_dates.js";
import { withTerms } from "./spoken_terms.js";
import { WrongValue } from "./value.js";

const SPACES = new RegExp(`[${SPACE}]*`, "y");
const FIELD = /(\p{L}[\p{L}_-]*):/uy;
const NOT_ASCII = /[^\0-\x7f]/;
const MORE_TEXT = new RegExp(`[${SPACE}]+[^${SPACE}]`, "y");
const BARE = new RegExp(`[^"${SPACE}]+`, "y");
const PLAIN = new RegExp(`[^",${SPACE}]*`, "y");
/** Brackets without an operator mean nothing; people who know other search engines put them around quotes. */
const OPENING = /[([]*(?=")/y;
const CLOSING = ")]";
/** Those that mean nothing beside an operator either. */
const SQUARE = /\[+(?=[("])/y;
/** From the beginning of a clause to its end, even where it is wrong. */
const CLAUSE = new RegExp(`(?:"[^"]*(?:"|$)|[^"${SPACE}])*`, "y");

/** Where one stands, brackets mean something; in a text whose quotes are empty. */
const OPERATORS = new RegExp(`(?:^|[${SPACE}()"])(?:AND|OR|(?:AND)?NOT|\\|\\|)(?=[${SPACE}()"]|$)`);
/** @param {string} written */
const operator = (written) => new RegExp(`(?:${written})(?=[${SPACE}()"]|$)`, "y");
const OPERATOR = { AND: operator("AND"), OR: operator("OR|\\|\\|"), NOT: operator("(?:AND)?NOT") };
/** Fields and operators of other search engines, which are not translated; none is a word to look for. */
const FOREIGN = new RegExp(
  `(?:TITLE-ABS(?:-KEY)?(?:-AUTH)?|AUTHKEY|PUBYEAR|LIMIT-TO|(?:TITLE|ABS|KEY|ALL|AUTH)(?=[${SPACE}]*\\()` +
    `|(?:W|PRE|NEAR|ONEAR)/[0-9]+|ADJ[0-9]+|AROUND\\([0-9]+\\))(?=[${SPACE}()]|$)|(?:TS|TI|AB|AK|AU|SO|PY|ALL)=`,
  "y",
);
/** A field of theirs behind a word, as in pruning[tiab]. */
const TAG = /\[(?:tiab|ti|ab|tw|au|mh|title(?:\/abstract)?|abstract|author|all fields)\]/gi;
/** Brackets within brackets: more than anybody writes, and few enough for a program to follow. */
const DEEPEST = 20;

/** @param {string} text @param {number} at @returns {number} characters before that index */
export function characters(text, at) {
  return [...text.slice(0, at)].length;
}

/** @param {string} text @returns {boolean} whether AND, OR or NOT stands in it, outside of quotes */
export function joins(text) {
  return OPERATORS.test(plainly(text).replace(/"[^"]*"?/g, '""'));
}

/** Walks once over the text. */
export class Parser {
  /** @param {string} text @param {Vocabulary} vocabulary @param {boolean} [typing] its end may still be typed */
  constructor(text, vocabulary, typing = false) {
    this.text = plainly(text);
    this.vocabulary = vocabulary;
    this.typing = typing;
    this.at = 0;
    this.joins = joins(text);
    /** @type {Problem[]} */
    this.problems = [];
  }

  /** @returns {{clauses: Clause[], problems: Problem[]}} what is understood, and what is not */
  query() {
    /** @type {Clause[]} */
    const clauses = this.#either(0);
    while (this.at < this.text.length) {
      this.#note(new Mistake("this bracket closes none; delete it, or open one before it.", this.at), this.at + 1);
      this.at++;
      clauses.push(...this.#either(0));
    }
    return { clauses, problems: this.problems };
  }

  /** Up to a closing bracket or the end: what OR stands between. @param {number} depth @returns {Clause[]} */
  #either(depth) {
    const queries = [this.#all(depth)];
    for (let at = this.#operator("OR"); at !== null; at = this.#operator("OR")) queries.push(this.#all(depth, ["OR", at]));
    return eitherOf(queries);
  }

  /**
   * Up to OR, a closing bracket or the end.
   * @param {number} depth
   * @param {[Operator, number] | null} behind the operator before it, which is to join something, and where it stands
   * @returns {Clause[]}
   */
  #all(depth, behind = null) {
    /** @type {Clause[]} */
    const clauses = [];
    let isEmpty = true;
    while (!this.#ends()) {
      const at = this.#operator("AND");
      if (at === null) {
        clauses.push(...this.#condition(depth));
        isEmpty = false;
        behind = null;
      } else if (isEmpty || behind) {
        this.#idle("before", "AND", at);
      } else {
        behind = ["AND", at];
      }
    }
    if (behind) this.#idle("behind", ...behind);
    else if (isEmpty && this.#sees("OR")) this.#idle("before", "OR", this.at);
    return withTerms(withCode(withDates(clauses), this.vocabulary), this.vocabulary);
  }

  /** @param {number} depth @returns {Clause[]} none where it is wrong */
  #condition(depth) {
    let negated = false;
    for (let at = this.#operator("NOT"); at !== null; at = this.#operator("NOT")) {
      negated = !negated;
      if (!this.#ends() && !this.#sees("AND")) continue;
      this.#idle("behind", "NOT", at);
      return [];
    }
    const start = this.at;
    if (this.text[this.at] === "-") {
      this.at++;
      negated = !negated;
    }
    FOREIGN.lastIndex = this.at;
    const [foreign] = FOREIGN.exec(this.text) ?? [];
    if (foreign) {
      this.#note(foreignTo(foreign, this.at), this.at + foreign.length);
      this.at += foreign.length;
      return [];
    }
    if (this.joins) this.#skip(SQUARE);
    if (this.joins && this.text[this.at] === "(") return this.#inBrackets(depth + 1, negated);
    try {
      const clause = this.#clause(negated);
      return clause ? [clause] : [];
    } catch (error) {
      if (!(error instanceof Mistake)) throw error;
      this.at = start;
      this.#walk(CLAUSE);
      this.#note(error, this.at);
      return [];
    }
  }

  /** @param {number} depth @param {boolean} negated @returns {Clause[]} */
  #inBrackets(depth, negated) {
    const opened = this.at;
    if (depth > DEEPEST) {
      this.#note(new Mistake(`brackets within brackets, more than ${DEEPEST} deep; write fewer.`, opened), this.text.length);
      this.at = this.text.length;
      return [];
    }
    this.at++;
    const within = this.#either(depth);
    try {
      this.#expectClosing(opened);
    } catch (error) {
      this.#note(/** @type {Mistake} */ (error), this.at);
    }
    return eitherOf([within], negated);
  }

  /** @param {Operator} name @returns {number | null} where the operator stands, if it does here: it is walked over */
  #operator(name) {
    const { at } = this;
    const found = this.#sees(name);
    if (!found) return null;
    this.at += found.length;
    this.#skip(SPACES);
    return at;
  }

  /** @param {Operator} name @returns {string} the operator that stands here; "" for none */
  #sees(name) {
    if (!this.joins) return "";
    OPERATOR[name].lastIndex = this.at;
    return OPERATOR[name].exec(this.text)?.[0] ?? "";
  }

  /** @returns {boolean} whether, behind spaces, nothing more is to be joined by AND */
  #ends() {
    this.#skip(SPACES);
    return this.at >= this.text.length || (this.joins && this.text[this.at] === ")") || this.#sees("OR") !== "";
  }

  /** @param {number} opened where the other bracket is */
  #expectClosing(opened) {
    if (this.text[this.at] === ")") this.at++;
    else if (!this.typing || this.at < this.text.length) throw new Mistake("this bracket is never closed; add the other one.", opened);
  }

  /** @param {"before" | "behind"} side where nothing stands @param {Operator} name @param {number} at */
  #idle(side, name, at) {
    if (this.typing && this.at >= this.text.length && side === "behind") return;
    this.#note(new Mistake(`nothing stands ${side} ${name}; write what it joins, or put it in quotes to search for it.`, at), at + name.length);
  }

  /** @param {Mistake} mistake @param {number} to where what it spoils ends */
  #note({ message, at, advice: { mend, field } }, to) {
    const { text } = this;
    const place = mend && { from: characters(text, mend.from), to: characters(text, mend.to) };
    this.problems.push({
      position: characters(text, at) + 1,
      end: characters(text, to),
      message,
      ...(mend && { mend: { ...mend, ...place } }),
      ...(field && { field }),
    });
  }

  /** @param {boolean} negated @returns {Clause | null} null where there is no word in it */
  #clause(negated) {
    this.#skip(OPENING);
    FIELD.lastIndex = this.at;
    const name = FIELD.exec(this.text);
    MORE_TEXT.lastIndex = FIELD.lastIndex;
    // In "FastV: An Image" the colon ends a word of a title; only a label has letters beyond ASCII.
    const isField = name && (!NOT_ASCII.test(name[1]) || readerOf(fieldOf(name[1], this.vocabulary), this.vocabulary));
    if (name && isField && (negated || !MORE_TEXT.test(this.text))) return this.#filter(name[1], negated);
    const start = this.at;
    const typed = this.text[start] === '"' ? this.#quoted("") : this.#unquoted(BARE, "");
    if (!typed.quoted) this.#expectNoTag(start, this.at);
    const years = typed.quoted ? null : yearsIn(typed.text);
    if (years) return { field: "year", values: [this.#read({ ...typed, text: years }, "year", start)], negated };
    const value = wordsValue(typed);
    return value && { field: null, values: [value], negated };
  }

  /** @param {string} name @param {boolean} negated @returns {Clause} */
  #filter(name, negated) {
    const field = fieldOf(name, this.vocabulary);
    if (!readerOf(field, this.vocabulary)) throw unknownField(name, this.text, this.at, this.vocabulary);
    this.at += name.length + 1;
    const values = this.joins && this.text[this.at] === "(" ? this.#valuesInBrackets(field) : this.#values(field);
    return { field, values, negated };
  }

  /** @param {string} field @returns {Value[]} */
  #values(field) {
    const values = [this.#value(field)];
    while (this.text[this.at] === ",") {
      this.at++;
      values.push(this.#value(field));
    }
    return values;
  }

  /** @param {string} field @returns {Value} */
  #value(field) {
    const start = this.at;
    const typed = this.text[start] === '"' ? this.#quoted(",") : this.#unquoted(PLAIN, ",");
    return this.#read(typed, field, start);
  }

  /** @param {string} field @returns {Value[]} those of "venue:(ICLR OR ICML)" */
  #valuesInBrackets(field) {
    const opened = this.at++;
    /** @type {Value[]} */
    const values = [];
    for (let more = true; more; ) {
      this.#skip(SPACES);
      const start = this.at;
      const typed = this.text[start] === '"' ? this.#quoted(",") : { text: this.#wordsInBrackets().join(" "), quoted: false };
      if (this.typing && !typed.text && this.at >= this.text.length && values.length) break;
      values.push(this.#read(typed, field, start));
      this.#skip(SPACES);
      if (this.text[this.at] === ",") this.at++;
      else more = this.#operator("OR") !== null;
    }
    if (this.at < this.text.length && this.text[this.at] !== ")") {
      throw new Mistake("only OR may stand between the values of one field; for AND, write the field again.", this.at);
    }
    this.#expectClosing(opened);
    return values;
  }

  /** @returns {string[]} */
  #wordsInBrackets() {
    const typed = [];
    while (!this.#ends() && !this.#sees("AND") && !this.#sees("NOT")) {
      const { text } = this.#unquoted(PLAIN, ",");
      if (!text) break;
      typed.push(text);
    }
    return typed;
  }

  /** @param {Typed} typed @param {string} field @param {number} start @returns {Value} */
  #read(typed, field, start) {
    try {
      return /** @type {any} */ (readerOf(field, this.vocabulary))(typed, field, this.vocabulary);
    } catch (error) {
      if (!(error instanceof WrongValue)) throw error;
      const mend = error.near && { ...error.near, from: start, to: this.at };
      throw new Mistake(`${error.message}.`, start, { ...(mend && { mend }), field: error.field });
    }
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
    this.#walk(pattern);
    this.#expectEnd(also);
    return { text: this.text.slice(start, this.at), quoted: false };
  }

  /** After a value comes a space, the end, a closing bracket, an operator, or what *also* holds. @param {string} also */
  #expectEnd(also) {
    const here = this.text[this.at];
    if (here === "[") this.#expectNoTag(this.at, this.at);
    if (here === undefined || here === also || CLOSING.includes(here) || new RegExp(`^[${SPACE}]$`).test(here)) return;
    if (this.#sees("AND") || this.#sees("OR") || this.#sees("NOT")) return;
    const message =
      here === '"'
        ? "a quotation mark within a word; put the whole of it in quotes, or a space before it."
        : "expected a space after the closing quotation mark.";
    throw new Mistake(message, this.at);
  }

  /** @param {number} from @param {number} to where a tag may not begin, with both */
  #expectNoTag(from, to) {
    TAG.lastIndex = from;
    const tag = TAG.exec(this.text);
    if (tag && tag.index <= to) throw foreignTo(tag[0], tag.index);
  }

  /** Where operators are, a closing bracket whose other one is before them ends these letters. @param {RegExp} pattern a sticky one */
  #walk(pattern) {
    const start = this.at;
    const end = this.#skip(pattern);
    if (this.joins) this.at = start + own(this.text.slice(start, end));
  }

  /** @param {RegExp} pattern a sticky one @returns {number} where it ends */
  #skip(pattern) {
    pattern.lastIndex = this.at;
    this.at += pattern.exec(this.text)?.[0].length ?? 0;
    return this.at;
  }
}

/** @param {string} found @param {number} at @returns {Mistake} */
function foreignTo(found, at) {
  const here = "Here are AND, OR, NOT, quotes, and fields, as in title:(one OR other).";
  return new Mistake(`${found} is known to other search engines and not here; delete it. ${here}`, at);
}

/** @param {string} run @returns {number} how many of its letters come before a closing bracket whose other one is not among them */
function own(run) {
  let depth = 0;
  for (const [at, letter] of run.split("").entries()) {
    depth += letter === "(" ? 1 : letter === ")" ? -1 : 0;
    if (depth < 0) return at;
  }
  return run.length;
}
