/**
 * What a reader asked for, and its place in the URL: `?q=attention&domain=multimodal&code=yes&sort=venue`.
 *
 * @typedef {import("./engine.js").Query} State the words typed, the terms ticked and the order
 * @typedef {Map<string, Map<string, string>>} Fields field -> key -> label, of all that can be ticked
 */

import { SORTS } from "./engine.js";

/**
 * @param {string} search the URL's query string
 * @param {Fields} fields
 * @returns {State} without what no field, term or order is called; case does not matter
 */
export function parse(search, fields) {
  const parameters = new URLSearchParams(search);
  /** @type {Record<string, string[]>} */
  const filters = {};
  for (const [field, terms] of fields) {
    const wanted = new Set(parameters.getAll(field).map((value) => value.toLowerCase()));
    const keys = [...terms.keys()].filter((key) => wanted.has(key.toLowerCase()));
    if (keys.length) filters[field] = keys;
  }
  const sort = parameters.get("sort") ?? "";
  return { text: parameters.get("q") ?? "", filters, sort: SORTS.includes(sort) ? sort : SORTS[0] };
}

/**
 * @param {State} state
 * @param {Fields} fields
 * @returns {string} the query string, with "?" unless it is empty; one state has one
 */
export function format(state, fields) {
  const parameters = new URLSearchParams();
  if (state.text.trim()) parameters.set("q", state.text.trim());
  for (const [field, terms] of fields) {
    for (const key of terms.keys()) {
      if (state.filters[field]?.includes(key)) parameters.append(field, key);
    }
  }
  if (state.sort !== SORTS[0]) parameters.set("sort", state.sort);
  const search = parameters.toString();
  return search && `?${search}`;
}

/**
 * @param {State} state
 * @param {string} field
 * @param {string} key
 * @returns {State} with that term ticked if it was not, and otherwise without it
 */
export function toggle(state, field, key) {
  const keys = state.filters[field] ?? [];
  const filters = { ...state.filters };
  filters[field] = keys.includes(key) ? keys.filter((one) => one !== key) : [...keys, key];
  if (!filters[field].length) delete filters[field];
  return { ...state, filters };
}

/**
 * @param {State} state
 * @returns {{field: string, key: string}[]} every term ticked
 */
export function ticked(state) {
  return Object.entries(state.filters).flatMap(([field, keys]) => keys.map((key) => ({ field, key })));
}
