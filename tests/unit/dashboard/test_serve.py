"""The page server answers nonsense with a status, and prints nothing."""

import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from dashboard.serve import PageServer


@pytest.fixture
def server(tmp_path: Path) -> Iterator[PageServer]:
    (tmp_path / "index.html").write_text("one")
    with PageServer(tmp_path, port=0) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


@pytest.mark.parametrize(
    ("request_text", "status"),
    [
        ("GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", 200),
        ("GET / HTTP/1.1\r\nHost: [\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: ]:80[\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: [::1.2.3]\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: \x00\xff\r\n\r\n", 403),
        ("GET / HTTP/1.1\r\n\r\n", 403),
        ("GET http://[ HTTP/1.1\r\nHost: localhost\r\n\r\n", 400),
    ],
)
def test_a_malformed_request(
    server: PageServer, capfd: pytest.CaptureFixture[str], request_text: str, status: int
) -> None:
    with socket.create_connection(server.server_address[:2], timeout=10) as connection:
        connection.sendall(request_text.encode("latin-1"))
        assert connection.recv(1000).startswith(f"HTTP/1.1 {status} ".encode())
    assert capfd.readouterr() == ("", "")
