// Small comforts on every page: copy buttons, "/" to reach the search box, papers under it while one types,
// reading without a network.
// Nothing here is needed to read the site.

import { areOn } from "./browse/letter_keys.js";

const COPIED_FOR = 2000; // milliseconds that a button says "Copied"
const heard = Object.assign(document.createElement("span"), { className: "visually-hidden" });
heard.setAttribute("role", "status");
document.body.append(heard);

async function copy(button) {
  const source = document.getElementById(button.dataset.copy);
  try {
    await navigator.clipboard.writeText(source.textContent);
    const unsay = say(button, "Copied");
    setTimeout(unsay, COPIED_FOR);
  } catch {
    getSelection().selectAllChildren(source);
    const unsay = say(button, "Selected: press Ctrl+C or ⌘C");
    for (const done of ["copy", "pointerdown"]) document.addEventListener(done, unsay, { once: true });
  }
}

// Seen on the button and heard once: its own words come back unheard.
function say(button, words) {
  const label = button.querySelector("[data-label]") ?? button;
  button.dataset.words ??= label.textContent;
  label.textContent = heard.textContent = words;
  return () => {
    label.textContent = button.dataset.words;
    heard.textContent = "";
  };
}

function isTyping(target) {
  return target.isContentEditable || /^(input|textarea|select)$/i.test(target.tagName);
}

for (const button of document.querySelectorAll("[data-copy]")) {
  button.hidden = false;
  button.addEventListener("click", () => copy(button));
}

addEventListener("keydown", (event) => {
  const box = document.querySelector("[data-search]");
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || !box) return;
  if (isTyping(event.target) || !areOn()) return;
  event.preventDefault();
  box.focus();
  box.select();
});

// What a box needs to suggest papers comes when a reader goes to it, and not over a line that is to be spared.
async function suggestIn(box) {
  const { suggest } = await import("./suggest.js");
  suggest(box);
}

for (const box of navigator.connection?.saveData ? [] : document.querySelectorAll("[data-search]")) {
  const begin = () => suggestIn(box).catch(() => {}); // the form works without
  if (document.activeElement === box) begin();
  else box.addEventListener("focus", begin, { once: true });
}

// A paper's page lets it be selected, as Browse does.
const selecting = document.querySelector("[data-select]");
if (selecting) {
  const [link, status] = ["[data-selected]", "[data-select-status]"].map((part) => document.querySelector(part));
  import("./select.js")
    .then(({ selectable }) => selectable(selecting, link, status))
    .catch(() => {}); // the button stays hidden
}

// The page of all authors finds each of them.
const finding = document.querySelector("[data-find]");
if (finding) {
  import("./authors.js")
    .then(({ findable }) => findable(finding, document.getElementById("authors")))
    .catch(() => {}); // the box stays hidden
}

// Where there is no page, the last words of its address are what to search for.
const lost = document.querySelector("[data-lost]");
if (lost) {
  const words = location.pathname.split("/").filter(Boolean).pop() ?? "";
  lost.value = decoded(words).replace(/\.html?$/, "").replaceAll(/[^\p{L}\p{N}]+/gu, " ").trim();
}

function decoded(address) {
  try {
    return decodeURIComponent(address);
  } catch {
    return address; // a bare %, as in "50%-of-tokens"
  }
}

// The worker learns of what this page has loaded, because it was not there yet, or was an older one.
async function keepForOffline() {
  const root = new URL("../../", import.meta.url);
  await navigator.serviceWorker.register(new URL("sw.js", root), { updateViaCache: "none" });
  const tell = async () => {
    const loaded = performance.getEntriesByType("resource").map((entry) => entry.name);
    const { active } = await navigator.serviceWorker.ready;
    active.postMessage({ keep: [location.href.split("#")[0], ...loaded] });
  };
  navigator.serviceWorker.addEventListener("controllerchange", tell);
  if (!navigator.serviceWorker.controller) await tell();
}

if ("serviceWorker" in navigator && !navigator.connection?.saveData) {
  addEventListener("load", () => keepForOffline().catch(() => {})); // private windows may refuse
}
