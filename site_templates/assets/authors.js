/**
 * On the page of all authors, which names those with most papers: finds every author by name.
 * All names come when a reader goes to the box; without them the page stays as it is. What is typed stands in the
 * address, so that a step back from an author's page finds it again.
 */

import { numeral } from "./browse/counting.js";
import { fetchJson } from "./browse/fetching.js";
import { words } from "./browse/words.js";

/** A pause in typing: with every letter, browsers would refuse new addresses after a while. */
const PAUSE_MS = 250;
/** Letters that an address takes; nobody's name has as many. */
const LONGEST = 200;

/**
 * @typedef {[name: string, papers: number, folder?: string, ...spellings: string[]]} Row as the site's builder writes it
 * @typedef {{name: string, papers: number, folder: string, spelt: string[][]}} Author `spelt` in words, each way
 */

/** @param {Row} row @returns {Author} */
export function author([name, papers, folder, ...spellings]) {
  const spelt = [name, ...spellings].map(words);
  return { name, papers, folder: folder || spelt[0].join("-"), spelt };
}

/**
 * @param {Author[]} authors
 * @param {string} text
 * @returns {Author[]} whose names have words that begin with those typed, in any order, or hold them written
 *   together or apart ("hengtao" is "Heng Tao"); those first who are called just so
 */
export function called(authors, text) {
  const typed = words(text);
  const letters = typed.join("");
  if (!letters) return [];
  const found = authors.filter(({ spelt }) => spelt.some((name) => begins(name, typed, letters)));
  const just = found.filter(({ spelt }) => spelt.some((name) => name.join("") === letters));
  return [...just, ...found.filter((one) => !just.includes(one))];
}

/** @param {string[]} name @param {string[]} typed @param {string} letters of all that is typed */
function begins(name, typed, letters) {
  if (typed.every((word) => name.some((part) => part.startsWith(word)))) return true;
  return name.some((_, at) => name.slice(at).join("").startsWith(letters));
}

/**
 * @param {HTMLElement} find holds the box and what is said beside it
 * @param {HTMLElement} list of authors
 */
export function findable(find, list) {
  const box = /** @type {HTMLInputElement} */ (find.querySelector("input"));
  const status = /** @type {HTMLElement} */ (find.querySelector("[role=status]"));
  const shown = [...list.childNodes];
  // Authors at a time, as on the page without the box; a longer name finds fewer.
  const most = Number(find.dataset.most);
  const file = new URL(/** @type {string} */ (find.dataset.find), document.baseURI);
  /** @type {Promise<Author[]> | null} */
  let coming = null;

  function all() {
    coming ??= fetchJson(file).then((/** @type {Row[]} */ rows) => rows.map(author));
    return coming;
  }

  async function show() {
    try {
      const authors = await all();
      const found = called(authors, box.value); // what stands there now: more may have been typed meanwhile
      const asked = words(box.value).length > 0;
      list.replaceChildren(...(asked ? found.slice(0, most).map(line) : shown));
      say(asked ? told(found.length, authors.length, most) : "");
    } catch (error) {
      coming = null; // the next letter tries again
      say(/** @type {Error} */ (error).message);
    }
  }

  /** @param {string} text */
  function say(text) {
    if (status.textContent !== text) status.textContent = text;
  }

  let waiting = 0;
  /** The address is that of what is typed. */
  function settle() {
    clearTimeout(waiting);
    const text = box.value.trim();
    const search = text && text.length <= LONGEST ? `?${new URLSearchParams({ q: text })}` : "";
    if (search !== location.search) history.replaceState(history.state, "", location.pathname + search);
  }

  box.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(settle, PAUSE_MS);
  });
  addEventListener("pagehide", settle);
  box.addEventListener("focus", () => all().catch(() => (coming = null))); // whoever types hears of it
  box.addEventListener("input", show);
  box.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && box.value && list.children.length === 1) list.querySelector("a")?.click();
  });
  find.hidden = false;
  box.value ||= new URLSearchParams(location.search).get("q") ?? "";
  if (box.value) show();
}

/** @param {Author} author */
function line({ name, papers, folder }) {
  const link = document.createElement("a");
  link.href = `${folder}/`;
  const number = Object.assign(document.createElement("span"), { className: "numeral", textContent: numeral(papers) });
  link.append(Object.assign(document.createElement("span"), { textContent: name }), number);
  const item = document.createElement("li");
  item.append(link);
  return item;
}

/** @param {number} found @param {number} of @param {number} most how many are shown */
function told(found, of, most) {
  const shown = found > most ? `; the first ${numeral(most)} are shown` : "";
  return `${numeral(found)} of ${numeral(of)} authors${shown}`;
}
