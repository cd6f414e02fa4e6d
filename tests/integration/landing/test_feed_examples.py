"""The examples of the declared feeds are rows that land as they are."""

from pathlib import Path

from ingest.contract.feeds import FEEDS
from ingest.foundation.settings import load_settings
from ingest.land.folders import land_path
from tests.support.landing import csv_text, deliver, quarantined, query


def test_the_example_row_of_every_feed_lands(tmp_path: Path) -> None:
    settings = load_settings(tmp_path / "home")
    for feed in FEEDS.values():
        deliver(tmp_path / "exports", f"{feed.name}/example.csv", csv_text([feed.example_row]))

    report = land_path(settings, tmp_path / "exports")

    assert report.exit_status == 0
    assert quarantined(settings) == []
    for feed in FEEDS.values():
        assert query(settings, f"select count(*) from raw.{feed.name}") == [(1,)], feed.name
        filled = [column for column in feed.columns if column.example]
        values = ", ".join(column.name for column in filled)
        assert None not in query(settings, f"select {values} from raw.{feed.name}")[0]
