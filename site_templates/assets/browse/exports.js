/**
 * Papers in the formats that readers take away. Each paper's text is prepared by the catalogue's own
 * exports and fetched when it is asked for; here the texts are put together.
 *
 * @typedef {import("./papers.js").Entry} Entry
 *
 * @typedef {object} Chunk what browse/FORMAT-NUMBER.json holds
 * @property {Record<string, string>} papers id -> text
 * @property {string} before
 * @property {string} between
 * @property {string} after
 */

import { fetchJson, fetchText } from "./fetching.js";

/**
 * @param {string} format
 * @param {Entry[]} entries at least one
 * @param {string} index absolute URL of index.json, beside which the files are
 * @returns {Promise<string>} these papers, in this order
 */
export async function textOf(format, entries, index) {
  const numbers = [...new Set(entries.map(({ chunk }) => chunk))];
  const chunks = new Map(
    await Promise.all(
      numbers.map(async (number) => /** @type {const} */ ([number, await fetchJson(new URL(`${format}-${number}.json`, index))])),
    ),
  );
  const texts = entries.map(({ id, chunk }) => {
    const papers = /** @type {Chunk} */ (chunks.get(chunk)).papers;
    if (!Object.hasOwn(papers, id)) throw new Error("the catalogue has changed since this page was opened; reload it");
    return papers[id];
  });
  const { before, between, after } = /** @type {Chunk} */ (chunks.get(numbers[0]));
  return before + texts.join(between) + after;
}

/**
 * @param {URL} page of a paper
 * @param {string} id
 * @returns {Promise<string>} its BibTeX entry
 */
export function bibtexOf(page, id) {
  return fetchText(new URL(`${id}.bib`, page));
}
