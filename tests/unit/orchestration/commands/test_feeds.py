"""`warehouse feeds` says all that is declared, for people and for programs."""

import json

import pytest

from ingest.contract.feeds import FEEDS, Feed
from orchestration import cli


def test_without_a_name_every_feed_is_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["feeds"]) == 0
    lines = capsys.readouterr().out.splitlines()
    for feed in FEEDS.values():
        assert any(line.startswith(f"{feed.name} ") and line.endswith(feed.meaning) for line in lines)


@pytest.mark.parametrize("feed", FEEDS.values(), ids=list(FEEDS))
@pytest.mark.parametrize("columns", ["40", "80", "200"])
def test_every_column_is_shown(
    feed: Feed, columns: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    assert cli.main(["feeds", feed.name]) == 0
    printed = capsys.readouterr().out
    words = " ".join(printed.split())
    for column in feed.columns:
        assert f"\n{column.name} " in printed
        assert column.meaning.split()[0] in words
        if column.example:
            assert column.example in words


def test_json_is_what_is_declared(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["feeds", "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)
    assert [feed["feed"] for feed in listed] == list(FEEDS)
    assert cli.main(["feeds", "settlements", "--json"]) == 0
    settlements = json.loads(capsys.readouterr().out)
    assert settlements in listed
    assert settlements["key"] == ["settlement_id"]
    types = {column["column"]: column for column in settlements["columns"]}["type"]
    assert types["is_required"] is True
    assert types["codes"] == ["charge", "refund", "fee", "chargeback"]
    assert types["example"] == "charge"


def test_an_unknown_feed_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["feeds", "paymnts"]) == 2
    assert "'payments'" in capsys.readouterr().err
