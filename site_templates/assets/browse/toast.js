/**
 * A word at the foot of the window about what has just been done, or cannot be done now.
 */

/** How long a few words stand there. */
export const SAID_MS = 2000;
const READ_MS = 70; // a character
const OFFERED_MS = 10_000;

let waiting = 0;

/**
 * @param {string} text
 * @param {{label: string, act: () => void}} [offer] what can be done about it
 * @returns {HTMLButtonElement | null} the button of the offer
 */
export function say(text, offer) {
  const toast = /** @type {HTMLElement} */ (document.getElementById("browse-toast"));
  clearTimeout(waiting);
  toast.textContent = text;
  const button = offer ? offered(offer, toast) : null;
  if (button) toast.append(" ", button);
  wait(toast, offer ? OFFERED_MS : Math.max(SAID_MS, READ_MS * text.length));
  return button;
}

/** @param {HTMLElement} toast @param {number} ms it goes away then, unless the focus is on it */
function wait(toast, ms) {
  waiting = setTimeout(() => {
    if (toast.contains(document.activeElement)) wait(toast, ms);
    else toast.textContent = "";
  }, ms);
}

/** @param {{label: string, act: () => void}} offer @param {HTMLElement} toast */
function offered({ label, act }, toast) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = label;
  const before = /** @type {HTMLElement | null} */ (document.activeElement);
  button.addEventListener("click", () => {
    toast.textContent = "";
    act();
  });
  button.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    event.preventDefault();
    toast.textContent = "";
    before?.focus();
  });
  return button;
}
