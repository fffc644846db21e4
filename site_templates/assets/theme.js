// Shows the theme that the reader chose, or the system's, before anything is painted;
// so this is a plain script at the top of the body and not a module.
(() => {
  const KEY = "catalogue-theme";
  const system = matchMedia("(prefers-color-scheme: dark)");

  function stored() {
    try {
      return localStorage.getItem(KEY);
    } catch {
      return null; // storage is switched off: the choice lasts as long as the page
    }
  }

  let choice = stored();

  function isDark() {
    return choice ? choice === "dark" : system.matches;
  }

  function show() {
    document.body.dataset.mdColorScheme = isDark() ? "slate" : "default";
    document.querySelector("[data-theme-switch]")?.setAttribute("aria-pressed", String(isDark()));
  }

  function toggle() {
    choice = isDark() ? "light" : "dark";
    show();
    try {
      localStorage.setItem(KEY, choice);
    } catch {
      // storage is switched off or full
    }
  }

  document.documentElement.classList.replace("no-js", "js");
  show();
  system.addEventListener("change", show);
  addEventListener("storage", () => {
    choice = stored();
    show();
  });
  document.addEventListener("DOMContentLoaded", () => {
    const button = document.querySelector("[data-theme-switch]");
    button.hidden = false;
    button.addEventListener("click", toggle);
    show();
  });
})();
