/**
 * The view's address in the browser's history. What is typed is put there when the reader pauses: browsers
 * look at a page's icon again with every new address, which costs as much as a search, and Safari refuses more
 * than a hundred addresses in half a minute.
 */

/** A pause in typing. */
const PAUSE_MS = 250;

export class Address {
  constructor() {
    this.waiting = 0;
    /** @type {string | null} the query string that has yet to be put there */
    this.next = null;
    addEventListener("pagehide", () => this.settle());
  }

  /** A new entry of the history. @param {string} search */
  add(search) {
    this.settle();
    if (search !== location.search) history.pushState({}, "", location.pathname + search);
  }

  /** The newest entry is to have this address, soon. @param {string} search */
  change(search) {
    this.forget();
    this.next = search;
    this.waiting = setTimeout(() => this.settle(), PAUSE_MS);
  }

  /** Keep with the newest entry what is not in the address. @param {object} state */
  keep(state) {
    this.settle();
    history.replaceState(state, "");
  }

  /** What was to come soon comes now: before anything that reads the address or leaves it. */
  settle() {
    const search = this.next;
    this.forget();
    if (search !== null && search !== location.search) history.replaceState({}, "", location.pathname + search);
  }

  /** The reader has gone to another entry: what was to come belonged to the one before. */
  forget() {
    clearTimeout(this.waiting);
    this.next = null;
  }
}
