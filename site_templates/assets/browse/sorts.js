import { withOwn } from "./fields.js";

/** What is closest to the words typed comes first, the rest by date: the order unless a reader chooses another. */
export const BEST = "best";
/** The order of the data. */
export const NEWEST = "newest";
/** Matches begin with the closest and dates with the latest, everything else with A. */
const DESCENDING = [BEST, NEWEST, "added", "year"];
/** Orders of every catalogue's list. */
const SORTS = [BEST, NEWEST, "added", "year", "venue", "title", "name", "task", "criterion", "mechanism", "training", "code"];

/** @param {Iterable<string>} fields those of a catalogue's facets @returns {string[]} orders of its list; with "-" before it, each but the best match is the other way round */
export function sortsOf(fields) {
  return withOwn(SORTS, fields);
}

/** @param {string} sort @returns {boolean} whether it goes from A to Z, or from the earliest on */
export function ascends(sort) {
  return DESCENDING.includes(sort.replace("-", "")) === sort.startsWith("-");
}
