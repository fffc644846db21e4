/**
 * BibTeX entries: fetched when they are asked for, copied and downloaded.
 */

/**
 * @param {import("./engine.js").Entry[]} entries
 * @param {string} index absolute URL of index.json, beside which the entries' files are
 * @returns {Promise<string>} these entries, in this order
 */
export async function ofView(entries, index) {
  const chunks = [...new Set(entries.map(({ chunk }) => chunk))];
  const files = await Promise.all(chunks.map((chunk) => fetchOk(new URL(`bibtex-${chunk}.json`, index))));
  const texts = new Map();
  for (const file of files) {
    for (const [id, text] of Object.entries(await file.json())) texts.set(id, text);
  }
  const missing = entries.find(({ id }) => !texts.has(id));
  if (missing) throw new Error("the catalogue has changed since this page was opened; reload it");
  return entries.map(({ id }) => `${texts.get(id).trim()}\n`).join("\n");
}

/**
 * @param {URL} page of a paper
 * @param {string} id
 * @returns {Promise<string>}
 */
export async function ofPaper(page, id) {
  const file = await fetchOk(new URL(`${id}.bib`, page));
  return file.text();
}

/** @param {URL} url */
async function fetchOk(url) {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url.pathname}: ${response.status} ${response.statusText}`);
  return response;
}

/**
 * @param {Promise<string>} text a promise, because Safari copies only what it was given in the click itself
 */
export async function copy(text) {
  if (navigator.clipboard && "ClipboardItem" in window) {
    const blob = text.then((value) => new Blob([value], { type: "text/plain" }));
    await navigator.clipboard.write([new ClipboardItem({ "text/plain": blob })]);
  } else {
    copyBySelection(await text);
  }
}

/**
 * Pages that are not served from a secure origin have no clipboard but this.
 * @param {string} text
 */
function copyBySelection(text) {
  const area = document.createElement("textarea");
  area.value = text;
  area.className = "visually-hidden";
  const focused = /** @type {HTMLElement | null} */ (document.activeElement);
  document.body.append(area);
  area.select();
  const copied = document.execCommand("copy");
  area.remove();
  focused?.focus();
  if (!copied) throw new Error("this browser did not allow it; download the entries instead");
}

/**
 * @param {string} text
 * @param {string} name of the file
 */
export function download(text, name) {
  const url = URL.createObjectURL(new Blob([text], { type: "application/x-bibtex" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
