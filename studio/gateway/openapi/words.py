"""The prose of the OpenAPI document, in CommonMark; the reference page is generated from it."""

MODELS = "The available models and their parameters."

CLIPS = "Create clips and check their status."

LEGACY = """\
For existing scripts that use the old calls; new scripts should use the current ones. A clip that is created here
uses a current model with its default length and quality:

{successors}

`source_image_urls` is now `input_image_urls`; the other fields have kept their names. Both versions share the
same jobs and IDs."""

ABOUT = """\
The Video Studio API, served by this installation: the same calls, fields, responses and codes, with a
personal token instead of the studio's key. Clips from scripts appear in the same lists as clips from the
browser, and the same budgets and approvals apply.

## Limits

- A body can have up to {kilobytes} KB and {levels} levels of nesting. It can be sent with
  `Content-Encoding: gzip`; the limit then also applies to the decompressed body.
- Within any 60 seconds, a token can read {reads:,} times and create {clips:,} clips. Further calls are answered with
  429 and `Retry-After`.
- The studio has limits of its own: clips that it cannot accept yet are queued as `pending`.

## From a browser

Pages of other origins can call the API once an admin has listed them in `API_CORS_ORIGINS`. A page sends a token in
`Authorization`, as any client does; cookies are never accepted. Anyone who opens the page can read its token, so use
one with a small budget and an expiry date.

## Retries

A connection can break after a request was accepted. Send an `Idempotency-Key` with each request for a
clip: repeated with the same key and body within {remembered} hours, it is the same request, so nothing is
made or paid twice. The same key with a different body is rejected with 422. A rejected request can be repeated
with its key, unchanged or corrected.

## Results

Each URL in `result_urls` works without a token for {opens_for}. Read the job again to get new
URLs; the clip itself is kept. An expired URL is answered with 403. Anyone who has a URL can
download the clip until it expires, so treat it as a secret: neither revoking the token nor making the clip private
invalidates it."""

COMING_IN = """\
A personal token: `Authorization: Bearer YOUR_TOKEN`. `Authorization: Token YOUR_TOKEN` and the token
alone are accepted too. The token is shown once, when it is created.

A token can do what its scopes allow, and never more than its member: `read` lists the models and all jobs of
its member; `generate` creates clips, lists the models, and reads the jobs that this token
created. Clips are made in the token's project, which is the general one by default."""

NOTICE = """\
Sent to the `webhook_url` of a request when its job ends, and to your own webhooks that receive job reports. Requests
that are rejected in the response get none. Answer with any 2xx within ten seconds. Temporary failures
are retried for hours, so a delivery can arrive twice: use `webhook-id` to detect duplicates.

One secret is used for all your requests. Create it under *Notifications → Settings →
Webhooks of API requests*. Calls are
signed as Standard Webhooks describes, so its libraries verify them. Without one:

```
key = base64.b64decode(secret.removeprefix("whsec_"))
signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
expected = "v1," + base64.b64encode(hmac.digest(key, signed, "sha256")).decode()
is_ours = any(hmac.compare_digest(expected, each) for each in headers["webhook-signature"].split())
if not is_ours or abs(time.time() - int(headers["webhook-timestamp"])) > 300:
    raise ValueError("Not from Dailies, or too old.")
```"""
