"""`fetch_rates` against a real HTTP server here: what publishers and networks do, and what is landed."""

import contextlib
import http.server
import socket
import threading
import time
import urllib.parse
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from ingest.foundation.errors import UsageError, WarehouseError
from ingest.foundation.settings import Settings, load_settings
from ingest.land.folders import land_path
from ingest.land.retry import retry_quarantine
from ingest.rates.fetch import fetch_rates
from ingest.rates.http import Transport

NOW = datetime(2026, 10, 30, 2, 0, tzinfo=UTC)
ECB_CSV = "Date,USD,JPY,CNY,\n2026-10-29,1.12,175.0,7.43,\n2026-10-28,1.11,174.0,7.42,\n"
SAFE_HTML = (
    "<html><body><table><tr><th>日期</th><th>美元</th><th>韩元</th></tr>\n"
    "<tr><td>2026-10-29</td><td>702.34</td><td>20456.0</td></tr>\n"
    "<tr><td>2026-10-28</td><td>702.41</td><td>20450.0</td></tr>\n</table></body></html>"
)

Answer = Callable[[http.server.BaseHTTPRequestHandler], None]


def whole(body: str, status: int = 200, content_type: str = "text/plain; charset=utf-8") -> Answer:
    def answer(handler: http.server.BaseHTTPRequestHandler) -> None:
        content = body.encode()
        handler.send_response(status)
        handler.send_header("Content-Type", content_type)
        handler.send_header("Content-Length", str(len(content)))
        handler.end_headers()
        handler.wfile.write(content)

    return answer


def cut_off(body: str, at: int) -> Answer:
    def answer(handler: http.server.BaseHTTPRequestHandler) -> None:
        content = body.encode()
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(content)))
        handler.end_headers()
        handler.wfile.write(content[:at])

    return answer


