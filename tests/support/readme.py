"""The README's first query: `python -m tests.support.readme [PUBLISHED_FILE]` writes its output into the page."""

import re
import sys
from pathlib import Path

import duckdb

README = Path(__file__).resolve().parents[2] / "README.md"
DEMO = Path("var/published/warehouse.duckdb")


def first_query() -> str:
    """The SQL an analyst types first, as the README has it."""
    found = re.search(r'books\.sql\("""(.*?)"""\)', README.read_text(encoding="utf-8"), re.DOTALL)
    assert found, "README.md has no first query"
    return found[1]


def with_output(page: str, output: str) -> str:
    return re.sub(
        r"(<!-- first-query:.*?-->\n).*?(<!-- /first-query -->)",
        lambda found: f"{found[1]}```\n{output.strip()}\n```\n{found[2]}",
        page,
        flags=re.DOTALL,
    )


def main(published: Path) -> None:
    with duckdb.connect(str(published), read_only=True) as books:
        output = str(books.sql(first_query()))
    README.write_text(with_output(README.read_text(encoding="utf-8"), output), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else DEMO)
