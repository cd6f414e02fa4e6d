"""One download over HTTPS: time-outs, bounded retries with backoff, a size limit, and no half answers."""

import http.client
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ingest.foundation.errors import UsageError, WarehouseError

_CHUNK_BYTES = 64 * 1024
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True)
class Transport:
    """How patient a download is. `attempt_seconds` bounds a whole attempt, `socket_seconds` each wait."""

    socket_seconds: float = 20.0
    attempt_seconds: float = 120.0
    attempt_count: int = 4
    backoff_seconds: float = 1.0
    max_bytes: int = 64 * 1024 * 1024
    sleep: Callable[[float], None] = time.sleep


class DownloadFailed(WarehouseError):
    """No whole answer came; nothing was changed."""


class _Passing(Exception):
    """A fault that may be gone at the next attempt."""


class _SafeRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *arguments: Any, **named: Any) -> urllib.request.Request | None:
        redirected = super().redirect_request(*arguments, **named)
        if redirected is not None:
            _check_scheme(redirected.full_url)
        return redirected


def shown_url(url: str) -> str:
    """The address without anything that may be a secret: user, password, query, fragment."""
    parts = urllib.parse.urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{host}{parts.path}"


def download(url: str, transport: Transport, form: dict[str, str] | None = None) -> bytes:
    """The body of a GET (or of a POST of `form`).

    Time-outs, refused connections, answers that end early, 429 and 5xx are tried again up to `attempt_count`
    times, with doubling pauses. Raises DownloadFailed when it does not succeed, UsageError for an address
    that is not https (http is allowed to this machine only).
    """
    _check_scheme(url)
    problem = ""
    for attempt in range(transport.attempt_count):
        if attempt:
            transport.sleep(transport.backoff_seconds * 2 ** (attempt - 1))
        try:
            return _attempt(url, transport, form)
        except _Passing as fault:
            problem = str(fault)
    raise DownloadFailed(
        f"{shown_url(url)}: {problem}, {transport.attempt_count} times in a row. Nothing was changed; "
        "try again later"
    )


def _check_scheme(url: str) -> None:
    parts = urllib.parse.urlsplit(url)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _LOOPBACK):
        raise UsageError(f"{shown_url(url)}: rates are fetched over https only. Give an https address.")


def _attempt(url: str, transport: Transport, form: dict[str, str] | None) -> bytes:
    deadline = time.monotonic() + transport.attempt_seconds
    body = urllib.parse.urlencode(form).encode("ascii") if form is not None else None
    request = urllib.request.Request(url, data=body, headers={"User-Agent": "daigou-warehouse"})
    opener = urllib.request.build_opener(_SafeRedirects)
    try:
        with opener.open(request, timeout=transport.socket_seconds) as response:
            return _body(url, response, transport, deadline)
    except urllib.error.HTTPError as error:
        if error.code == 429 or error.code >= 500:
            raise _Passing(f"the server answered {error.code}") from None
        raise DownloadFailed(
            f"{shown_url(url)}: the server answered {error.code}. Nothing was changed; check the address"
        ) from None
    except http.client.IncompleteRead:
        raise _Passing("the answer ended before its end") from None
    except TimeoutError:
        raise _Passing(f"no answer within {transport.socket_seconds:g} seconds") from None
    except urllib.error.URLError as error:
        timed_out = isinstance(error.reason, TimeoutError)
        raise _Passing(
            f"no answer within {transport.socket_seconds:g} seconds"
            if timed_out
            else f"no connection ({error.reason})"
        ) from None
    except (OSError, http.client.HTTPException) as error:
        raise _Passing(f"the connection broke ({type(error).__name__})") from None


def _body(url: str, response: Any, transport: Transport, deadline: float) -> bytes:
    declared = response.headers.get("Content-Length", "")
    chunks: list[bytes] = []
    received = 0
    while True:
        # read1 returns what has arrived, so that an answer dripping in byte by byte meets the deadline too.
        chunk = response.read1(_CHUNK_BYTES)
        if not chunk:
            break
        received += len(chunk)
        if received > transport.max_bytes:
            raise DownloadFailed(
                f"{shown_url(url)}: the answer is larger than {transport.max_bytes} bytes, so it is not a "
                "table "
                "of rates. Nothing was changed; check the address"
            )
        if time.monotonic() > deadline:
            raise _Passing(f"the answer was not complete within {transport.attempt_seconds:g} seconds")
        chunks.append(chunk)
    if declared.isdigit() and received != int(declared):
        raise _Passing(f"the answer ended after {received} of {declared} bytes")
    return b"".join(chunks)
