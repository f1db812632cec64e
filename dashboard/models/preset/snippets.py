"""A request as a script makes it, and how to wait for its clip: in cURL, JavaScript and Python.

Pure: text from a GenerateRequest. tests/browser/test_snippets.py runs what is written here, as it stands on the
page. In the shell there are no comments, and no variable is called ``status``: pasted into zsh, both are errors.
"""

import hashlib
import json
import re
from dataclasses import dataclass

from dashboard.models.preset.literals import (
    JAVASCRIPT,
    JSON,
    PYTHON,
    javascript_text,
    mapping,
    python_text,
    shell_text,
)
from studio.contract.request import GenerateRequest

KEY = "YOUR_TOKEN"  # stands for a token; once in each snippet
JOB = "JOB_ID"  # stands for what the first snippet prints
GENERATE = "/api/v1/video-studio/generate/"
STATUS = "/api/v1/video-studio/status/{job_id}/"


@dataclass(frozen=True, slots=True)
class Snippet:
    """``language`` is a word for ids and files; ``needs`` tells what it runs in."""

    language: str
    name: str
    needs: str
    code: str


def snippets(request: GenerateRequest, origin: str) -> list[Snippet]:
    """Ask for the clip. ``origin`` is the installation's, without a slash at its end: "https://dailies.example.com"."""
    body, url, once = request.to_json(), f"{origin}{GENERATE}", idempotency_key(request)
    shell = _filled(GENERATE_SHELL, url=shell_text(url), once=once, body=shell_text(mapping(body, JSON, 2)))
    javascript = _filled(
        GENERATE_JAVASCRIPT, url=javascript_text(url), once=once, body=mapping(body, JAVASCRIPT, 2)
    )
    python = _filled(GENERATE_PYTHON, url=python_text(url), once=once, body=mapping(body, PYTHON, 4))
    return _in_all(shell, javascript, python)


def status_snippets(origin: str, job_id: str = JOB) -> list[Snippet]:
    """Follow the clip until it is completed or failed, and fetch its file; told to wait, they wait as long as told."""
    url = f"{origin}{STATUS.format(job_id=job_id)}"
    return _in_all(
        _filled(STATUS_SHELL, url=shell_text(url)),
        _filled(STATUS_JAVASCRIPT, url=javascript_text(url)),
        _filled(STATUS_PYTHON, url=python_text(url)),
    )


def idempotency_key(request: GenerateRequest) -> str:
    """The same for the same request, so that a snippet that is run twice by a slip pays for one clip."""
    body = json.dumps(request.to_json(), sort_keys=True)
    return f"clip-{hashlib.sha256(body.encode(errors='surrogatepass')).hexdigest()[:16]}"


def _in_all(shell: str, javascript: str, python: str) -> list[Snippet]:
    return [
        Snippet("curl", "cURL", "any POSIX shell", shell),
        Snippet(
            "javascript",
            "JavaScript",
            "Node 18 or newer (a .mjs file), or the console of a browser on this site",
            javascript,
        ),
        Snippet("python", "Python", "Python 3 with httpx", python),
    ]


def _filled(template: str, **values: str) -> str:
    """At one go: what is filled in is not looked at again."""
    return re.sub("‹([a-z]+)›", lambda place: values[place[1]], template).strip("\n")


GENERATE_SHELL = f"""
curl ‹url› \\
  --header 'Authorization: Bearer {KEY}' \\
  --header 'Content-Type: application/json' \\
  --header 'Idempotency-Key: ‹once›' \\
  --data ‹body›
"""

GENERATE_JAVASCRIPT = f"""
const response = await fetch(‹url›, {{
  method: "POST",
  headers: {{
    "Authorization": "Bearer {KEY}",
    "Content-Type": "application/json",
    "Idempotency-Key": "‹once›",
  }},
  body: JSON.stringify(‹body›),
}});
const answer = await response.json().catch(() => ({{ error: `Answered ${{response.status}}` }}));
if (!answer.success) throw new Error(answer.error);
console.log(answer.job_ids[0]);
"""

GENERATE_PYTHON = f"""
import httpx

response = httpx.post(
    ‹url›,
    headers={{
        "Authorization": "Bearer {KEY}",
        "Idempotency-Key": "‹once›",
    }},
    json=‹body›,
    timeout=60,
)
if "json" not in response.headers.get("content-type", ""):
    raise SystemExit(f"Answered {{response.status_code}}")
answer = response.json()
if not answer["success"]:
    raise SystemExit(answer["error"])
print(answer["job_ids"][0])
"""

# curl waits as Retry-After says by itself, and tries again what a server in between could not answer.
STATUS_SHELL = f"""
while answer=$(curl --silent --show-error --retry 5 \\
    --header 'Authorization: Bearer {KEY}' \\
    ‹url›); do
  state=$(printf '%s' "$answer" | sed -n 's/.*"status": *"\\([a-z]*\\)".*/\\1/p')
  echo "${{state:-refused}}"
  case $state in pending|processing) sleep 3 ;; *) break ;; esac
done
if [ "$state" = completed ]; then
  url=$(printf '%s' "$answer" | sed -n 's/.*"result_urls": *\\["\\([^"]*\\)".*/\\1/p')
  curl --fail --silent --show-error --output clip.mp4 "$url" && echo 'Saved as clip.mp4'
else
  printf '%s\\n' "$answer"
fi
"""

STATUS_JAVASCRIPT = f"""
const url = ‹url›;
const headers = {{ "Authorization": "Bearer {KEY}" }};
let job;
while (true) {{
  const response = await fetch(url, {{ headers }});
  const answer = await response.json().catch(() => ({{ error: `Answered ${{response.status}}` }}));
  if (answer.success) {{
    job = answer.job;
    console.log(job.status);
    if (["completed", "failed"].includes(job.status)) break;
  }} else if (response.status !== 429) {{
    throw new Error(answer.error);
  }}
  const seconds = response.headers.get("Retry-After") ?? 3;
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
}}
if (job.status === "failed") throw new Error(job.error_message);
console.log(job.result_urls[0]);
"""

STATUS_PYTHON = f"""
import time

import httpx

url = ‹url›
headers = {{"Authorization": "Bearer {KEY}"}}
while True:
    response = httpx.get(url, headers=headers)
    if "json" not in response.headers.get("content-type", ""):
        raise SystemExit(f"Answered {{response.status_code}}")
    answer = response.json()
    if answer["success"]:
        job = answer["job"]
        print(job["status"])
        if job["status"] in ("completed", "failed"):
            break
    elif response.status_code != 429:
        raise SystemExit(answer["error"])
    time.sleep(int(response.headers.get("Retry-After", 3)))

if job["status"] == "failed":
    raise SystemExit(job["error_message"])
with httpx.stream("GET", job["result_urls"][0]) as clip:
    clip.raise_for_status()
    with open("clip.mp4", "wb") as file:
        for chunk in clip.iter_bytes():
            file.write(chunk)
print("Saved as clip.mp4")
"""
