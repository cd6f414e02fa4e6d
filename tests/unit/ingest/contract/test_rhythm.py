"""How long each feed may be silent: declared with the feed, overridden by the setting."""

from pathlib import Path

import pytest

from ingest.contract.rhythm import rhythm_days
from ingest.foundation.errors import UsageError
from ingest.foundation.settings import Settings


def test_payments_and_orders_have_a_rhythm_of_their_own(tmp_path: Path) -> None:
    assert rhythm_days(Settings(home=tmp_path)) == {
        "purchase_orders": 1,
        "forwarding_orders": 7,
        "service_orders": 7,
        "payments": 1,
    }


def test_the_setting_overrides_single_feeds(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, rhythm_days={"payments": 2, "settlements": 30, "service_orders": None})
    assert rhythm_days(settings) == {
        "purchase_orders": 1,
        "forwarding_orders": 7,
        "payments": 2,
        "settlements": 30,
    }


def test_an_unknown_feed_is_named_with_the_one_that_may_be_meant(tmp_path: Path) -> None:
    with pytest.raises(
        UsageError, match=r"rhythm_days: there is no feed 'payment' \(did you mean payments\?\)"
    ):
        rhythm_days(Settings(home=tmp_path, rhythm_days={"payment": 2}))
