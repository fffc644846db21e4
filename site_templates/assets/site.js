// Small comforts on every page: copy buttons, and "/" to reach the search box.
// Nothing here is needed to read the site.

const COPIED_FOR = 2000; // milliseconds that a button says "Copied"

async function copy(button) {
  const source = document.getElementById(button.dataset.copy);
  try {
    await navigator.clipboard.writeText(source.textContent);
    say(button, "Copied");
  } catch {
    getSelection().selectAllChildren(source);
    say(button, "Selected: press Ctrl+C or ⌘C");
  }
}

function say(button, words) {
  const label = button.querySelector("[data-label]") ?? button;
  button.dataset.words ??= label.textContent;
  label.textContent = words;
  setTimeout(() => (label.textContent = button.dataset.words), COPIED_FOR);
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
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || !box || isTyping(event.target)) return;
  event.preventDefault();
  box.focus();
  box.select();
});
