// Requests for scripts: the chosen language is remembered, on every model's page. CSS shows and hides them by itself.
const CHOSEN = "dailies-language";
const languages = [...document.querySelectorAll("input[name=language]")];

for (const radio of languages) {
  if (radio.value === localStorage.getItem(CHOSEN)) radio.checked = true;
  radio.addEventListener("change", () => localStorage.setItem(CHOSEN, radio.value));
}

document.getElementById("preset")?.addEventListener("input", ({ target }) => {
  if (target.type === "range") target.parentElement.querySelector("output").textContent = `${target.value} s`;
});
