// Behaviour shared by all pages. Each part finds its elements by data attributes, so swapped content needs no wiring.

// data-copy="#selector": copies that element's text and shows the result on the button.
document.addEventListener("click", async ({ target }) => {
  const button = target.closest("[data-copy]");
  if (!button) return;
  const source = document.querySelector(button.dataset.copy);
  const isCopied = await copied((source.value ?? source.textContent).trim());
  if (!isCopied) select(source);
  const label = button.querySelector("[data-label]") ?? button;
  label.dataset.words ??= label.textContent;
  label.textContent = isCopied ? "Copied" : "Selected. Press Ctrl+C";
  clearTimeout(label.sayAgain);
  label.sayAgain = setTimeout(() => { label.textContent = label.dataset.words; }, isCopied ? 1600 : 6000);
});

// Browsers offer the clipboard API on secure pages only. Over plain http, execCommand copies the selection instead.
async function copied(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const asker = document.activeElement;
    const held = Object.assign(document.createElement("textarea"), { className: "visually-hidden", value: text });
    document.body.append(held);
    held.select();
    const isCopied = document.execCommand("copy");
    held.remove();
    asker?.focus({ preventScroll: true });
    return isCopied;
  }
}

function select(source) {
  if (source.select) source.select();
  else getSelection().selectAllChildren(source);
}

// form[data-quick-submit]: Ctrl+Enter or ⌘+Enter anywhere in it presses its first primary button.
document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
  const form = event.target.closest?.("form[data-quick-submit]");
  const button = form?.querySelector("button.primary");
  if (!button || button.disabled) return;
  event.preventDefault();
  form.requestSubmit(button);
});

// The video element is created when someone presses play, so that nothing is downloaded before.
const play = (player, src, label, picture) => {
  const video = Object.assign(document.createElement("video"), { src, controls: true, playsInline: true });
  for (const name of ["width", "height"]) if (picture?.hasAttribute(name)) video[name] = picture.getAttribute(name);
  if (picture) video.poster = picture.src;
  video.setAttribute("aria-label", label);
  player.replaceChildren(video);
  video.focus();
  video.play().catch(() => {}); // if the browser blocks this, its own controls are there
};

// button[data-play]: the large button over a clip. It is removed once the video plays; the browser's controls remain.
document.addEventListener("click", ({ target }) => {
  const video = target.closest("button[data-play]")?.parentElement.querySelector("video");
  video?.play().catch(() => {});
  video?.focus();
});
document.addEventListener("play", ({ target }) => target.parentElement.querySelector("button[data-play]")?.remove(), true);

// Shows a message for files that this browser cannot play, or of which it plays only the sound.
const cannotPlay = ({ target }) => {
  const player = target instanceof HTMLMediaElement && target.closest(".player");
  if (!player || player.nextElementSibling?.matches(".unplayable")) return;
  if (!target.error && (target.localName !== "video" || target.videoWidth)) return;
  const said = Object.assign(document.createElement("p"), { className: "why unplayable", role: "status" });
  said.textContent = "This browser cannot play this file. Download it to watch it.";
  player.after(said);
};
for (const name of ["error", "loadedmetadata"]) document.addEventListener(name, cannotPlay, true);

// button[data-screen]: plays a clip in a dialog over the page. data-more is the URL of the clip's own page.
const screening = document.getElementById("screening");
let screened = null; // the button that opened it
document.addEventListener("click", ({ target }) => {
  const button = target.closest("button[data-screen]");
  if (!button) return;
  const label = button.getAttribute("aria-label").replace(/^Play: /, "");
  screening.querySelector("h2").textContent = label;
  screening.querySelector("a").href = button.dataset.more;
  screened = button;
  screening.showModal();
  play(screening.querySelector(".player"), button.dataset.screen, label, button.parentElement.querySelector("img"));
});
screening?.addEventListener("close", () => {
  screening.querySelector(".player").replaceChildren();
  screened?.focus();
});
screening?.addEventListener("click", (event) => { if (event.target === screening) screening.close(); });

// .frame[data-preview]: shows an animated preview while the pointer or the focus is on the picture.
const mayMove = matchMedia("(hover: hover) and (pointer: fine) and (prefers-reduced-motion: no-preference)");
let stirred = null;
function stir({ target }) {
  const frame = target.closest?.(".frame[data-preview]") ?? null;
  if (frame === stirred) return;
  stirred?.querySelector(".preview")?.remove();
  stirred = frame;
  if (frame && mayMove.matches) setTimeout(() => frame === stirred && showPreview(frame), 150);
}
function showPreview(frame) {
  const image = Object.assign(document.createElement("img"), { className: "preview", alt: "" });
  image.onload = () => { if (frame === stirred) frame.querySelector("img").after(image); };
  image.src = frame.dataset.preview;
}
document.addEventListener("pointerover", stir);
document.addEventListener("focusin", stir);

// time[data-age]: keeps the age up to date, in the same words as dashboard/shared/words.py.
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

// Shows an error for a failed request that a person made. Pollers report their own errors.
function say(sentence, address) {
  const toast = Object.assign(document.createElement("p"), { className: "notice", textContent: sentence });
  toast.dataset.level = "error";
  if (address) toast.append(Object.assign(document.createElement("a"), { href: address, target: "_blank", textContent: "Sign in" }));
  document.getElementById("toasts").replaceChildren(toast);
  if (!address) setTimeout(() => toast.remove(), 8000);
}

const isAsked = (ctx) => ctx && ctx.request.method !== "GET";
document.addEventListener("htmx:before:swap", (event) => {
  // The session ended and the response is the sign-in page. Swapping it in would lose what was typed here.
  const { url, redirected } = event.detail.ctx.response?.raw ?? {};
  if (!redirected || !new URL(url).pathname.startsWith("/accounts/login/")) return;
  event.preventDefault();
  if (event.target.id === "bell") return;
  say("You are signed out. Sign in again in a new tab, then reload this page.", "/accounts/login/");
});
document.addEventListener("htmx:response:error", ({ detail: { ctx } }) => {
  const { status } = ctx.response;
  if (status === 422 || !isAsked(ctx)) return;
  if (status === 403) say("This page has expired. Copy what you wrote, reload the page, and try again.");
  else if (status === 503 && ctx.text && !ctx.text.startsWith("<")) say(`${ctx.text} What you wrote is still here.`);
  else say(`Something went wrong (error ${status}). What you wrote is still here. Try again.`);
});
document.addEventListener("htmx:error", ({ detail: { ctx, error } }) => {
  if (isAsked(ctx) && error?.name !== "AbortError") say("Dailies could not be reached. What you wrote is still here. Try again.");
});

// #bell polls only while the page is visible. Its toasts (data-passing) disappear after 8 seconds.
document.addEventListener("htmx:config:request", (event) => { if (event.target.id === "bell" && document.hidden) event.preventDefault(); });
document.addEventListener("visibilitychange", () => { if (!document.hidden) document.getElementById("bell")?.dispatchEvent(new CustomEvent("bell-look")); });
const passing = new MutationObserver((changes) => {
  for (const { addedNodes } of changes) for (const node of addedNodes) if (node.dataset && "passing" in node.dataset) setTimeout(() => node.remove(), 8000);
});
passing.observe(document.getElementById("toasts"), { childList: true });