def dripping(body: str, pause_seconds: float) -> Answer:
    """Byte by byte, each in time for the socket's time-out."""

    def answer(handler: http.server.BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.end_headers()
        for byte in body.encode():
            handler.wfile.write(bytes([byte]))
            time.sleep(pause_seconds)

    return answer


def silent(seconds: float) -> Answer:
    def answer(handler: http.server.BaseHTTPRequestHandler) -> None:
        time.sleep(seconds)

    return answer


def redirect(target: str) -> Answer:
    def answer(handler: http.server.BaseHTTPRequestHandler) -> None:
        handler.send_response(302)
        handler.send_header("Location", target)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    return answer


@dataclass
class Publisher:
    """A server that gives its answers in turn, the last one for ever."""

    url: str = ""
    answers: list[Answer] = field(default_factory=list)
    requests: list[tuple[str, str, dict[str, list[str]]]] = field(default_factory=list)

    def next_answer(self) -> Answer:
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


@pytest.fixture
def publisher() -> Iterator[Publisher]:
    publisher = Publisher()

    class Handler(http.server.BaseHTTPRequestHandler):
        def _answer(self) -> None:
            length = int(self.headers.get("Content-Length", "0"))
            form = urllib.parse.parse_qs(self.rfile.read(length).decode())
            publisher.requests.append((self.command, self.path, form))
            # A client that gave up has closed the connection.
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                publisher.next_answer()(self)

        do_GET = do_POST = _answer

        def log_message(self, format: str, *args: Any) -> None:
            """Quiet."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    publisher.url = f"http://127.0.0.1:{server.server_port}"
    yield publisher
    server.shutdown()
    server.server_close()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings(tmp_path / "home")


@pytest.fixture
def pauses() -> list[float]:
    return []


@pytest.fixture
def transport(pauses: list[float]) -> Transport:
    return Transport(socket_seconds=0.3, attempt_seconds=0.6, attempt_count=3, sleep=pauses.append)


def landed(settings: Settings) -> list[tuple[str, ...]]:
    if not settings.raw_path.exists():
        return []
    with duckdb.connect(str(settings.raw_path), read_only=True) as connection:
        return connection.execute(
            "select rate_source, rate_date, currency_code, quote_value, quote_unit, quote_direction "
            "from raw.fx_rates order by _landing_seq"
        ).fetchall()


def fetch_ecb(settings: Settings, publisher: Publisher, transport: Transport, **options: Any) -> Any:
    url = publisher.url + "/eurofxref-hist.csv"
    return fetch_rates(settings, "ecb", url=url, transport=transport, fetched_at=NOW, **options)


def test_a_right_answer_lands(settings: Settings, publisher: Publisher, transport: Transport) -> None:
    publisher.answers = [whole(ECB_CSV)]
    report = fetch_ecb(settings, publisher, transport)
    assert (report.new_count, report.implausible_count, report.last_rate_date) == (6, 0, "2026-10-29")
    assert landed(settings)[-1] == ("ecb", "2026-10-29", "USD", "6.6339285714", "1", "cny_per_foreign")


def test_a_second_fetch_lands_only_what_is_new_or_corrected(
    settings: Settings, publisher: Publisher, transport: Transport
) -> None:
    corrected = ECB_CSV.replace("1.11,", "1.115,").replace(
        "Date,USD,JPY,CNY,\n", "Date,USD,JPY,CNY,\n2026-10-30,1.13,176.0,7.44,\n"
    )
    publisher.answers = [whole(ECB_CSV), whole(ECB_CSV), whole(corrected), whole(corrected)]
    fetch_ecb(settings, publisher, transport)
    again = fetch_ecb(settings, publisher, transport)
    assert (again.new_count, again.unchanged_count, again.batch) == (0, 6, None)
    third = fetch_ecb(settings, publisher, transport)
    assert (third.new_count, third.corrected_count, third.unchanged_count) == (3, 1, 5)
    assert len(landed(settings)) == 10
    assert fetch_ecb(settings, publisher, transport).batch is None


def test_a_query_is_asked_in_parts(settings: Settings, publisher: Publisher, transport: Transport) -> None:
    empty = SAFE_HTML[: SAFE_HTML.index("<tr><td>")] + "</table></body></html>"
    publisher.answers = [whole(empty), whole(SAFE_HTML, content_type="text/html")]
    report = fetch_rates(
        settings,
        "central_parity",
        url=publisher.url + "/AppStructured/hlw/RMBQuery.do",
        since=date(2026, 1, 1),
        transport=transport,
        fetched_at=NOW,
    )
    assert report.new_count == 4
    assert [(method, form["startDate"], form["endDate"]) for method, _, form in publisher.requests] == [
        ("POST", ["2026-01-01"], ["2026-06-29"]),
        ("POST", ["2026-06-30"], ["2026-10-30"]),
    ]
    assert landed(settings)[2:] == [
        ("central_parity", "2026-10-29", "KRW", "20456.0", "100", "foreign_per_cny"),
        ("central_parity", "2026-10-29", "USD", "702.34", "100", "cny_per_foreign"),
    ]


def test_a_server_error_is_tried_again(
    settings: Settings, publisher: Publisher, transport: Transport, pauses: list[float]
) -> None:
    publisher.answers = [whole("oops", 500), whole("oops", 503), whole(ECB_CSV)]
    assert fetch_ecb(settings, publisher, transport).new_count == 6
    assert pauses == [1.0, 2.0]


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (whole("oops", 500), "the server answered 500, 3 times in a row"),
        (silent(1.0), "no answer within 0.3 seconds, 3 times in a row"),
        (dripping(ECB_CSV, 0.05), "the answer was not complete within 0.6 seconds, 3 times in a row"),
        (cut_off(ECB_CSV, 40), "the answer ended after 40 of 74 bytes, 3 times in a row"),
    ],
    ids=["500", "silent", "dripping", "cut_off"],
)
def test_a_fault_that_lasts_lands_nothing(
    settings: Settings, publisher: Publisher, transport: Transport, answer: Answer, message: str
) -> None:
    publisher.answers = [answer]
    with pytest.raises(WarehouseError, match=message):
        fetch_ecb(settings, publisher, transport)
    assert len(publisher.requests) == 3
    assert landed(settings) == []


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (whole("<html><body>Please log in</body></html>"), "a web page without it"),
        (whole("{}"), "got something else: 2 bytes"),
        (whole("not here", 404), "the server answered 404"),
        (whole(ECB_CSV.replace(",CNY,", ",CNH,")), "line 1: the header has no column CNY"),
        (whole(ECB_CSV[:60]), "line 3: 2 fields where the header has 5"),
        (whole(ECB_CSV + "2026-10-29,1.13,175.0,7.43,\n"), "two different rates of USD for 2026-10-29"),
        (redirect("http://example.invalid/rates.csv"), "over https only"),
    ],
    ids=["html", "json", "404", "changed_layout", "cut_off_unseen", "contradiction", "redirect_to_http"],
)
def test_a_wrong_answer_is_refused_at_once(
    settings: Settings, publisher: Publisher, transport: Transport, answer: Answer, message: str
) -> None:
    publisher.answers = [answer]
    with pytest.raises(WarehouseError, match=message):
        fetch_ecb(settings, publisher, transport)
    assert len(publisher.requests) == 1
    assert landed(settings) == []


def test_a_changed_central_parity_layout_is_refused(
    settings: Settings, publisher: Publisher, transport: Transport
) -> None:
    for body, message in [
        (SAFE_HTML.replace("日期", "交易日"), "a web page without it"),
        (SAFE_HTML.replace("<td>702.41</td>", ""), "line 3: 2 cells where the header has 3"),
        (SAFE_HTML[:-40], "line 3: the table is not closed"),
    ]:
        publisher.answers = [whole(body)]
        with pytest.raises(WarehouseError, match=message):
            fetch_rates(
                settings,
                "central_parity",
                url=publisher.url + "/query.do",
                since=date(2026, 10, 1),
                transport=transport,
                fetched_at=NOW,
            )
    assert landed(settings) == []


def test_an_answer_too_large_is_refused(settings: Settings, publisher: Publisher) -> None:
    publisher.answers = [whole("x" * 5000)]
    with pytest.raises(WarehouseError, match="larger than 1000 bytes"):
        fetch_ecb(settings, publisher, Transport(socket_seconds=1, max_bytes=1000))


def test_a_jump_is_quarantined_once_and_not_used(
    settings: Settings, publisher: Publisher, transport: Transport
) -> None:
    publisher.answers = [whole(ECB_CSV)]
    fetch_ecb(settings, publisher, transport)
    jump = ECB_CSV.replace("Date,USD,JPY,CNY,\n", "Date,USD,JPY,CNY,\n2026-10-30,0.89,175.0,7.43,\n")
    publisher.answers = [whole(jump)]
    report = fetch_ecb(settings, publisher, transport)
    assert (report.new_count, report.implausible_count) == (2, 1)
    assert report.batch.rows_read == report.batch.rows_accepted + report.batch.rows_quarantined == 3
    assert not [row for row in landed(settings) if row[1:3] == ("2026-10-30", "USD")]
    repeated = fetch_ecb(settings, publisher, transport)
    assert (repeated.implausible_count, repeated.batch) == (1, None)
    with duckdb.connect(str(settings.raw_path), read_only=True) as connection:
        quarantined = connection.execute(
            "select feed, reason, detail, raw_text from raw.quarantine"
        ).fetchall()
    assert len(quarantined) == 1
    feed, reason, detail, raw_text = quarantined[0]
    assert (feed, reason) == ("fx_rates", "implausible_rate")
    assert (
        detail == "column quote_value: USD of 2026-10-30 is +25.8 % from the last known rate, of 2026-10-29"
    )
    assert '"quote_value": "8.3483146067"' in raw_text


def test_a_jump_that_a_person_lands_is_a_rate_like_any_other(
    settings: Settings, publisher: Publisher, transport: Transport, tmp_path: Path
) -> None:
    jump = "Date,USD,CNY,\n2026-10-30,0.89,7.43,\n2026-10-29,1.12,7.43,\n"
    publisher.answers = [whole(jump)]
    assert fetch_ecb(settings, publisher, transport).implausible_count == 1
    assert retry_quarantine(settings).landed_count == 0
    folder = tmp_path / "landing" / "fx_rates"
    folder.mkdir(parents=True)
    (folder / "confirmed.csv").write_text(
        "rate_source,rate_date,currency_code,quote_value\necb,2026-10-30,USD,8.3483146067\n"
    )
    land_path(settings, tmp_path / "landing")
    publisher.answers = [whole(jump.replace("2026-10-30", "2026-10-31,0.88,7.43,\n2026-10-30"))]
    report = fetch_ecb(settings, publisher, transport)
    assert (report.implausible_count, report.new_count, report.unchanged_count) == (0, 2, 4)


def test_an_unreadable_value_is_quarantined_once(
    settings: Settings, publisher: Publisher, transport: Transport
) -> None:
    publisher.answers = [whole(ECB_CSV.replace("1.12,", "n.a.,"))]
    report = fetch_ecb(settings, publisher, transport)
    assert (report.batch.rows_accepted, report.batch.rows_quarantined, report.exit_status) == (5, 1, 0)
    assert fetch_ecb(settings, publisher, transport).batch is None
    publisher.answers = [whole(ECB_CSV)]
    assert fetch_ecb(settings, publisher, transport).batch.rows_accepted == 1


def test_only_a_jump_arrives(settings: Settings, publisher: Publisher, transport: Transport) -> None:
    publisher.answers = [whole("Date,USD,CNY,\n2026-10-29,1.12,7.43,\n")]
    fetch_ecb(settings, publisher, transport)
    publisher.answers = [whole("Date,USD,CNY,\n2026-10-30,2.24,14.86,\n2026-10-29,1.12,7.43,\n")]
    report = fetch_ecb(settings, publisher, transport)
    # EUR doubled in CNY, USD did not move.
    assert (report.new_count, report.implausible_count) == (1, 1)
    publisher.answers = [whole("Date,CNY,USD,\n2026-10-31,14.86,1.12,\n")]
    report = fetch_ecb(settings, publisher, transport, since=date(2026, 10, 31))
    assert (report.new_count, report.implausible_count) == (0, 2)
    assert len(landed(settings)) == 3


def test_nobody_listens(settings: Settings, transport: Transport) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}/rates.csv"
        with pytest.raises(WarehouseError, match=r"no connection .* 3 times in a row"):
            fetch_rates(settings, "ecb", url=url, transport=transport, fetched_at=NOW)


def test_secrets_in_an_address_are_not_shown(
    settings: Settings, publisher: Publisher, transport: Transport
) -> None:
    publisher.answers = [whole("no", 403)]
    url = publisher.url.replace("http://", "http://user:s3cret@") + "/r.csv?token=t0ken"
    with pytest.raises(WarehouseError) as failure:
        fetch_rates(settings, "ecb", url=url, transport=transport, fetched_at=NOW)
    assert "s3cret" not in str(failure.value)
    assert "t0ken" not in str(failure.value)


def test_only_https_leaves_this_machine(settings: Settings) -> None:
    for url in ("http://example.invalid/rates.csv", "file:///etc/passwd", "ftp://example.invalid/rates.csv"):
        with pytest.raises(UsageError, match="over https only"):
            fetch_rates(settings, "ecb", url=url)


@pytest.mark.parametrize(
    ("official", "fallback", "said"),
    [
        ("ecb", None, None),
        ("central_parity", None, "no figure uses these rates: the official source is central_parity. "),
        ("central_parity", "ecb", "ecb is the fallback: used, and marked, only where central_parity has no"),
    ],
)
def test_a_source_that_is_not_the_official_one_is_said_to_be_none(
    settings: Settings, official: str, fallback: str | None, said: str | None
) -> None:
    chosen = settings.replace(official_rate_source=official, fallback_rate_source=fallback)
    report = fetch_rates(chosen, "ecb", offline=True, since=date(2026, 10, 28), fetched_at=NOW)
    others = [line for line in report.lines() if "no figure uses" in line or "fallback" in line]
    assert len(others) == (0 if said is None else 1)
    assert said is None or others[0].startswith(said)


def test_offline_lands_the_embedded_history(settings: Settings) -> None:
    report = fetch_rates(settings, "ecb", offline=True, since=date(2026, 10, 1), fetched_at=NOW)
    assert report.last_rate_date == "2026-10-30"
    assert report.implausible_count == 0
    assert {row[1] for row in landed(settings)} == {
        row[1] for row in landed(settings) if row[1] >= "2026-10-01"
    }
    with pytest.raises(UsageError, match="only the history of ecb is embedded"):
        fetch_rates(settings, "central_parity", offline=True)
    with pytest.raises(UsageError, match="unknown rate source"):
        fetch_rates(settings, "boc")


def test_files_in_the_publishers_layouts_land_as_they_are(settings: Settings, tmp_path: Path) -> None:
    folder = tmp_path / "landing" / "fx_rates"
    folder.mkdir(parents=True)
    text = "日期,美元,林吉特\n2026-10-29,702.34,59.86\n2026-10-30,x,59.9\n"
    (folder / "safe.csv").write_bytes(text.encode("gb18030"))
    (folder / "eurofxref-hist.csv").write_text(ECB_CSV)
    (folder / "zz_cut_off.csv").write_text(ECB_CSV[:60])
    report = land_path(settings, tmp_path / "landing")
    assert (report.rows_accepted, report.rows_quarantined) == (9, 1)
    assert [batch.source_name for batch in report.rejected] == ["zz_cut_off.csv"]
    assert "zz_cut_off.csv, line 3: 2 fields where the header has 5" in report.rejected[0].message
    assert ("central_parity", "2026-10-29", "MYR", "59.86", "100", "foreign_per_cny") in landed(settings)
