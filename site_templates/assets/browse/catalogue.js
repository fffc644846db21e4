/**
 * The page's side of the search: asks the worker, or does the work itself where that is quicker or workers fail.
 */

/**
 * Up to so many papers a search takes less than a millisecond, which is less than asking a worker: the answer
 * is drawn together with the letter that was typed. Above it, making ready would hold the page up for too long.
 */
const ON_PAGE = 10_000;

/**
 * @typedef {import("./engine.js").Query} Query
 * @typedef {(query: Query, from: number, size: number) => Promise<import("./service.js").Told>} Search
 * @typedef {object} Catalogue
 * @property {() => Promise<void>} complete until authors are found, and results hold authors and links
 * @property {Search} search
 * @property {(text: string, most: number) => Promise<import("./names.js").Named[]>} named terms and authors whose
 *   names begin so; none before everything is complete
 * @property {(query: Query) => Promise<import("./papers.js").Entry[]>} entries
 * @property {(ids: string[]) => Promise<(string | null)[]>} summaries of these papers; loaded with the first question
 * @property {((query: Query, size: number) => import("./papers.js").Result[]) | null} now the first papers without
 *   waiting, as far as is loaded; null where a worker is asked, which has to be waited for
 */

/**
 * @param {string} index absolute URL of index.json
 * @param {number} papers how many it holds
 * @returns {Promise<Catalogue>} once it is ready to search titles and terms
 */
export async function open(index, papers) {
  let call = papers > ON_PAGE ? await inWorker(index).catch(() => null) : null;
  let now = null;
  if (!call) {
    const { methods, first } = await import("./service.js");
    now = first;
    call = async (method, ...args) => methods[method](...args);
    await call("load", index);
  }
  const ask = call;
  return {
    complete: () => ask("complete"),
    search: (query, from, size) => ask("search", query, from, size),
    named: (text, most) => ask("named", text, most),
    entries: (query) => ask("entries", query),
    summaries: (ids) => ask("summaries", ids),
    now,
  };
}

/**
 * @param {string} index
 * @returns {Promise<(method: string, ...args: any[]) => Promise<any>>}
 */
async function inWorker(index) {
  const worker = new Worker(new URL("worker.js", import.meta.url), { type: "module" });
  /** @type {Map<number, {resolve: (value: any) => void, reject: (reason: Error) => void}>} */
  const waiting = new Map();
  let last = 0;
  worker.addEventListener("message", ({ data: { serial, value, error } }) => {
    const { resolve, reject } = /** @type {any} */ (waiting.get(serial));
    waiting.delete(serial);
    if (error === undefined) resolve(value);
    else reject(new Error(error));
  });
  worker.addEventListener("error", (event) => {
    event.preventDefault();
    for (const { reject } of waiting.values()) reject(new Error(event.message));
    waiting.clear();
  });
  /** @type {(method: string, ...args: any[]) => Promise<any>} */
  const call = (method, ...args) =>
    new Promise((resolve, reject) => {
      waiting.set(++last, { resolve, reject });
      worker.postMessage({ serial: last, method, args });
    });
  try {
    await call("load", index);
  } catch (error) {
    worker.terminate();
    throw error;
  }
  return call;
}
