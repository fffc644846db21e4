/**
 * What is said below the search box: how words were read, what of the text or the address is not understood, which
 * words were mended, which picked papers and which items of a list are not there, and, where little or nothing is found, what finds more.
 *
 * @typedef {import("./query.js").Problem} Problem
 * @typedef {import("./finding.js").Mended} Mended
 * @typedef {import("./advice.js").Way} Way
 */

import { counted, numeral } from "./counting.js";
import { commas, linkButton, wayButton } from "./note_parts.js";
import { readingNotes } from "./reading_notes.js";
import { brief } from "./value.js";
import { withoutMarks, words } from "./words.js";

/** A reader who is still typing is not interrupted. */
const QUIET_MS = 350;
/** Words that are offered to be left out. */
const MOST_WAYS = 3;
/** Mended words, and mistakes, that are named. */
const MOST_NAMED = 5;
/** Papers of a link, and items of a list, that are not found and named at once; of a list the reader asks for the others. */
const MOST_MISSING = 10;

export class Notes {
  /**
   * @param {HTMLElement} element
   * @param {HTMLInputElement} box
   * @param {(text: string) => void} onMend puts a mended text into the box
   * @param {() => void} onAny asks for papers with any of the ticked terms
   */
  constructor(element, box, onMend, onAny) {
    this.element = element;
    this.box = box;
    this.onMend = onMend;
    this.onAny = onAny;
    this.waiting = 0;
    /** Says what waits for a pause, too. */
    this.rest = () => {};
  }

