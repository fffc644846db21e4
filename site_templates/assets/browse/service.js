/**
 * What can be asked of the loaded catalogue; runs in the worker, or on the page where workers fail.
 */

import { Engine } from "./engine.js";

/** @type {Engine} */
let engine;
/** @type {string} */
let index;
/** @type {Promise<any>} */
let details;
/** @type {Promise<void> | null} */
let summaries = null;

/** @param {string} url */
async function fetchJson(url) {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url}: ${response.status} ${response.statusText}`);
  return response.json();
}

/** @type {Record<string, (...args: any[]) => any>} */
export const methods = {
  /** @param {string} url of index.json: enough for the first answers */
  async load(url) {
    index = url;
    details = fetchJson(new URL("details.json", url).href);
    details.catch(() => undefined); // it is `complete` that fails
    engine = new Engine(await fetchJson(url));
  },
  /** Until the authors and links are there, too. */
  async complete() {
    const loaded = await details;
    if (!engine.details) engine.add(loaded);
  },
  /** @param {import("./engine.js").Query} query @param {number} from @param {number} size */
  async search(query, from, size) {
    if (engine.needsDetails(query)) await methods.complete();
    return engine.search(query, from, size);
  },
  /** @param {string} text @param {number} most */
  named(text, most) {
    return engine.named(text, most);
  },
  /** @param {string[]} ids @returns {Promise<(string | null)[]>} what sums each of these papers up */
  async summaries(ids) {
    summaries ??= fetchJson(new URL("summaries.json", index).href).then((loaded) => engine.addSummaries(loaded));
    try {
      await summaries;
    } catch (error) {
      summaries = null; // the next one to ask tries again
      throw error;
    }
    return engine.summariesOf(ids);
  },
  /** @param {import("./engine.js").Query} query */
  async entries(query) {
    if (engine.needsDetails(query)) await methods.complete();
    return engine.entries(query);
  },
};
