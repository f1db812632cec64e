// The create page: model filters, the prompt's character counter, lists of URLs. All events are delegated from the
// form, so that swapped-in fields need no wiring.
const form = document.getElementById("create");
const picker = document.getElementById("picker");

// ── The models ──────────────────────────────────────────────────────────────────────────────────────────
const tests = {
  words: (card, wanted) => wanted.toLowerCase().split(/\s+/).every((word) => card.dataset.words.includes(word)),
  inputs: (card, wanted) => card.dataset.inputs.split(" ").includes(wanted),
  sound: (card, wanted) => card.dataset.sound === wanted,
  low: (card, wanted) => card.dataset.low !== "" && Number(card.dataset.low) <= Number(wanted),
};

function filterModels() {
  const wanted = [...picker.querySelectorAll("[data-filter]")]
    .filter((control) => (control.type === "search" ? control.value.trim() : control.ariaPressed === "true"))
    .map((control) => [control.dataset.filter, control.value.trim() || control.dataset.value]);
  let shown = 0;
  for (const card of picker.querySelectorAll(".model")) {
    const chosen = card.querySelector("input").checked;
    const fits = wanted.every(([filter, value]) => tests[filter](card, value));
    card.hidden = !fits && !chosen; // the chosen model stays visible, because it will be sent
    shown += fits;
  }
  document.getElementById("no-match").hidden = shown > 0;
}

function press(chip) {
  const on = chip.ariaPressed !== "true";
  for (const other of picker.querySelectorAll(`button[data-filter="${chip.dataset.filter}"]`)) {
    if (chip.dataset.filter === "low") other.ariaPressed = "false"; // one price limit at a time
  }
  chip.ariaPressed = String(on);
  filterModels();
}

function clearFilters() {
  for (const control of picker.querySelectorAll("[data-filter]")) {
    if (control.type === "search") control.value = "";
    else control.ariaPressed = "false";
  }
  filterModels();
}

// On a phone only the chosen card is shown, with a button that opens the list.
function fold(open) {
  const button = picker.querySelector(".fold");
  picker.toggleAttribute("data-open", open);
  button.ariaExpanded = String(open);
  if (open) picker.querySelector(".model input:checked")?.focus();
  else if (button.checkVisibility()) button.focus({ preventScroll: true });
}

picker.addEventListener("input", ({ target }) => target.matches("[type=search]") && filterModels());
picker.addEventListener("change", ({ target }) => target.name !== "model_slug" || filterModels());
picker.addEventListener("click", (event) => {
  const { target } = event;
  if (target.closest("button[data-filter]")) press(target.closest("button[data-filter]"));
  else if (target.closest("[data-clear-filters]")) clearFilters();
  else if (target.closest(".fold")) fold(!picker.hasAttribute("data-open"));
  else if (target.closest(".model") && event.detail > 0) fold(false); // a real click, not the click event that arrow keys cause
});
// ── The prompt ──────────────────────────────────────────────────────────────────────────────────────────
function count() {
  const counter = form.querySelector("[data-counter]");
  const { value } = document.getElementById("id_prompt");
  const length = [...value.trim()].length;
  counter.querySelector("span").textContent = length.toLocaleString("en");
  counter.toggleAttribute("data-over", length > Number(counter.dataset.max ?? Infinity));
  const own = value && ![...form.querySelectorAll("[data-example]")].some(({ dataset }) => dataset.example === value);
  form.querySelector(".examples")?.toggleAttribute("hidden", Boolean(own)); // an example must not overwrite the user's own prompt
}

form.querySelector(".examples")?.addEventListener("click", ({ target }) => {
  const example = target.closest("[data-example]")?.dataset.example;
  if (!example) return;
  const field = document.getElementById("id_prompt");
  field.value = example;
  field.focus();
  count();
});

// ── Lists of URLs ───────────────────────────────────────────────────────────────────────────────────────
const PICTURE = /\.(avif|gif|jpe?g|png|webp)$/i;

function preview(row) {
  const { value } = row.querySelector("input");
  const thumb = row.querySelector("[data-preview]");
  thumb.querySelector("img")?.remove();
  const url = URL.canParse(value.trim(), location.href) ? new URL(value.trim(), location.href) : null;
  const ours = url?.origin === location.origin && url.pathname.startsWith("/media/");
  const picture = value && ours && PICTURE.test(url.pathname);
  thumb.querySelector(".icon").toggleAttribute("hidden", Boolean(picture));
  if (picture) {
    const image = Object.assign(document.createElement("img"), { src: url.href, alt: "" });
    image.onerror = () => { image.remove(); thumb.querySelector(".icon").removeAttribute("hidden"); };
    thumb.append(image);
  }
  const name = url?.pathname.split("/").pop();
  row.querySelector("[data-said]").textContent = value && url && !ours && url.host ? [url.host, name].filter(Boolean).join(" · ") : "";
}

function renumber(list) {
  const group = list.closest(".urls");
  const noun = group.dataset.noun;
  const label = group.querySelector("legend").textContent.trim();
  const capital = noun[0].toUpperCase() + noun.slice(1);
  [...list.children].forEach((row, index) => {
    const input = row.querySelector("input");
    input.ariaLabel = index === 0 ? label : `${capital} ${index + 1}`;
    if (index === 0) input.id = `id_${input.name}`;
    else input.removeAttribute("id");
    for (const button of row.querySelectorAll("button")) {
      const act = button.hasAttribute("data-remove") ? "Remove" : button.dataset.move === "-1" ? "Move up" : "Move down";
      button.ariaLabel = `${act}: ${noun} ${index + 1}`;
    }
    preview(row);
  });
  const full = list.children.length >= Number(group.dataset.max ?? Infinity);
  group.querySelector("[data-add-row]").hidden = full;
}

