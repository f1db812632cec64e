// Code snippets: the chosen language is remembered for all models. CSS shows and hides the snippets.
const CHOSEN = "dailies-language";
const languages = [...document.querySelectorAll("input[name=language]")];

for (const radio of languages) {
  if (radio.value === localStorage.getItem(CHOSEN)) radio.checked = true;
  radio.addEventListener("change", () => localStorage.setItem(CHOSEN, radio.value));
}

document.getElementById("preset")?.addEventListener("input", ({ target }) => {
  if (target.type === "range") target.parentElement.querySelector("output").textContent = `${target.value} s`;
});
