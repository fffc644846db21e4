/**
 * The view's address in the browser's history, written from a state and read back. What is typed is put there when
 * the reader pauses: browsers look at a page's icon again with every new address, which costs as much as a search, and
 * Safari refuses more than a hundred addresses in half a minute.
 *
 * The address of a pasted list names its papers, which is short and can be shared; the list itself is kept beside it,
 * as is a text that is too long for an address.
 *
 * @typedef {import("./state.js").State} State
 *
 * @typedef {object} Kept what an entry of the history holds beside its address
 * @property {string} [pasted] the text that the address does not have, but at most its papers
 * @property {string[] | null} [ids] with such a text: the papers among which it is looked for
 *
 * @typedef {object} Read what an entry of the history asks for
 * @property {State} state
 * @property {import("./state.js").Strange[]} strange what of the address is not understood
 * @property {string | null} cut why the text is only the beginning of what was put there
 * @property {number | undefined} shown how many papers of a long list there were
 */

import { longest } from "./items.js";
import { shortened, tooLong } from "./query.js";
import { LONGEST_LINK } from "./selection.js";
import { format, parse, strange } from "./state.js";

/** A pause in typing. */
const PAUSE_MS = 250;

export class Address {
  /**
   * @param {import("./state.js").Fields} fields
   * @param {Set<string>} several fields of which a paper may have more than one term
   */
  constructor(fields, several) {
    this.fields = fields;
    this.several = several;
    this.waiting = 0;
    /** @type {{search: string, kept: Kept} | null} what has yet to be put there */
    this.next = null;
    /** @type {{text: string, ids: string[]} | null} a text that is a list, and its papers */
    this.list = null;
    addEventListener("pagehide", () => this.settle());
  }

  /** @returns {Read} */
  read() {
    const { pasted, ids = null, shown } = history.state ?? {};
    const inAddress = parse(location.search, this.fields, this.several);
    const asked = pasted === undefined ? inAddress : { ...inAddress, text: pasted, ids };
    const most = pasted === undefined ? undefined : longest(pasted);
    return {
      state: { ...asked, text: shortened(asked.text, most) },
      strange: strange(location.search, this.fields),
      cut: tooLong(asked.text, most),
      shown,
    };
  }

  /** A new entry of the history. @param {State} state */
  add(state) {
    const { search, kept } = this.#of(state);
    this.settle();
    if (isNew(search, kept)) history.pushState(kept, "", location.pathname + search);
  }

  /** The newest entry is to have this state's address, soon. @param {State} state */
  change(state) {
    this.forget();
    this.next = this.#of(state);
    this.waiting = setTimeout(() => this.settle(), PAUSE_MS);
  }

  /** The text of a state has turned out to be a list. @param {State} state @param {string[]} ids its papers; none where it is no list */
  take(state, ids) {
    this.list = ids.length ? { text: state.text, ids } : null;
    if (this.list) this.change(state);
  }

  /** Keep with the newest entry what is not in the address. @param {object} state */
  keep(state) {
    this.settle();
    const { pasted, ids } = history.state ?? {};
    history.replaceState(pasted === undefined ? state : { pasted, ids, ...state }, "");
  }

  /** What was to come soon comes now: before anything that reads the address or leaves it. */
  settle() {
    const { next } = this;
    this.forget();
    if (next && isNew(next.search, next.kept)) history.replaceState(next.kept, "", location.pathname + next.search);
  }

  /** The reader has gone to another entry: what was to come belonged to the one before. */
  forget() {
    clearTimeout(this.waiting);
    this.next = null;
  }

  /** @param {State} state @returns {{search: string, kept: Kept}} its query string, and what it leaves out */
  #of(state) {
    const { text } = state;
    if (this.list?.text === text && !state.ids) {
      const search = format({ ...state, text: "", ids: this.list.ids }, this.fields);
      if (search.length <= LONGEST_LINK) return { search, kept: { pasted: text } };
    }
    if (tooLong(text) === null) return { search: format(state, this.fields), kept: {} };
    return { search: format({ ...state, text: "" }, this.fields), kept: { pasted: text, ids: state.ids } };
  }
}

/** @param {string} search @param {Kept} kept @returns {boolean} whether the newest entry is another one */
function isNew(search, { pasted }) {
  return search !== location.search || pasted !== history.state?.pasted;
}
