/**
 * Fills a list in two steps, so that a keystroke is answered within a frame: what a window shows is there at
 * once, the rest when that has been drawn and, while a reader types, with the first pause and a few rows at a time:
 * the next letter must not wait for what nobody can see yet. A newer answer takes the place of a rest that still waits.
 */

/** Pixels that a row takes at least; what the first step is made for, where no rows tell better. */
const LEAST_HEIGHT = 80;
/** Rows that are looked at: the next ones will hardly be lower than the lowest of them. */
const SAMPLE = 8;
/** Windows that are hidden draw no frames. */
const NO_FRAME_MS = 100;
/** Rows of the rest that are added in one go while a reader types. */
const A_FEW = 10;
/** Letters of a reader who types fast follow each other more closely than that. */
const PAUSE_MS = 120;

export class Filling {
  constructor() {
    this.serial = 0;
    /** Rows that a window shows. */
    this.seen = 0;
    /** @type {HTMLElement | null} of these; null where the window has changed since */
    this.rows = null;
    /** Until everything is in place, or something newer is. */
    this.done = Promise.resolve();
    for (const change of ["resize", "scroll"]) addEventListener(change, () => (this.rows = null), { passive: true });
  }

  /**
   * Look at the window, unless that was done behind the last frame; to be called before the page is changed: looking
   * afterwards costs a layout, and so does looking between a letter and its answer.
   * @param {HTMLElement} rows that are to be filled
   */
  look(rows) {
    if (this.rows !== rows) this.#see(rows);
  }

  /** @param {HTMLElement} rows */
  #see(rows) {
    const room = innerHeight - rows.getBoundingClientRect().top;
    const heights = [...rows.children].slice(0, SAMPLE).map((row) => row.getBoundingClientRect().height);
    const lowest = heights.length ? Math.max(LEAST_HEIGHT, Math.min(...heights)) : LEAST_HEIGHT;
    // A reader further down must not be thrown up by a list that is short for a moment.
    this.seen = scrollY > 0 ? Infinity : Math.max(1, Math.ceil(room / lowest));
    this.rows = rows;
  }

  /**
   * @param {HTMLElement} rows whose children are replaced
   * @param {number} size how many there are to be
   * @param {(at: number) => HTMLElement} rowAt a new one, or one that is there
   * @param {boolean} typing whether more letters are to be expected
   * @param {() => void} then called with everything in place
   */
  fill(rows, size, rowAt, typing, then) {
    const serial = ++this.serial;
    const first = Math.min(size, this.seen);
    replace(rows, range(0, first, rowAt));
    const isNewest = () => serial === this.serial;
    const drawn = afterFrame().then(() => isNewest() && this.#see(rows));
    this.done = (typing ? Promise.all([drawn, pause()]) : drawn).then(async () => {
      for (let at = first; at < size; ) {
        const end = typing ? Math.min(at + A_FEW, size) : size;
        if (typing) await afterFrame();
        if (!isNewest()) return;
        rows.append(...range(at, end, rowAt));
        at = end;
      }
      if (typing) await afterFrame();
      if (isNewest()) then();
    });
  }
}

/** Leave those where they are that are among the others already. @param {HTMLElement} rows @param {HTMLElement[]} wanted its children from now on */
function replace(rows, wanted) {
  const kept = new Set(wanted);
  for (const row of [...rows.children]) if (!kept.has(/** @type {HTMLElement} */ (row))) row.remove();
  let next = rows.firstElementChild;
  for (const row of wanted) {
    if (row === next) next = next.nextElementSibling;
    else rows.insertBefore(row, next);
  }
}

/** @param {number} from @param {number} to @param {(at: number) => HTMLElement} rowAt */
function range(from, to, rowAt) {
  return Array.from({ length: to - from }, (_, at) => rowAt(from + at));
}

/** @returns {Promise<void>} */
function pause() {
  return new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
}

/** @returns {Promise<void>} until the next frame is drawn and nothing more urgent is to be done */
function afterFrame() {
  return new Promise((resolve) => {
    const idle = window.requestIdleCallback ?? setTimeout; // Safari has none
    requestAnimationFrame(() => idle(() => resolve()));
    setTimeout(resolve, NO_FRAME_MS);
  });
}
