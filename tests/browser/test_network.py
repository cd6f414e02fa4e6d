"""Over a wire: what `warehouse serve` sends, and how the pages bear a slow one."""

import http.client
import threading
from collections.abc import Iterator

import brotli
import pytest
from playwright.sync_api import Browser

from dashboard.build import PAGES, file_name
from dashboard.rendering import content_security_policy
from dashboard.serve import PageServer
from dashboard.texts import Language
from ingest.foundation.settings import Settings

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def server(dashboard: Settings) -> Iterator[PageServer]:
    with PageServer(dashboard.dashboard_dir, port=0) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def ask(server: PageServer, path: str, method: str = "GET", **headers: str) -> http.client.HTTPResponse:
    connection = http.client.HTTPConnection(*server.server_address[:2], timeout=10)
    connection.request(
        method, path, headers={name.replace("_", "-"): value for name, value in headers.items()}
    )
    return connection.getresponse()


@pytest.mark.parametrize("page_key", list(PAGES))
def test_a_slow_link_carries_one_answer_and_shows_the_chart(
    browser: Browser, server: PageServer, page_key: str
) -> None:
    context = browser.new_context(viewport={"width": 360, "height": 740})
    page = context.new_page()
    session = context.new_cdp_session(page)
    session.send("Network.enable")
    sizes: list[int] = []
    session.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    # Faster than the links of benchmarks/dashboard.py: here it is only to work, there it is timed.
    session.send(
        "Network.emulateNetworkConditions",
        {"offline": False, "latency": 100, "downloadThroughput": 50_000, "uploadThroughput": 50_000},
    )
    page.goto(server.address + file_name(page_key, Language.EN, "CNY"))
    page.locator(".plot path").first.wait_for(state="attached")
    page.wait_for_load_state("load")
    assert page.evaluate("performance.getEntriesByType('resource').length") == 0
    (size,) = sizes
    assert size <= 14_000
    context.close()


def test_sends_the_copy_the_browser_takes(server: PageServer, dashboard: Settings) -> None:
    plain = (dashboard.dashboard_dir / "index.html").read_bytes()
    assert ask(server, "/").read() == plain
    answer = ask(server, "/index.html", Accept_Encoding="gzip, br;q=0.1")
    assert answer.getheader("Content-Encoding") == "br"
    assert brotli.decompress(answer.read()) == plain
    assert ask(server, "/", Accept_Encoding="gzip, br;q=0").getheader("Content-Encoding") == "gzip"
    assert answer.getheader("Vary") == "Accept-Encoding"
    assert answer.getheader("Content-Type") == "text/html; charset=utf-8"
    policy = answer.getheader("Content-Security-Policy")
    assert policy == f"{content_security_policy()}; frame-ancestors 'none'"
    again = ask(server, "/index.html", Accept_Encoding="br", If_None_Match=answer.getheader("ETag"))
    assert (again.status, again.read()) == (304, b"")
    table = file_name("core_overview", Language.ZH, "CNY", "daily", "csv")
    answer = ask(server, f"/{table}", Accept_Encoding="br, gzip")
    assert answer.getheader("Content-Type") == "text/csv; charset=utf-8"
    assert answer.read() == (dashboard.dashboard_dir / table).read_bytes()
    head = ask(server, "/", method="HEAD")
    assert (head.getheader("Content-Length"), head.read()) == (str(len(plain)), b"")


@pytest.mark.parametrize(
    "path",
    [
        "/missing.html",
        "/../build/warehouse.duckdb",
        "/%2e%2e/settings.toml",
        "/..%2fsettings.toml",
        "/x%00.html",
    ],
)
def test_sends_nothing_but_pages(server: PageServer, path: str) -> None:
    assert ask(server, path).status == 404


def test_answers_only_to_its_own_name(server: PageServer) -> None:
    assert ask(server, "/", Host="evil.example").status == 403
    assert ask(server, "/", Host="localhost:1").status == 200
    assert ask(server, "/", method="POST").status == 501