function addRow(list, value = "") {
  const row = list.lastElementChild.cloneNode(true);
  const input = row.querySelector("input");
  input.value = value;
  input.removeAttribute("aria-invalid");
  list.append(row);
  return input;
}

const changed = (list) => {
  renumber(list);
  list.dispatchEvent(new Event("input", { bubbles: true }));
};

function moveRow(row, step) {
  const list = row.parentElement;
  const other = step < 0 ? row.previousElementSibling : row.nextElementSibling?.nextElementSibling;
  list.insertBefore(row, other ?? null);
  changed(list);
  row.querySelector(`[data-move="${step}"]`).focus();
}

function removeRow(row) {
  const list = row.parentElement;
  if (list.children.length === 1) row.querySelector("input").value = "";
  else row.remove();
  changed(list);
  list.querySelector("input").focus();
}

form.addEventListener("click", ({ target }) => {
  const row = target.closest(".urls li");
  const mover = target.closest("[data-move]");
  if (mover) moveRow(row, Number(mover.dataset.move));
  else if (target.closest("[data-remove]")) removeRow(row);
  else if (target.closest("[data-add-row]")) {
    const list = target.closest(".urls").querySelector("ol");
    const input = addRow(list);
    changed(list);
    input.focus();
  }
});

// Enter alone does not submit, since that could spend credits by accident. It adds a URL row or folds the models.
form.addEventListener("keydown", (event) => {
  const { key, ctrlKey, metaKey, target } = event;
  if (key !== "Enter" || ctrlKey || metaKey || target.tagName !== "INPUT") return;
  event.preventDefault();
  if (target.name === "model_slug") fold(false);
  const add = target.type === "url" && target.value && target.closest(".urls").querySelector("[data-add-row]:not([hidden])");
  if (add) add.click();
});

// Several pasted URLs become several rows.
form.addEventListener("paste", (event) => {
  const row = event.target.closest(".urls li");
  const urls = event.clipboardData.getData("text").split(/\s+/).filter(Boolean);
  if (!row || urls.length < 2) return;
  event.preventDefault();
  const list = row.parentElement;
  const [first, ...others] = urls;
  row.querySelector("input").value = first;
  for (const url of others) addRow(list, url);
  changed(list);
});

form.addEventListener("input", ({ target }) => {
  form.querySelector("#said [data-level=success]")?.remove();
  if (target.id === "id_prompt") count();
  if (target.type === "range") {
    const output = target.parentElement.querySelector("output");
    output.textContent = [target.value, output.dataset.unit].filter(Boolean).join(" ");
  }
  if (target.type === "url") preview(target.closest("li"));
});

// ── Responses ───────────────────────────────────────────────────────────────────────────────────────────
// Input typed while a request is in flight survives the swap: URLs are matched by list, choices by value.
function typed() {
  const lists = [...form.querySelectorAll(".urls")].map((group) => {
    const inputs = [...group.querySelectorAll("input")];
    return [inputs[0].name, inputs.map((input) => input.value).join("\n")];
  });
  const others = [...form.querySelectorAll("#fields :is(input, select, textarea)")]
    .filter((control) => control.type !== "hidden" && !control.closest(".urls"))
    .map((control) =>
      ["radio", "checkbox"].includes(control.type) ? [`${control.name}=${control.value}`, control.checked] : [control.name, control.value]);
  return new Map([...lists, ...others]);
}

function retype([name, value]) {
  const list = form.querySelector(`.urls input[name="${CSS.escape(name)}"]`)?.closest("ol");
  const [field, option] = name.split(/=(.*)/);
  if (list) {
    const [first, ...others] = value.split("\n");
    while (list.children.length > 1) list.lastElementChild.remove();
    list.querySelector("input").value = first;
    for (const url of others) addRow(list, url);
    return;
  }
  for (const control of form.querySelectorAll(`#fields [name="${CSS.escape(field)}"]`)) {
    if (option === undefined) control.value = value;
    else if (control.value === option) control.checked = value;
  }
}

let asked = new Map();
let late = [];
document.addEventListener("htmx:before:request", ({ detail: { ctx } }) => {
  if (ctx.target.id === "fields") asked = typed();
});
document.addEventListener("htmx:before:swap", ({ detail: { ctx } }) => {
  if (ctx.target.id === "fields") late = [...typed()].filter(([name, value]) => asked.has(name) && asked.get(name) !== value);
});

function dress() {
  count();
  document.getElementById("id_prompt").ariaInvalid = String(Boolean(document.getElementById("id_prompt_error")));
  for (const list of form.querySelectorAll(".urls ol")) renumber(list);
}

function goToFirstError() {
  form.querySelector("[aria-invalid=true], [data-invalid] input, #said button")?.focus();
}

document.addEventListener("htmx:after:swap", ({ detail: { ctx } }) => {
  if (!form.contains(ctx.sourceElement)) return;
  if (ctx.target.id === "fields" && late.length) {
    late.forEach(retype);
    document.getElementById("fields").dispatchEvent(new Event("input"));
  }
  dress();
  filterModels();
  if (ctx.response?.status === 422) goToFirstError();
});

dress();
filterModels();
picker.querySelector(".model:has(:checked)")?.scrollIntoView({ block: "nearest" });
