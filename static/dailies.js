// What every page shares. Each part finds its elements by data attributes, so swapped content needs no wiring.

// data-copy="#selector": copies that element's text, and says so on the button.
document.addEventListener("click", async ({ target }) => {
  const button = target.closest("[data-copy]");
  if (!button) return;
  const source = document.querySelector(button.dataset.copy);
  await navigator.clipboard.writeText((source.value ?? source.textContent).trim());
  const label = button.querySelector("[data-label]") ?? button;
  const words = label.textContent;
  label.textContent = "Copied";
  setTimeout(() => { label.textContent = words; }, 1600);
});

// form[data-quick-submit]: Ctrl+Enter or ⌘+Enter anywhere in it presses its first primary button.
document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
  const form = event.target.closest?.("form[data-quick-submit]");
  const button = form?.querySelector("button.primary");
  if (!button || button.disabled) return;
  event.preventDefault();
  form.requestSubmit(button);
});

// .player[data-video]: the poster becomes a video when its button is pressed, never before.
document.addEventListener("click", ({ target }) => {
  const player = target.closest(".player[data-video] > button")?.parentElement;
  if (!player) return;
  const video = Object.assign(document.createElement("video"), {
    src: player.dataset.video, controls: true, playsInline: true, loop: "loop" in player.dataset,
    poster: player.querySelector("img")?.src ?? "",
  });
  video.setAttribute("aria-label", player.dataset.label ?? "Clip");
  player.replaceChildren(video);
  video.focus();
  video.play().catch(() => {}); // a browser that wants another click shows its own controls
});

// time[data-age]: grows old while the page is open, in the words of dashboard/words.py.
const inWords = (seconds) => {
  if (seconds < 60) return "now";
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 86400) return `${Math.floor(seconds / 3600)} h ago`;
  return null;
};
setInterval(() => {
  for (const time of document.querySelectorAll("time[data-age]")) {
    const words = inWords((Date.now() - Date.parse(time.dateTime)) / 1000);
    if (words && words !== time.textContent) time.textContent = words;
  }
}, 20_000);

// A request that failed says so once, and only when a person asked for it: pollers tell of their own trouble.
const say = (sentence) => {
  const toast = Object.assign(document.createElement("p"), { className: "notice", textContent: sentence });
  toast.dataset.level = "error";
  document.getElementById("toasts")?.replaceChildren(toast);
  setTimeout(() => toast.remove(), 8000);
};
document.addEventListener("htmx:before:swap", (event) => {
  // The session ended: the answer is the sign-in page, which belongs in a window of its own, not in a fragment.
  if (new URL(event.detail.ctx.response?.raw.url || location.href).pathname.startsWith("/accounts/login/")) {
    event.preventDefault();
    location.reload();
  }
});
document.addEventListener("htmx:response:error", ({ detail: { ctx } }) => {
  const { status } = ctx.response;
  if (status === 422 || ctx.request.method === "GET") return;
  say(status === 403 ? "This page is out of date: reload it, then try again." : `That did not work (answer ${status}). Nothing was lost: try again.`);
});
document.addEventListener("htmx:error", ({ detail: { ctx, error } }) => {
  if (!ctx || ctx.request.method === "GET" || error?.name === "AbortError") return;
  say("Dailies could not be reached. Nothing was lost: try again.");
});
