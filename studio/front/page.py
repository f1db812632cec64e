"""The page for a request that is refused before Django. Self-contained, because no other file can be served then.

It looks like the pages of ``templates/base_plain.html``. The policy allows its style by hash.
"""

from base64 import b64encode
from hashlib import sha256
from html import escape
from http import HTTPStatus

STYLE = """
:root { color-scheme: light dark }
body { margin: 0; min-height: 100dvh; display: grid; place-items: center; padding: 2rem 1rem; box-sizing: border-box;
  font: 1rem/1.5 Inter, ui-sans-serif, system-ui, sans-serif;
  background: light-dark(#f7f5f1, #121110); color: light-dark(#1e1b17, #f1eee8) }
main { width: 100%; max-width: 25rem; display: grid; gap: 1.5rem }
.brand { justify-self: center; display: flex; gap: .625rem; align-items: center; font-size: 1.375rem; font-weight: 700 }
.brand svg { width: 2.25rem }
.card { padding: 1.75rem; border: 1px solid light-dark(#e4dfd6, #322f2b); border-radius: .75rem;
  background: light-dark(#fff, #1a1917); display: grid; gap: .75rem; justify-items: start }
h1 { margin: 0; font-size: 1.25rem; line-height: 1.3 }
p { margin: 0 }
.button { margin-top: .5rem; padding: .5rem 1rem; border: 1px solid light-dark(#9a9184, #756d63); border-radius: .5rem;
  color: inherit; text-decoration: none; font-weight: 600 }
.button:focus-visible { outline: 2px solid light-dark(#a34a00, #f2a93b); outline-offset: 2px }
"""
POLICY = (
    f"default-src 'none'; style-src 'sha256-{b64encode(sha256(STYLE.encode()).digest()).decode()}'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
LOGO = (
    '<svg viewBox="0 0 32 32" aria-hidden="true"><rect width="32" height="32" rx="8" fill="#f2a93b"/><path d="M12.5 9.6'
    "v12.8c0 .8.9 1.3 1.6.9l9.6-6.4c.6-.4.6-1.4 0-1.8l-9.6-6.4c-.7-.4-1.6.1-1.6.9zM6 8.5h2.5v3H6zm0 6h2.5v3H6zm0 6h2.5"
    'v3H6z" fill="#1c1204"/></svg>'
)
KEPT = "Go back in your browser: your entries are still there."
# What people call it, and what they can do.
WORDS = {
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: ("Too large", f"{KEPT} Shorten it, then send it again."),
    HTTPStatus.REQUEST_TIMEOUT: ("Too slow", KEPT),
    HTTPStatus.SERVICE_UNAVAILABLE: ("Not available now", "Clips in progress are not affected."),
    HTTPStatus.INTERNAL_SERVER_ERROR: ("Something went wrong", "Clips in progress are not affected."),
}


def page(status: HTTPStatus, sentence: str) -> bytes:
    title, remedy = WORDS.get(status, (status.phrase.capitalize(), ""))
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>{title} · Dailies</title><style>{STYLE}</style>"
        f'<main><div class="brand">{LOGO}<span>Dailies</span></div>'
        f'<div class="card"><h1>{title}</h1><p>{escape(sentence)}</p>{f"<p>{remedy}</p>" if remedy else ""}'
        '<a class="button" href="/">Back to the start</a></div></main></html>'
    ).encode()