  /**
   * @param {import("./engine.js").Answer} answer
   * @param {import("./state.js").Strange[]} strange what of the address is not understood
   * @param {boolean} all whether papers need all of several ticked terms
   * @param {string | null} cut why the text is only the beginning of what was put there
   */
  show(answer, strange, all, cut) {
    const { total, problems, mended, missing, list, without, any, meant } = answer;
    clearTimeout(this.waiting);
    const text = this.box.value;
    const length = [...text].length;
    const now = problems.filter(({ end }) => end < length || document.activeElement !== this.box);
    /** @type {HTMLElement[]} */
    const others = total ? few(mended, (one) => this.#mendedNote(text, one), "mended words") : [];
    if (cut) others.unshift(...note("Only the beginning is searched for", [cut]));
    if (text.trim() && !words(text).length) others.push(...note("Nothing to search for in", [`“${brief(text.trim())}”`]));
    others.push(...note("Not in this catalogue", first(missing, MOST_MISSING)), ...(list?.ids.length ? listNotes(list) : []), ...strangeNotes(strange));
    if (all && !total) others.push(this.#anyNote());
    if (any?.total) others.push(this.#namesNote(any));
    others.push(...this.#meantNote(meant), ...(meant.length ? [] : readingNotes(answer, text, (text) => this.#mend(text))));
    if (answer.deep) others.push(deepNote(total));
    if (answer.nearly) others.push(nearlyNote(total));
    // An identifier is of no paper until its last letter is typed.
    const ofNone = list && !list.ids.length ? listNotes(list) : [];
    const later = [...ofNone, ...this.#summedNote(answer), ...this.#meantNote(answer.spelt), ...this.#meantNote(answer.coded ? [answer.coded] : []), ...this.#withoutNote(answer), ...(without.length ? [] : this.#nearNote(answer.near))];
    this.#fill(text, now, others);
    this.rest = () => this.#fill(text, problems, [...others, ...later]);
    if (now.length < problems.length || later.length) this.waiting = setTimeout(this.rest, QUIET_MS);
  }

  /** Say at once what would be said with the first pause. */
  tell() {
    clearTimeout(this.waiting);
    this.rest();
  }

  /** What is seen now, for those who listen. */
  get said() {
    return Array.from(this.element.children, (one) => one.textContent).join(" ");
  }

  /** @param {string} text @param {Problem[]} problems @param {HTMLElement[]} others */
  #fill(text, problems, others) {
    const notes = [...others, ...few(problems, (one) => this.#problemNote(text, one), "mistakes")];
    this.element.replaceChildren(...notes);
    this.element.hidden = !notes.length;
    this.box.setAttribute("aria-invalid", String(problems.length > 0));
  }

  /** @param {string} text @param {Mended} mended */
  #mendedNote(text, { typed, shown }) {
    const note = document.createElement("p");
    const onClick = () => this.#mend(replaceWord(text, typed, shown));
    const button = linkButton(shown, `Search for ${shown}`, onClick);
    note.append(`No “${typed}”; showing “`, button, "”.");
    return note;
  }

  /** @param {import("./engine.js").Answer} answer @returns {HTMLElement[]} */
  #withoutNote({ without, nearly }) {
    if (!without.length) return [];
    const note = document.createElement("p");
    const ways = without.slice(0, MOST_WAYS).map(({ word, text, total }) => {
      const button = linkButton(`without ${word}`, `Search without ${word}: ${counted(total)}`, () => this.#mend(text));
      return [button, ` (${counted(total)})`];
    });
    note.append(nearly ? "All words but one: " : "Not all of these words together; ", ...ways.flatMap((way, at) => (at ? [", ", ...way] : way)), ".");
    return [note];
  }

  /** @param {NonNullable<import("./engine.js").Answer["any"]>} any */
  #namesNote({ text, total }) {
    const note = document.createElement("p");
    const button = linkButton("any of them", `Search for any of them: ${counted(total)}`, () => this.#mend(text));
    note.append("No paper has all of these names; ", button, ` (${counted(total)})?`);
    return note;
  }

  /** @param {Way[]} ways @returns {HTMLElement[]} */
  #meantNote(ways) {
    if (!ways.length) return [];
    const note = document.createElement("p");
    const said = ways.flatMap((way, at) => {
      const between = at === 0 ? "" : at === ways.length - 1 ? " or " : ", ";
      return [between, wayButton(way, (text) => this.#mend(text)), ` (${counted(way.total)})`];
    });
    note.append("Did you mean ", ...said, "?");
    return [note];
  }

  /** @param {import("./engine.js").Answer} answer @returns {HTMLElement[]} */
  #summedNote({ summed, meant }) {
    if (!summed || meant.length) return [];
    const note = document.createElement("p");
    const found = counted(summed.total);
    note.append(linkButton(found, `Search in summaries: ${found}`, () => this.#mend(summed.text)), ` ${sayIt(summed.total)}.`);
    return [note];
  }

  /** @param {Way[]} near @returns {HTMLElement[]} */
  #nearNote(near) {
    if (!near.length) return [];
    const note = document.createElement("p");
    note.append("Similar names: ", ...commas(near.map((way) => [wayButton(way, (text) => this.#mend(text))])), ".");
    return [note];
  }

  /** @param {string} text @param {Problem} problem */
  #problemNote(text, { position, end, message, mend, field }) {
    const note = document.createElement("p");
    const letters = [...text];
    const clause = letters.slice(0, end).join("").search(/\S+$/u);
    const place = document.createElement("code");
    const mark = document.createElement("mark");
    mark.textContent = brief(letters.slice(position - 1, end).join("")) || "…";
    const before = brief(letters.slice(clause < 0 ? 0 : [...text.slice(0, clause)].length, position - 1).join(""));
    place.append(before, mark);
    /** @type {(string | HTMLElement)[]} */
    let said = [` Character ${numeral(position)}: ${message}`];
    if (mend) {
      const mended = [...letters.slice(0, mend.from), mend.text, ...letters.slice(mend.to)].join("");
      said = inPlace(said, mend.shown, () => linkButton(mend.shown, `Search for ${brief(mended)}`, () => this.#mend(mended)));
    }
    const more = field && /and [\d,]+ more/.exec(message)?.[0];
    if (more) said = inPlace(said, more, () => allTerms(field, more));
    note.append(place, ...said);
    return note;
  }

  #anyNote() {
    const note = document.createElement("p");
    note.append("No paper has all of the ticked terms; ", linkButton("any of them", "Show papers with any of them", this.onAny), "?");
    return note;
  }

  /** @param {string} text */
  #mend(text) {
    this.onMend(text);
    this.box.focus();
  }
}

/** @param {string} words @param {string[]} what @returns {HTMLElement[]} nothing where there is nothing to say */
function note(words, what) {
  return what.length ? [Object.assign(document.createElement("p"), { textContent: `${words}: ${what.join(", ")}.` })] : [];
}

/** @param {import("./state.js").Strange[]} strange @returns {HTMLElement[]} */
function strangeNotes(strange) {
  return /** @type {const} */ (["term", "parameter", "value"]).flatMap((what) => {
    const written = strange.filter(({ no }) => no === what).map((one) => brief(one.written));
    return note(`Left out, because there is no such ${what}`, first(written, MOST_NAMED));
  });
}

/**
 * What was found of a list, where that is not all of it and nothing else.
 * @param {import("./engine.js").Told} list
 * @returns {HTMLElement[]}
 */
function listNotes({ items, found, ids, missing, read }) {
  if (items === 1 && missing.length) return note("Not in this catalogue", missing);
  const notes = note("Read", [enumerated(read.map(({ typed, shown }) => `“${typed}” as ${shown}`), MOST_NAMED)].filter(Boolean));
  if (items === 1 || (!missing.length && found === ids.length)) return notes;
  const said = `${numeral(found)} of ${numeral(items)} found${found === ids.length ? "" : `, ${counted(ids.length)}`}`;
  const all = missing.length ? `${said}; not found: ${enumerated(missing, Infinity)}.`.replace(/…\.$/, "…") : `${said}.`;
  const told = Object.assign(document.createElement("p"), { textContent: all, tabIndex: -1 });
  if (missing.length > MOST_MISSING + 1) {
    const showAll = () => {
      told.textContent = all;
      told.focus();
    };
    const more = linkButton(`${numeral(missing.length - MOST_MISSING)} more`, `Name all ${numeral(missing.length)} that are not found`, showAll);
    told.replaceChildren(`${said}; not found: ${enumerated(missing.slice(0, MOST_MISSING), Infinity)} and `, more, ".");
  }
  return [told, ...notes];
}

/** @param {string[]} several @param {number} most @returns {string} the first of them, and how many more there are */
function enumerated(several, most) {
  return first(several, most).join(several.some((one) => /[\s,]/.test(one)) ? "; " : ", ");
}

/** @param {string[]} several @param {number} most @returns {string[]} the first of them, and how many more there are */
function first(several, most) {
  const more = several.length - most;
  return more > 0 ? [...several.slice(0, most), `and ${numeral(more)} more`] : several;
}

/**
 * @template One
 * @param {One[]} several
 * @param {(one: One) => HTMLElement} noteOf
 * @param {string} what they are
 * @returns {HTMLElement[]} the notes of the first, and one of how many more there are
 */
function few(several, noteOf, what) {
  const notes = several.slice(0, MOST_NAMED).map(noteOf);
  const more = several.length - notes.length;
  return more ? [...notes, Object.assign(document.createElement("p"), { textContent: `And ${numeral(more)} more ${what}.` })] : notes;
}

/** @param {number} total @returns {HTMLElement} */
function deepNote(total) {
  const said = `Nothing in titles, names, authors and terms; ${counted(total)} ${sayIt(total)}.`;
  return Object.assign(document.createElement("p"), { textContent: said });
}

/** @param {number} total @returns {HTMLElement} */
function nearlyNote(total) {
  const said = `No paper has all of these words; ${counted(total)} ${total === 1 ? "has" : "have"} most of them, or terms that mean them.`;
  return Object.assign(document.createElement("p"), { textContent: said });
}

/** @param {number} total */
function sayIt(total) {
  return total === 1 ? "says it in its summary" : "say it in their summary";
}

/**
 * @param {(string | HTMLElement)[]} said
 * @param {string} words
 * @param {() => HTMLElement} make
 * @returns {(string | HTMLElement)[]} with an element in the place where these words are said last
 */
function inPlace(said, words, make) {
  return said.flatMap((part) => {
    const at = typeof part === "string" ? part.lastIndexOf(words) : -1;
    return typeof part !== "string" || at < 0 ? [part] : [part.slice(0, at), make(), part.slice(at + words.length)];
  });
}

/** @param {string} field @param {string} shown @returns {HTMLElement} a link to the page of all its terms */
function allTerms(field, shown) {
  const link = document.createElement("a");
  link.href = `../terms/${field}/`;
  link.textContent = shown;
  return link;
}

/**
 * @param {string} text
 * @param {string} typed a folded word
 * @param {string} shown
 * @returns {string} with *shown* in the place of the word
 */
function replaceWord(text, typed, shown) {
  const word = /[\p{L}\p{N}\p{M}]+/gu;
  const mended = text.replace(word, (found) => (withoutMarks(found) === typed ? shown : found));
  return mended === text ? shown : mended;
}
