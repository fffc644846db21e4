/**
 * What is said of how a question was read: which terms, years and other filters its words are, and which of the words
 * beside them a paper must have; each with a click that asks otherwise.
 *
 * @typedef {import("./engine.js").Answer} Answer
 * @typedef {(text: string) => void} OnMend puts a text into the box
 */

import { counted, numeral } from "./counting.js";
import { asTyped, commas, linkButton, wayButton } from "./note_parts.js";

/** @param {Answer} answer @param {string} text that was asked @param {OnMend} onMend @returns {HTMLElement[]} */
export function readingNotes(answer, text, onMend) {
  return [...joinedNote(answer, onMend), ...capitalsNote(answer, onMend), ...readNote(answer, text, onMend), ...spokenNote(answer.spoken, text, onMend), ...besideNote(answer.beside, onMend)];
}

/**
 * How AND and OR are read where no brackets tell.
 * @param {Answer} answer
 * @param {OnMend} onMend
 * @returns {HTMLElement[]}
 */
function joinedNote({ joined }, onMend) {
  if (!joined) return [];
  const note = document.createElement("p");
  note.append(`Read as ${joined.shown}`);
  if (joined.other) note.append("; or ", wayButton(joined.other, onMend), ` (${counted(joined.other.total)})?`);
  else note.append(".");
  return [note];
}

/** @param {Answer} answer @param {OnMend} onMend @returns {HTMLElement[]} */
function capitalsNote({ capitals }, onMend) {
  if (!capitals) return [];
  const note = document.createElement("p");
  note.append("With operators in capitals: ", wayButton(capitals, onMend), ` (${counted(capitals.total)}).`);
  return [note];
}

/**
 * Which terms words were read as, and the words alone: quiet, but never left out.
 * @param {Answer} answer
 * @param {string} text
 * @param {OnMend} onMend
 * @returns {HTMLElement[]}
 */
function readNote({ read, alone }, text, onMend) {
  if (!read.length) return [];
  const note = document.createElement("p");
  const said = read.map(({ words }) => asTyped(text, words));
  const ways = read.map(({ terms, more }, at) => {
    const named = commas(terms.map((term) => [wayButton(term, onMend)]));
    return [at ? `, “${said[at]}” as ` : `“${said[at]}” ${alone ? "also " : ""}read as `, ...named, more ? ` and ${numeral(more)} more` : ""];
  });
  note.append(...ways.flat(), ".");
  if (!alone) return [note];
  const shown = read.length === 1 && !said[0].includes(" ") ? "word alone" : "words alone";
  note.append(" The ", wayButton({ ...alone, shown }, onMend), `: ${counted(alone.total)}.`);
  return [note];
}

/** @param {import("./beside.js").Spoken[]} spoken @param {string} text @param {OnMend} onMend @returns {HTMLElement[]} */
function spokenNote(spoken, text, onMend) {
  const note = document.createElement("p");
  for (const { words, shown, alone } of spoken) {
    note.append(`${note.hasChildNodes() ? " " : ""}“${asTyped(text, words)}” read as ${shown}`);
    if (alone.total) note.append("; ", wayButton(alone, onMend), `: ${counted(alone.total)}`);
    note.append(".");
  }
  return spoken.length ? [note] : [];
}

/**
 * Which words beside terms a paper must have, and which not.
 * @param {import("./beside.js").Beside[]} beside
 * @param {OnMend} onMend
 * @returns {HTMLElement[]}
 */
function besideNote(beside, onMend) {
  const [required, others] = [true, false].map((is) => beside.filter((one) => one.required === is));
  const note = document.createElement("p");
  const without = required.map(({ shown, text, total }) => [
    linkButton(shown, `Search without ${shown}: ${counted(total)}`, () => onMend(text)),
    ` (${counted(total)} without it)`,
  ]);
  const having = others.map(({ shown, text, total }) => [
    total ? linkButton(shown, `Require ${shown}: ${counted(total)}`, () => onMend(text)) : shown,
    ` (${total ? counted(total) : "no paper"} with it)`,
  ]);
  if (without.length) note.append("Also required: ", ...commas(without), ".");
  if (without.length && having.length) note.append(" ");
  if (having.length) note.append("Not required: ", ...commas(having), ".");
  return beside.length ? [note] : [];
}
