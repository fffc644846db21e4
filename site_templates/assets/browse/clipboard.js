/**
 * Texts to the clipboard, and into files.
 */

/**
 * @param {Promise<string>} text a promise, because Safari copies only what it was given in the click itself
 */
export async function copy(text) {
  if (navigator.clipboard && "ClipboardItem" in window) {
    const blob = text.then((value) => new Blob([value], { type: "text/plain" }));
    const item = new ClipboardItem({ "text/plain": blob });
    if (await navigator.clipboard.write([item]).then(() => true, () => false)) return;
  }
  copyBySelection(await text);
}

/**
 * Pages that are not served from a secure origin, or may not write to the clipboard, have none but this.
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
  if (!copied) throw new Error("this browser does not let the page copy");
}

/**
 * @param {string} text
 * @param {string} name of the file
 * @param {string} type
 */
export function download(text, name, type) {
  const url = URL.createObjectURL(new Blob([text], { type }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
