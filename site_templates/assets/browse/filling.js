/**
 * Fills a list in two steps, so that a keystroke is answered within a frame: what a window shows is there at
 * once, the rest when that has been drawn and, while a reader types, with the first pause: the next letter must
 * not wait for what nobody can see yet. A newer answer takes the place of a rest that still waits.
 */

/** Pixels that a row takes at least; what the first step is made for, where no rows tell better. */
const LEAST_HEIGHT = 80;
/** Rows that are looked at: the next ones will hardly be lower than the lowest of them. */
const SAMPLE = 8;
/** Windows that are hidden draw no frames. */
const NO_FRAME_MS = 100;
/** Letters of a reader who types fast follow each other more closely than that. */
const PAUSE_MS = 120;

export class Filling {
  constructor() {
    this.serial = 0;
    /** Rows of the first step. */
    this.atOnce = 0;
    /** Until everything is in place, or something newer is. */
    this.done = Promise.resolve();
  }

  /**
   * Look at the window; to be called before the page is changed, since looking afterwards costs a layout.
   * @param {HTMLElement} rows that are to be filled
   */
  look(rows) {
    const room = innerHeight - rows.getBoundingClientRect().top;
    const heights = [...rows.children].slice(0, SAMPLE).map((row) => row.getBoundingClientRect().height);
    const lowest = heights.length ? Math.max(LEAST_HEIGHT, Math.min(...heights)) : LEAST_HEIGHT;
    // A reader further down must not be thrown up by a list that is short for a moment.
    this.atOnce = scrollY > 0 ? Infinity : Math.max(1, Math.ceil(room / lowest));
  }

  /**
   * @param {HTMLElement} rows whose children are replaced
   * @param {number} size how many there are to be
   * @param {(at: number) => HTMLElement} rowAt
   * @param {boolean} typing whether more letters are to be expected
   * @param {() => void} then called with everything in place
   */
  fill(rows, size, rowAt, typing, then) {
    const serial = ++this.serial;
    const first = Math.min(size, this.atOnce);
    rows.replaceChildren(...range(0, first, rowAt));
    this.done = (typing ? pause() : Promise.resolve()).then(afterFrame).then(() => {
      if (serial !== this.serial) return;
      rows.append(...range(first, size, rowAt));
      then();
    });
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
