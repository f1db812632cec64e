// Runs before the first paint, so that no page flashes in the wrong theme. Also wires the theme switch in the menu.
(() => {
  const root = document.documentElement;
  const chosen = () => localStorage.getItem("dailies-theme") ?? "system";
  const apply = (theme) => {
    if (theme === "system") delete root.dataset.theme;
    else root.dataset.theme = theme;
  };

  root.classList.add("js");
  apply(chosen());

  document.addEventListener("change", ({ target }) => {
    if (target.name !== "theme") return;
    localStorage.setItem("dailies-theme", target.value);
    apply(target.value);
  });
  document.addEventListener("DOMContentLoaded", () => {
    for (const radio of document.querySelectorAll("input[name=theme]")) radio.checked = radio.value === chosen();
  });
  window.addEventListener("storage", () => apply(chosen()));
})();
