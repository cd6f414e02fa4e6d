"""Shows the built pages on this machine: plain files, compressed for browsers that take it, nothing else."""

import email.utils
import os
import sys
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import unquote, urlsplit

from dashboard.build import INDEX
from dashboard.rendering import content_security_policy
from ingest.foundation.errors import WarehouseError

ADDRESS = "127.0.0.1"
TYPES = {".html": "text/html", ".csv": "text/csv"}
# Best first; a browser's own order says nothing about size.
ENCODINGS = (("br", ".br"), ("gzip", ".gz"))


def accepted_encodings(header: str) -> set[str]:
    """Codings of an Accept-Encoding header that are not refused with q=0."""
    accepted = set()
    for part in header.lower().split(","):
        coding, _, parameters = part.partition(";")
        quality = parameters.replace(" ", "").removeprefix("q=") or "1"
        try:
            if float(quality) > 0:
                accepted.add(coding.strip())
        except ValueError:
            continue
    return accepted


class PageHandler(BaseHTTPRequestHandler):
    """Answers GET and HEAD for the pages of the current set."""

    server: "PageServer"
    server_version = "warehouse"
    sys_version = ""
    protocol_version = "HTTP/1.1"
    # An idle connection must not hold its thread for ever.
    timeout = 60

    def do_GET(self) -> None:
        self._answer(with_body=True)

    def do_HEAD(self) -> None:
        self._answer(with_body=False)

    def _answer(self, *, with_body: bool) -> None:
        # A page elsewhere that rebinds its name to this address must not read the figures.
        try:
            host = urlsplit(f"//{self.headers.get('Host', '')}").hostname
            path = urlsplit(self.path).path
        except ValueError:
            # Brackets that hold no address.
            return self._refuse(HTTPStatus.BAD_REQUEST)
        if host not in (ADDRESS, "localhost"):
            return self._refuse(HTTPStatus.FORBIDDEN)
        name = unquote(path).removeprefix("/") or INDEX
        # Pages stand beside each other; a name with a separator is none of theirs.
        kind = TYPES.get(Path(name).suffix)
        if Path(name).name != name or kind is None:
            return self._refuse(HTTPStatus.NOT_FOUND)
        opened = self._open(name)
        if opened is None:
            return self._refuse(HTTPStatus.NOT_FOUND)
        file, coding = opened
        with file:
            status = os.fstat(file.fileno())
            tag = f'"{status.st_mtime_ns:x}-{status.st_size:x}{coding[:1]}"'
            is_known = self.headers.get("If-None-Match") == tag
            self.send_response(HTTPStatus.NOT_MODIFIED if is_known else HTTPStatus.OK)
            self.send_header("ETag", tag)
            self.send_header("Last-Modified", email.utils.formatdate(status.st_mtime, usegmt=True))
            self.send_header("Vary", "Accept-Encoding")
            self._send_policies()
            if is_known:
                self.end_headers()
                return None
            self.send_header("Content-Type", f"{kind}; charset=utf-8")
            self.send_header("Content-Length", str(status.st_size))
            if coding:
                self.send_header("Content-Encoding", coding)
            self.end_headers()
            if with_body:
                self.wfile.write(file.read())
        return None

    def _open(self, name: str) -> tuple[BinaryIO, str] | None:
        """The file of a page in the best coding the browser takes, and that coding; empty for none."""
        accepted = accepted_encodings(self.headers.get("Accept-Encoding", ""))
        for coding, suffix in (*ENCODINGS, ("", "")):
            if coding and coding not in accepted:
                continue
            try:
                return (self.server.folder / f"{name}{suffix}").open("rb"), coding
            except (OSError, ValueError):
                # Not there, or no possible name.
                continue
        return None

    def _send_policies(self) -> None:
        self.send_header("Content-Security-Policy", f"{content_security_policy()}; frame-ancestors 'none'")
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Referrer-Policy", "no-referrer")
        self.send_header("Cross-Origin-Opener-Policy", "same-origin")
        self.send_header("Cross-Origin-Resource-Policy", "same-origin")
        # A new publication is seen at the next look; unchanged pages cost one short answer.
        self.send_header("Cache-Control", "no-cache")

    def _refuse(self, status: HTTPStatus) -> None:
        body = f"{status.value} {status.phrase}\n".encode()
        self.send_response(status)
        self._send_policies()
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, format: str, *arguments: object) -> None:
        """Nothing: what is looked at is nobody's business, and the terminal stays readable."""


class PageServer(ThreadingHTTPServer):
    """Serves the pages of a folder on 127.0.0.1. Port 0 takes a free one.

    Another `host` is for a container, whose own 127.0.0.1 nobody reaches: what is asked must still be called localhost.
    """

    daemon_threads = True

    def __init__(self, folder: Path, port: int, host: str = ADDRESS) -> None:
        self.folder = folder
        try:
            super().__init__((host, port), PageHandler)
        except OSError as error:
            raise WarehouseError(
                f"cannot listen on {host}:{port} ({error.strerror}). "
                "Is it in use? Choose another with --port, or an address of this machine with --host."
            ) from None

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A browser that goes away in the middle is no event; anything else is shown."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)

    @property
    def address(self) -> str:
        return f"http://{ADDRESS}:{self.server_address[1]}/"
