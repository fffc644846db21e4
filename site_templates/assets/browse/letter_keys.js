/**
 * Keys of one letter, such as "/" and "x": a reader who dictates, or touches keys unawares, switches them off in
 * Browse's help, for all pages.
 */

import { recall, remember } from "./memory.js";

const REMEMBERED = "letter-keys";

/** @returns {boolean} */
export function areOn() {
  return recall(REMEMBERED) !== false;
}

/** @param {boolean} on */
export function turn(on) {
  remember(REMEMBERED, on);
}
