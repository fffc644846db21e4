/**
 * What can be asked of the loaded catalogue; runs in the worker, or on the page where workers fail.
 */

import { Engine } from "./engine.js";

/** @type {Engine} */
let engine;

/** @type {Record<string, (...args: any[]) => any>} */
export const methods = {
  /** @param {string} url of index.json */
  async load(url) {
    const response = await fetch(url);
    if (!response.ok) throw new Error(`${url}: ${response.status} ${response.statusText}`);
    engine = new Engine(await response.json());
  },
  /** @param {import("./engine.js").Query} query @param {number} from @param {number} size */
  search: (query, from, size) => engine.search(query, from, size),
  /** @param {import("./engine.js").Query} query */
  entries: (query) => engine.entries(query),
};
