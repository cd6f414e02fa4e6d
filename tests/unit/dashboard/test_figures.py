"""Money in a display currency: sums of published days, nothing where a rate is missing."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from dashboard.figures import Reader
from ingest.foundation.errors import WarehouseError
from orchestration.reading.published import open_published
from tests.unit.dashboard.conftest import TODAY, PublishedFile

YESTERDAY = TODAY - timedelta(days=1)


def daily_net(reader: Reader) -> list[Decimal | None]:
    return [row["net_revenue"] for row in reader.rows("core_overview_daily")]


def period(reader: Reader, name: str) -> dict[str, Any]:
    (row,) = (row for row in reader.rows("periods") if (row["period"], row["business_type"]) == (name, "all"))
    return row


def test_a_day_without_a_rate_is_missing_and_so_is_its_period(published_file: PublishedFile) -> None:
    published_file.day(YESTERDAY, "70.00")
    published_file.day(TODAY, "14.00")
    published_file.display("USD", YESTERDAY, None, None)
    published_file.display("USD", TODAY, "7", "2.00")
    with open_published(published_file.settings) as connection:
        reader = Reader(connection)
        assert daily_net(reader) == [Decimal("70.00"), Decimal("14.00")]
        reader.show_in("USD")
        assert daily_net(reader) == [None, Decimal("2.00")]
        assert period(reader, "today")["net_revenue"] == Decimal("2.00")
        assert period(reader, "this_week")["net_revenue"] is None
        reader.show_in("CNY")
        assert daily_net(reader) == [Decimal("70.00"), Decimal("14.00")]


def test_a_period_is_the_sum_of_its_published_days(published_file: PublishedFile) -> None:
    for day in (YESTERDAY, TODAY):
        published_file.day(day, "0.10")
        published_file.display("USD", day, "7", "0.01")
    with open_published(published_file.settings) as connection:
        reader = Reader(connection)
        reader.show_in("USD")
        # Twice 0.0142… is 0.01 + 0.01, though 0.20 CNY would be 0.03.
        assert period(reader, "this_week")["net_revenue"] == Decimal("0.02")


def test_a_currency_that_is_not_published_is_not_known(published_file: PublishedFile) -> None:
    published_file.day(TODAY, "14.00")
    with open_published(published_file.settings) as connection:
        reader = Reader(connection)
        reader.show_in("SEK")
        assert daily_net(reader) == [None]
        assert [row["rate_cny"] for row in reader.rows("status_display_rates")] == [None]


def test_a_query_that_does_not_fit_the_file_is_named(published_file: PublishedFile) -> None:
    published_file.execute("alter table audit.code_labels rename label_zh to label_cn")
    with open_published(published_file.settings) as connection, pytest.raises(WarehouseError) as said:
        Reader(connection)
    assert "the query code_labels does not fit the published file: Binder Error" in str(said.value)
    assert '"label_zh"' in str(said.value)
    assert "The pages and digests of the last build stay." in str(said.value)
