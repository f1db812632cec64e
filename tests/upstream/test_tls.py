"""https, though we connect by address: the certificate is still held against the name."""

import ssl
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from studio.contract.errors import NotSent
from studio.contract.request import GenerateRequest
from studio.upstream import guard, wire
from studio.upstream.client import VideoStudio
from tests.upstream.certificates import certify


@pytest.fixture
def https_port(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """A server that proves to be "localhost", and that this process trusts."""
    certificate = tmp_path / "localhost.pem"
    certify(certificate, "localhost")
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    wire._tls.cache_clear()
    server = HTTPServer(("127.0.0.1", 0), _Hello)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield server.server_address[1]
    server.shutdown()
    server.server_close()
    thread.join(5)
    wire._tls.cache_clear()


def test_a_file_comes_over_https_from_the_name_in_the_certificate(https_port, tmp_path):
    fetched = guard.fetch(
        f"https://localhost:{https_port}/",
        tmp_path / "hello",
        max_bytes=100,
        deadline=5,
        private_hosts=["localhost"],
    )
    assert fetched.path.read_bytes() == b"hello"


def test_the_right_address_with_the_wrong_name_is_not_trusted(https_port, tmp_path):
    url = f"https://127.0.0.1:{https_port}"
    with pytest.raises(guard.Unreachable):
        guard.fetch(url, tmp_path / "hello", max_bytes=100, deadline=5, private_hosts=["127.0.0.1"])
    with pytest.raises(NotSent, match="certificate"):
        VideoStudio(url, "some-api-key").generate(GenerateRequest("veo31_fast", prompt="a lighthouse"))


class _Hello(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "5")
        self.end_headers()
        self.wfile.write(b"hello")

    def log_message(self, format: str, *args: object) -> None:
        pass
