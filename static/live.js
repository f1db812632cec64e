// Live lists, the client side of dashboard/jobs/live.py. A poller is an element with data-live, the id of its status
// element; a row is an element with data-rev, its revision.

const pollers = () => document.querySelectorAll("[data-live]");
const isPoller = (element) => element instanceof Element && element.matches("[data-live]");
const askAll = () => document.body.dispatchEvent(new CustomEvent("jobs-changed"));

// ── Rows: no row appears twice, and none replaces a newer one ───────────────────────────────────────────────────────
const INSERTING = new Set(["afterbegin", "beforeend", "outerHTML"]);
const TOLD = new Set(["completed", "failed", "rejected", "cancelled", "attention", "blocked", "abandoned", "stopped"]);

const words = (row) => [row.querySelector(".state"), row.querySelector("p")]
  .map((part) => part?.textContent.trim()).filter(Boolean).join(": ");

const isCase = (row) => row?.dataset.state === "attention";

function keepFresh({ fragment, target, swapSpec }, said) {
  for (const row of fragment.querySelectorAll?.("[data-rev]") ?? []) {
    const shown = document.getElementById(row.id);
    if (isCase(row) !== isCase(shown)) said.cases = true;
    if (!shown) continue;
    if (INSERTING.has(swapSpec.style)) row.remove();
    else if (Number(shown.dataset.rev) > Number(row.dataset.rev)) row.replaceWith(shown.cloneNode(true));
    else if (shown.dataset.state !== row.dataset.state && TOLD.has(row.dataset.state)) said.add(words(row));
  }
  // A video that is playing must not be replaced.
  target.querySelector?.(".player:has(video)")?.setAttribute("hx-morph-skip", "");
}

document.addEventListener("htmx:before:swap", ({ target, detail: { tasks } }) => {
  const said = new Set();
  for (const task of tasks) if (task.target instanceof Element) keepFresh(task, said);
  if (said.cases) document.body.dispatchEvent(new CustomEvent("attention-changed")); // the badge in the rail
  if (said.size && isPoller(target)) say(target, [...said].join(". "));
});

// data-most: the list shows only that many rows, the newest.
document.addEventListener("htmx:after:swap", () => {
  for (const list of document.querySelectorAll("[data-most]")) {
    for (const row of [...list.querySelectorAll(":scope > [data-rev]")].slice(Number(list.dataset.most))) {
      if (!row.contains(document.activeElement)) row.remove();
    }
  }
});

// ── Pollers: pause in a hidden tab, catch up when it is shown, back off on errors ───────────────────────────────────
const busy = new WeakSet();
const failures = new WeakMap(); // poller → consecutive failures; Infinity after sign-out
const CURSOR = "Dailies-Cursor"; // signed record of what this page has seen: see dashboard/polls/cursor.py
const cursors = new WeakMap(); // poller → the latest one; a response without one keeps it

function say(poller, sentence, isTrouble = false) {
  const status = document.getElementById(poller.dataset.live);
  if (!status) return;
  status.classList.toggle("visually-hidden", !isTrouble);
  status.textContent = sentence;
}

function fail(poller) {
  const count = (failures.get(poller) ?? 0) + 1;
  failures.set(poller, count);
  say(poller, "Live updates paused: trying again.", true);
  const seconds = Math.min(60, 2 ** count) * (0.75 + Math.random() / 2);
  setTimeout(() => poller.isConnected && poller.dispatchEvent(new CustomEvent("jobs-retry")), seconds * 1000);
}

function recover(poller) {
  if (failures.delete(poller)) say(poller, "");
}

document.addEventListener("htmx:config:request", (event) => {
  const poller = event.target;
  if (!isPoller(poller)) return;
  const byClock = event.detail.ctx.sourceEvent.type === "every";
  const waits = byClock && (busy.has(poller) || failures.has(poller));
  if (document.hidden || waits || failures.get(poller) === Infinity) event.preventDefault();
  if (cursors.has(poller)) event.detail.ctx.request.headers[CURSOR] = cursors.get(poller);
});
document.addEventListener("htmx:before:request", ({ target }) => { if (isPoller(target)) busy.add(target); });
document.addEventListener("htmx:finally:request", ({ target }) => busy.delete(target));
document.addEventListener("htmx:response:error", ({ target }) => { if (isPoller(target)) fail(target); });
document.addEventListener("htmx:error", ({ target, detail }) => { if (isPoller(target) && detail.ctx) fail(target); });

// A response that lacks the poller is not the list: it is the sign-in page or a proxy's error page. It is not swapped
// in, so that nothing typed on this page is lost.
window.addEventListener("htmx:before:swap", (event) => {
  const poller = event.target;
  if (!isPoller(poller)) return;
  const { ctx: { response }, tasks } = event.detail;
  const isOurs = response.status === 200 && tasks.some(({ fragment }) => fragment.querySelector(`#${poller.id}`));
  if (isOurs || response.status === 204) {
    if (response.headers.has(CURSOR)) cursors.set(poller, response.headers.get(CURSOR));
    return recover(poller);
  }
  event.preventDefault();
  event.stopImmediatePropagation();
  if (response.raw.redirected) {
    failures.set(poller, Infinity);
    say(poller, "You are signed out. Reload the page to sign in again.", true);
  } else if (response.status < 400) fail(poller);
}, true);

document.addEventListener("visibilitychange", () => { if (!document.hidden) askAll(); });
window.addEventListener("online", askAll);
window.addEventListener("pageshow", ({ persisted }) => { if (persisted) askAll(); });

// ── Times: counted on between polls by the server's clock, in the words of dashboard/jobs/words.py ───────────────────
const two = (number) => String(number).padStart(2, "0");
function spent(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${two(whole % 60)} s`;
  return `${Math.floor(whole / 3600)} h ${two(Math.floor((whole % 3600) / 60))} min`;
}
function left(seconds) {
  if (seconds <= 0) return "taking longer than usual";
  if (seconds < 55) return `about ${Math.max(5, Math.round(seconds / 5) * 5)} s left`;
  if (seconds < 3300) return `about ${Math.max(1, Math.round(seconds / 60))} min left`;
  return `about ${Math.round(seconds / 3600)} h left`;
}

let ahead = 0; // how far the server's clock is ahead of ours, in ms
const readClock = () => { for (const { dataset } of pollers()) ahead = Number(dataset.now) - Date.now(); };
const show = (element, text) => { if (element.textContent !== text) element.textContent = text; };

function tick() {
  if (document.hidden) return;
  const now = Date.now() + ahead;
  for (const element of document.querySelectorAll("[data-since]")) show(element, spent((now - element.dataset.since) / 1000));
  for (const element of document.querySelectorAll("[data-due]")) show(element, left((element.dataset.due - now) / 1000));
  for (const bar of document.querySelectorAll("progress[data-from]")) bar.value = Math.min(bar.max, (now - bar.dataset.from) / 1000);
}

readClock();
document.addEventListener("htmx:after:swap", ({ target }) => { if (isPoller(target)) readClock(); });
setInterval(tick, 1000);
