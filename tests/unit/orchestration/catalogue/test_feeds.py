"""What is generated from the declared feeds names all of them, and reads as what it is."""

import yaml

from ingest.contract.feeds import FEEDS
from orchestration.catalogue import feeds


def test_sources_have_every_feed_and_column_with_its_meaning() -> None:
    tables = yaml.safe_load("tables:\n" + feeds.as_source_tables())["tables"]
    assert [table["name"] for table in tables] == list(FEEDS)
    for table in tables:
        feed = FEEDS[table["name"]]
        assert table["description"] == feed.meaning
        described = {column["name"]: column["description"] for column in table["columns"]}
        assert {column.name: column.meaning for column in feed.columns}.items() <= described.items()
        assert [name for name in described if name.startswith("_")] == [
            "_landing_seq",
            "_batch_id",
            "_line",
            "_extra",
        ]


def test_the_short_table_marks_keys_and_what_is_required() -> None:
    lines = {line.split("`")[1]: line for line in feeds.as_short_table().splitlines() if line[2:3] == "`"}
    assert list(lines) == list(FEEDS)
    assert lines["traffic_daily"].endswith("visitors\\*, sessions\\*, cart_sessions, cost_cny |")
    assert "| **order_id**\\*, **line_no**\\*, seller_id, " in lines["purchase_order_lines"]


def test_every_section_has_a_line_a_column() -> None:
    sections = feeds.as_sections().split("\n## ")
    assert len(sections) == len(FEEDS)
    for section, feed in zip(sections, FEEDS.values(), strict=True):
        rows = [line for line in section.splitlines() if line.startswith("| `")]
        assert len(rows) == len(feed.columns)
        assert all(row.count(" | ") == 4 for row in rows)
