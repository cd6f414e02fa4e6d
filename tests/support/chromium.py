"""Debian's Chromium, driven by Playwright, without its own traffic."""

from playwright.sync_api import Browser, Playwright

from tests.support.programs import CHROMIUM, find_program

_FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def start_chromium(playwright: Playwright) -> Browser:
    """A new browser; the caller closes it."""
    return playwright.chromium.launch(executable_path=find_program(CHROMIUM), args=_FLAGS)
