"""`python -m tests.support.screenshots --home HOME`: the pictures of the docs, from the dashboard built there."""

import argparse
from pathlib import Path

from playwright.sync_api import sync_playwright

from ingest.foundation.settings import load_settings
from tests.support.chromium import start_chromium

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "screenshots"
# picture: (page and where on it, width, height, colour scheme)
PICTURES = {
    "core-overview": ("core-overview.en.cny.html", 1280, 800, "light"),
    "user-growth": ("user-growth.zh.cny.html#trends", 1280, 800, "light"),
    "logistics-forwarding-dark": ("logistics-forwarding.en.usd.html", 1280, 800, "dark"),
    "core-overview-phone": ("core-overview.en.cny.html", 390, 844, "light"),
    "order-operations-phone": ("order-operations.zh.cny.html#trends", 390, 844, "light"),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, help="folder of all state (default $WAREHOUSE_HOME, else ./var)")
    folder = load_settings(parser.parse_args().home).dashboard_dir
    with sync_playwright() as playwright:
        browser = start_chromium(playwright)
        for picture, (place, width, height, scheme) in PICTURES.items():
            context = browser.new_context(
                viewport={"width": width, "height": height}, color_scheme=scheme, offline=True
            )
            page = context.new_page()
            name, _, anchor = place.partition("#")
            page.goto(f"{(folder / name).as_uri()}#{anchor}")
            page.screenshot(path=FOLDER / f"{picture}.png")
            context.close()
        browser.close()


if __name__ == "__main__":
    main()
