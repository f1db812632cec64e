"""What the document says in prose, in CommonMark; the reference page is drawn from it, too."""

MODELS = "What can be asked for, and what it takes."

CLIPS = "Asking for clips, and following them."

LEGACY = """\
For scripts that were written for the calls of old; new ones use those of today. A clip that is asked for here
is one of a model of today, in that model's usual length and quality:

{successors}

`source_image_urls` are today's `input_image_urls`; the other fields have kept their names. Both ways know the
same jobs, by the same ids."""

ABOUT = """\
The Video Studio API, as this installation answers it: the same calls, fields, answers and codes, with a
personal token in place of the studio's key. What a script asks for stands in the same lists as what its
member asks for in the browser, and counts against the same budgets and approvals.

## Limits

- A body has at most {kilobytes} KB, and is nested at most {levels} levels deep. It may be sent with
  `Content-Encoding: gzip`; the limit then holds for what it is decompressed to as well.
- Within any 60 seconds, a token may read {reads:,} times and ask for {clips:,} clips. What goes over is answered with
  429 and `Retry-After`.
- The studio's own pace comes on top: what it does not take at once waits here, as `pending`.

## From a browser

Pages of other origins can call the API once an admin has listed them in `API_CORS_ORIGINS`. A page sends a token in
`Authorization`, as any client does; cookies are never accepted. Whoever opens the page can read its token, so give it
one with a small budget and an end.

## Sending again

A connection can break after a request was taken. Send an `Idempotency-Key` along with each request for a
clip: sent again with the same key and the same body within {remembered} hours, it is the same request, so nothing is
made or paid twice. The same key with another body is refused with 422. What was refused may be sent again
under its key, as it was or corrected.

## Results

Each of `result_urls` opens without a token, for {opens_for} from the moment it was told. Asked for again, the job
tells fresh ones: the clip itself stays. One that has run out is answered with 403. Whoever has such an address can
fetch the clip as long as it lasts, so treat it as a secret: neither revoking the token nor making the clip private
ends it before."""

COMING_IN = """\
A personal token: `Authorization: Bearer YOUR_TOKEN`. `Authorization: Token YOUR_TOKEN` is understood as well,
and so is the token alone. It is shown once, when it is made.

A token does what its scopes say, and never more than its member may: `read` lists the models and all jobs of
its member, `generate` asks for clips, lists the models, and follows the jobs that this very token asked
for. What it asks for is made in the token's project, the general one unless another was chosen for it."""

NOTICE = """\
Sent to the `webhook_url` of a request once its job has ended, and to webhooks of your own that take job reports. Who
is refused in the answer to the request gets none. Answer with any 2xx within ten seconds. What fails for a passing
reason is tried again for hours, so the same delivery may come twice: `webhook-id` tells.

The secret is made once for all your requests, under *Notifications → Settings → Webhooks of API requests*. Calls are
signed as Standard Webhooks describes, so its libraries verify them. Without one:

```
key = base64.b64decode(secret.removeprefix("whsec_"))
signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
expected = "v1," + base64.b64encode(hmac.digest(key, signed, "sha256")).decode()
is_ours = any(hmac.compare_digest(expected, each) for each in headers["webhook-signature"].split())
if not is_ours or abs(time.time() - int(headers["webhook-timestamp"])) > 300:
    raise ValueError("Not from Dailies, or too old.")
```"""
