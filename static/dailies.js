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

// A video is made when somebody wants to see it, never before.
const play = (player, src, label, poster = "") => {
  const video = Object.assign(document.createElement("video"), { src, poster, controls: true, playsInline: true });
  video.setAttribute("aria-label", label);
  player.replaceChildren(video);
  video.focus();
  video.play().catch(() => {}); // a browser that wants another click shows its own controls
};

// .player[data-video]: the poster becomes the video when its button is pressed.
document.addEventListener("click", ({ target }) => {
  const player = target.closest(".player[data-video] > button")?.parentElement;
  if (player) play(player, player.dataset.video, player.dataset.label ?? "Clip", player.querySelector("img")?.src);
});

// button[data-screen]: shows a clip over the page that it is on; data-more is the page that tells more of it.
const screening = document.getElementById("screening");
document.addEventListener("click", ({ target }) => {
  const button = target.closest("button[data-screen]");
  if (!button) return;
  const label = button.getAttribute("aria-label").replace(/^Play: /, "");
  screening.querySelector("h2").textContent = label;
  screening.querySelector("a").href = button.dataset.more;
  screening.showModal();
  play(screening.querySelector(".player"), button.dataset.screen, label, button.parentElement.querySelector("img")?.src);
});
screening?.addEventListener("close", () => screening.querySelector(".player").replaceChildren());
screening?.addEventListener("click", (event) => { if (event.target === screening) screening.close(); });

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
