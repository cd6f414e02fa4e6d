"""`python -m benchmarks.dashboard`: bytes, requests and time to the first chart of every built page.

Pages come from the dashboard of `--home`; Chromium loads them from `warehouse serve`'s server over two
emulated links, with an empty cache each time. A chart is seen when a frame that contains it has been painted.
Goals: 3.0 s on slow 3G, 2.5 s at 50 kbit/s with 500 ms.
"""

import argparse
import statistics
import threading
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, sync_playwright

from dashboard.build import PAGES, build_dashboard, file_name
from dashboard.figures import CNY
from dashboard.serve import PageServer
from dashboard.texts import Language
from ingest.foundation.settings import load_settings
from tests.support.chromium import start_chromium

# Slow 3G as Chromium's developer tools define it; latency is milliseconds to the first byte.
LINKS = {
    "slow 3G": {"latency": 2000, "downloadThroughput": 51_200, "uploadThroughput": 51_200},
    "50 kbit/s, 500 ms": {"latency": 500, "downloadThroughput": 6_250, "uploadThroughput": 6_250},
}
# Marks the frame after the first chart stands in the document.
WATCH = """
new MutationObserver((_, observer) => {
  if (!document.querySelector(".plot path")) return
  observer.disconnect()
  requestAnimationFrame(() => setTimeout(() => { window.chartSeen = performance.now() }))
}).observe(document, { childList: true, subtree: true })
"""


def look(browser: Browser, address: str, link: dict[str, int]) -> tuple[float, int, int]:
    """Seconds to the first chart, bytes over the wire, requests."""
    context = browser.new_context(viewport={"width": 360, "height": 740})
    page = context.new_page()
    page.add_init_script(WATCH)
    session = context.new_cdp_session(page)
    session.send("Network.enable")
    session.send("Network.emulateNetworkConditions", {"offline": False, **link})
    sizes: list[int] = []

    def finished(event: dict[str, Any]) -> None:
        sizes.append(event["encodedDataLength"])

    session.on("Network.loadingFinished", finished)
    page.goto(address)
    page.wait_for_function("window.chartSeen")
    seconds = page.evaluate("window.chartSeen") / 1000
    context.close()
    return seconds, sum(sizes), len(sizes)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.dashboard", description=__doc__)
    parser.add_argument("--home", type=Path, help="folder of all state (default $WAREHOUSE_HOME, else ./var)")
    parser.add_argument("--repeat", type=int, default=3)
    chosen = parser.parse_args()
    settings = load_settings(chosen.home)
    build_dashboard(settings)
    folder = settings.dashboard_dir
    print(f"| page | bytes | gzip | brotli | requests | {' | '.join(f'{name}, s' for name in LINKS)} |")
    print(f"| --- {'| ---: ' * (4 + len(LINKS))}|")
    with PageServer(folder, port=0) as server, sync_playwright() as playwright:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        browser = start_chromium(playwright)
        for page_key in PAGES:
            for language in Language:
                name = file_name(page_key, language, CNY)
                looks = {
                    link: [look(browser, server.address + name, limits) for _ in range(chosen.repeat)]
                    for link, limits in LINKS.items()
                }
                sizes = [(folder / f"{name}{suffix}").stat().st_size for suffix in ("", ".gz", ".br")]
                requests = max(count for each in looks.values() for _, _, count in each)
                times = [statistics.median(seconds for seconds, _, _ in each) for each in looks.values()]
                cells = [*(f"{size:,}" for size in sizes), str(requests), *(f"{time:.2f}" for time in times)]
                print(f"| {name} | {' | '.join(cells)} |", flush=True)
        browser.close()
        server.shutdown()


if __name__ == "__main__":
    main()
