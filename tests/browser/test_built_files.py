"""The built files at 180 days: their budget, their copies, their links. Needs no browser."""

import gzip
import re

import brotli

from dashboard.build import INDEX, PAGES, build_dashboard
from dashboard.texts import Language
from ingest.foundation.settings import Settings

PAGE_GZIP_BYTES = 14_000
# All rows of a page's tables: no budget of its own, but no limitless file.
ROWS_GZIP_BYTES = 40_000
SCRIPT_GZIP_BYTES = 1_500


def test_pages_keep_their_budget(dashboard: Settings) -> None:
    pages = sorted(dashboard.dashboard_dir.glob("*.html"))
    assert len(pages) == 2 * 24 + 1
    for path in pages:
        content = path.read_bytes()
        limit = ROWS_GZIP_BYTES if "-rows." in path.name else PAGE_GZIP_BYTES
        assert len(gzip.compress(content, 9)) <= limit, path.name
        script = content.partition(b"<script>")[2].partition(b"</script>")[0]
        assert script
        assert len(gzip.compress(script, 9)) <= SCRIPT_GZIP_BYTES
        # Nothing that a browser would fetch: names are text, so their brackets are escaped and match no tag.
        tags = b" ".join(re.findall(rb"<[a-z][^>]*>", content))
        assert b" src=" not in tags
        assert set(re.findall(rb"<link [^>]*>", content)) == {b'<link rel="icon" href="data:,">'}
        assert b"url(" not in content
        assert b"@import" not in content


def test_compressed_copies_hold_the_pages(dashboard: Settings) -> None:
    for path in dashboard.dashboard_dir.glob("*.html"):
        content = path.read_bytes()
        assert gzip.decompress(path.with_name(f"{path.name}.gz").read_bytes()) == content
        assert brotli.decompress(path.with_name(f"{path.name}.br").read_bytes()) == content


def test_the_same_publication_gives_the_same_pages(dashboard: Settings) -> None:
    before = {path.name: path.read_bytes() for path in dashboard.dashboard_dir.iterdir()}
    build_dashboard(dashboard)
    assert {path.name: path.read_bytes() for path in dashboard.dashboard_dir.iterdir()} == before
    assert INDEX in before


def test_every_page_leads_to_every_page(dashboard: Settings) -> None:
    names = {path.name for path in dashboard.dashboard_dir.iterdir() if path.suffix in (".html", ".csv")}
    seen, todo = set(), [INDEX]
    while todo:
        name = todo.pop()
        if name not in seen:
            seen.add(name)
            content = (dashboard.dashboard_dir / name).read_text(encoding="utf-8")
            for address, fragment in re.findall(r'href="([^"#:]+)(?:#([^"]+))?"', content):
                todo.append(address)
                if fragment:
                    assert f'id="{fragment}"' in (dashboard.dashboard_dir / address).read_text(
                        encoding="utf-8"
                    )
    assert seen == names
    assert sum(name.endswith(".html") for name in names) == 2 * len(PAGES) * len(Language) * 3 + 1
