"""The feeds as the contract declares them."""

import re

from ingest.contract.code_lists import CODE_LISTS_PATH, code_list
from ingest.contract.feeds import FEEDS


def test_every_feed_but_two_has_versions_and_all_have_a_key() -> None:
    for feed in FEEDS.values():
        assert feed.key
        assert set(feed.key) <= set(feed.required)
        if feed.name not in ("traffic_daily", "fx_rates"):
            assert "updated_at" in feed.required
            assert "is_deleted" in feed.column_names
    assert len(FEEDS) == 12


def test_personal_data_is_declared() -> None:
    assert {feed.name: feed.personal for feed in FEEDS.values() if feed.personal} == {
        "users": ("email", "phone")
    }


def test_every_closed_column_has_its_list_and_every_list_a_column() -> None:
    closed = {(feed.name, c.name) for feed in FEEDS.values() for c in feed.columns if c.type == "code"}
    assert code_list("purchase_orders", "platform") == ("taobao", "tmall", "1688", "other")
    for feed, column in closed:
        assert code_list(feed, column)
    listed = {tuple(line.split(",")[:2]) for line in CODE_LISTS_PATH.read_text().splitlines()[1:]}
    assert listed == closed


def test_names_are_plain() -> None:
    for feed in FEEDS.values():
        for name in (feed.name, *feed.column_names):
            assert re.fullmatch(r"[a-z][a-z0-9_]*", name)


def test_every_feed_and_column_says_in_one_sentence_what_it_means() -> None:
    for feed in FEEDS.values():
        for sentence in (feed.meaning, *(column.meaning for column in feed.columns)):
            assert re.fullmatch(r"[`A-Z].*(\.|…)", sentence), sentence
            assert "\n" not in sentence


def test_examples_are_given_for_all_that_is_required() -> None:
    for feed in FEEDS.values():
        for column in feed.columns:
            assert column.example or not column.is_required, (feed.name, column.name)


def test_only_order_feeds_and_payments_have_an_expected_rhythm() -> None:
    assert {feed.name: feed.rhythm_days for feed in FEEDS.values() if feed.rhythm_days} == {
        "purchase_orders": 1,
        "payments": 1,
        "forwarding_orders": 7,
        "service_orders": 7,
    }
