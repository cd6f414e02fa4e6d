"""Debian's Chromium, driven by Playwright, and one built dashboard for all browser tests."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from dashboard.build import build_dashboard
from ingest.foundation.settings import Settings, load_settings
from tests.browser.platform import build_platform
from tests.support.chromium import start_chromium
from tests.support.made_once import made_once


@pytest.fixture(scope="session")
def dashboard(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """The platform, published, and its pages built."""
    settings = load_settings(made_once(tmp_path_factory, "dashboard", build_platform))
    build_dashboard(settings)
    return settings


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = start_chromium(playwright)
        yield browser
        browser.close()


@dataclass
class Look:
    """Pages opened in one browser context, and everything they complained about or asked for."""

    context: BrowserContext
    folder: Path
    complaints: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def at(self, name: str) -> Page:
        """Open a page of the folder, without any server."""
        page = self.context.new_page()
        page.on("console", lambda message: self.complaints.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: self.complaints.append(f"error: {error}"))
        page.on("request", lambda request: self.requests.append(request.url))
        page.goto((self.folder / name).as_uri())
        return page


@pytest.fixture
def look(browser: Browser, dashboard: Settings, request: pytest.FixtureRequest) -> Iterator[Look]:
    """A fresh context, offline. Its options are the parameter of the fixture, if any."""
    options = getattr(request, "param", {})
    context = browser.new_context(offline=True, accept_downloads=True, **options)
    yield Look(context, dashboard.dashboard_dir)
    context.close()
