/**
 * What the page keeps in the reader's browser, for this site alone; where that is not allowed, for as long
 * as the page is open.
 */

/** Other catalogues may be served from the same host. */
const PREFIX = `catalogue:${new URL("../../../", import.meta.url).pathname}:`;
/** @type {Map<string, string>} */
const instead = new Map();

/**
 * @param {string} name
 * @returns {any} what was kept under it; null where there is nothing that can be read
 */
export function recall(name) {
  try {
    return JSON.parse(localStorage.getItem(PREFIX + name) ?? "null");
  } catch {
    return JSON.parse(instead.get(name) ?? "null");
  }
}

/** @param {string} name @param {unknown} value */
export function remember(name, value) {
  const text = JSON.stringify(value);
  instead.set(name, text);
  try {
    localStorage.setItem(PREFIX + name, text);
  } catch {
    // Storage is full or refused; what was noted above lasts as long as the page.
  }
}

/**
 * @param {string} name
 * @param {() => void} changed called when another tab has changed it
 */
export function watch(name, changed) {
  addEventListener("storage", ({ key }) => {
    if (key === null || key === PREFIX + name) changed();
  });
}
