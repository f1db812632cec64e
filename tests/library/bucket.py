"""As much of an S3 server as django-storages asks for, on a loopback socket."""

import threading
from email.utils import formatdate
from hashlib import md5
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape


class Bucket:
    """``objects`` maps keys to bytes; ``log`` holds "METHOD key range" of each request. ``down`` refuses everything."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.log: list[str] = []
        self.down = False
        self._http = _Server(("127.0.0.1", 0), _Handler)
        self._http.daemon_threads = True
        self._http.bucket = self
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True)

    @property
    def options(self) -> dict[str, Any]:
        """What Django's STORAGES takes for it."""
        return {
            "bucket_name": "clips-bucket",
            "location": "team",
            "endpoint_url": f"http://127.0.0.1:{self._http.server_address[1]}",
            "region_name": "eu-central-1",
            "access_key": "id",
            "secret_key": "secret",
            "addressing_style": "path",
        }

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._thread.join(5)


class _Server(ThreadingHTTPServer):
    bucket: Bucket


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        self._respond()

    do_HEAD = do_PUT = do_DELETE = do_GET

    @property
    def _bucket(self) -> Bucket:
        assert isinstance(self.server, _Server)
        return self.server.bucket

    def _respond(self) -> None:
        bucket = self._bucket
        parts = urlsplit(self.path)
        key = unquote(parts.path.removeprefix("/clips-bucket").lstrip("/"))
        content = self._body()
        bucket.log.append(f"{self.command} {key} {self.headers.get('Range', '')}".strip())
        if bucket.down:
            self._answer(403, b"<Error><Code>AccessDenied</Code></Error>")
        elif self.command == "PUT":
            bucket.objects[key] = content
            self._answer(200, b"", key)
        elif self.command == "DELETE":
            bucket.objects.pop(key, None)
            self._answer(204)
        elif not key:
            self._answer(200, self._listing(parse_qs(parts.query).get("prefix", [""])[0]))
        elif key not in bucket.objects:
            self._answer(404, b"<Error><Code>NoSuchKey</Code></Error>")
        else:
            self._send(bucket.objects[key], key)

    def _body(self) -> bytes:
        content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if "aws-chunked" not in self.headers.get("Content-Encoding", ""):
            return content
        whole = b""
        while content:  # size in hexadecimal, perhaps a signature, the bytes; a chunk of none is the last
            head, _, content = content.partition(b"\r\n")
            size = int(head.partition(b";")[0], 16)
            if size == 0:
                break
            whole, content = whole + content[:size], content[size + 2 :]
        return whole

    def _send(self, stored: bytes, key: str) -> None:
        asked = self.headers.get("Range", "")
        if not asked:
            self._answer(200, stored, key)
            return
        first, _, last = asked.removeprefix("bytes=").partition("-")
        part = stored[int(first) : int(last) + 1 if last else None]
        self._answer(206, part, key)

    def _listing(self, prefix: str) -> bytes:
        rest = [key[len(prefix) :] for key in self._bucket.objects if key.startswith(prefix)]
        folders = sorted({name.partition("/")[0] for name in rest if "/" in name})
        files = sorted(name for name in rest if "/" not in name)
        body = "".join(
            f"<CommonPrefixes><Prefix>{escape(prefix + one)}/</Prefix></CommonPrefixes>" for one in folders
        )
        body += "".join(f"<Contents><Key>{escape(prefix + one)}</Key></Contents>" for one in files)
        return f"<ListBucketResult><IsTruncated>false</IsTruncated>{body}</ListBucketResult>".encode()

    def _answer(self, status: int, body: bytes = b"", key: str = "") -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Last-Modified", formatdate(1_790_000_000, usegmt=True))
        if key:
            self.send_header("ETag", f'"{md5(body, usedforsecurity=False).hexdigest()}"')
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Quiet."""
