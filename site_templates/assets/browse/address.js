/**
 * The view's address in the browser's history. What is typed is put there when the reader pauses: browsers
 * look at a page's icon again with every new address, which costs as much as a search, and Safari refuses more
 * than a hundred addresses in half a minute.
 */

/**
 * @typedef {object} Kept what an entry of the history holds beside its address
 * @property {string} [pasted] the list that the address does not have, but at most its papers
 * @property {string[] | null} [ids] with a list: the papers among which it is looked for
 */

/** A pause in typing. */
const PAUSE_MS = 250;

export class Address {
  constructor() {
    this.waiting = 0;
    /** @type {{search: string, kept: Kept} | null} what has yet to be put there */
    this.next = null;
    addEventListener("pagehide", () => this.settle());
  }

  /** A new entry of the history. @param {string} search @param {Kept} kept */
  add(search, kept) {
    this.settle();
    if (isNew(search, kept)) history.pushState(kept, "", location.pathname + search);
  }

  /** The newest entry is to have this address, soon. @param {string} search @param {Kept} kept */
  change(search, kept) {
    this.forget();
    this.next = { search, kept };
    this.waiting = setTimeout(() => this.settle(), PAUSE_MS);
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
}

/** @param {string} search @param {Kept} kept @returns {boolean} whether the newest entry is another one */
function isNew(search, { pasted }) {
  return search !== location.search || pasted !== history.state?.pasted;
}
