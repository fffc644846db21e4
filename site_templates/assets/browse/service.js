/**
 * What can be asked of the loaded catalogue; runs in the worker, or on the page where workers fail.
 *
 * @typedef {import("./engine.js").Answer & {failed: string | null}} Told an answer, and why the citation keys that the
 *   text may be made of could not be loaded: without them they are words that no paper has
 */

import { Engine } from "./engine.js";
import { fetchJson } from "./fetching.js";

/** So many titles are folded within a millisecond or two: a letter that is typed meanwhile waits no longer. */
const TITLES_AT_ONCE = 500;

/** @type {Engine} */
let engine;
/** @type {string} where index.json is; the other files are beside it */
let index;
/** @type {Promise<[import("./details.js").Details, typeof import("./details.js")]>} */
let details;
/** @type {Map<string, Promise<void>>} what is loaded where it is asked for, by its name */
const asked = new Map();

/**
 * @template {{rows: string}} Data
 * @param {Data} data
 * @returns {Data} the same, if it is of the same papers: a server may hand out one file of an older site and one of a newer
 */
function same(data) {
  if (data.rows !== engine.papers.index.rows) throw new Error("the catalogue has just changed");
  return data;
}

/** Make ready, when nothing else is to be done, what the first search without a result would have to wait for. */
function prepareTitles() {
  const idle = self.requestIdleCallback ?? setTimeout; // Safari has none, nor has a worker
  idle(() => engine.titles.fold(TITLES_AT_ONCE) && prepareTitles());
}

/** @param {string} name of a file @param {(data: any) => void} add @returns {Promise<void>} until the engine has it */
function added(name, add) {
  const loading = asked.get(name) ?? fetchJson(new URL(name, index)).then((data) => add(same(data)));
  asked.set(name, loading);
  loading.catch(() => asked.delete(name)); // the next one to ask tries again
  return loading;
}

const addSummaries = () => added("summaries.json", (data) => engine.addSummaries(data));
const addKeys = () => added("keys.json", (data) => engine.addKeys(data));

/** Load what the query cannot be answered without. @param {import("./engine.js").Query} query */
async function prepare(query) {
  if (engine.needsDetails(query)) await methods.complete();
  if (engine.needsSummaries(query)) await addSummaries();
}

/** @type {Record<string, (...args: any[]) => any>} */
export const methods = {
  /** @param {string} url of index.json: enough for the first answers */
  async load(url) {
    index = url;
    details = Promise.all([fetchJson(new URL("details.json", url)), import("./details.js")]);
    details.catch(() => undefined); // it is `complete` that fails
    engine = new Engine(await fetchJson(new URL(url)));
  },
  /** Until the authors and links are there, too. */
  async complete() {
    const [loaded, { complete }] = await details;
    if (engine.papers.details) return;
    complete(engine, same(loaded));
    prepareTitles();
  },
  /**
   * @param {import("./engine.js").Query} query
   * @param {number} from
   * @param {number} size
   * @returns {Promise<Told>}
   */
  async search(query, from, size) {
    await prepare(query);
    const failed = engine.needsKeys(query) ? await addKeys().then(() => null, ({ message }) => message) : null;
    return { ...engine.search(query, from, size), failed };
  },
  /** @param {string} text @param {number} most */
  named(text, most) {
    return engine.named(text, most);
  },
  /** @param {string[]} ids @returns {Promise<(string | null)[]>} what sums each of these papers up */
  async summaries(ids) {
    await addSummaries();
    return engine.papers.summariesOf(ids);
  },
  /** @param {import("./engine.js").Query} query */
  async entries(query) {
    await prepare(query);
    if (engine.needsKeys(query)) await addKeys();
    // The same papers as are shown, once the summaries are there.
    if (engine.mayBeSummedUp(query)) await addSummaries().catch(() => undefined);
    return engine.entries(query);
  },
};

/** @param {import("./engine.js").Query} query @param {number} size @returns {import("./papers.js").Result[]} with what is loaded */
export function first(query, size) {
  return engine.search(query, 0, size).results;
}
