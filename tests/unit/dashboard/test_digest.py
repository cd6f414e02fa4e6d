"""Digests: the last finished week and month beside the one before, in both languages, with what changed since."""

from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from dashboard.digest.build import Letter, build_digests
from dashboard.digest.periods import Span, last_finished
from dashboard.texts import Language
from tests.unit.dashboard.conftest import AS_OF, PublishedFile

# The last finished week of Tuesday 3 March 2026.
WEEK = [date(2026, 2, 23) + timedelta(days=n) for n in range(7)]


def letter(published_file: PublishedFile, key: str, language: Language = Language.EN) -> Letter:
    (found,) = (
        each
        for each in build_digests(published_file.settings)
        if (each.key, each.language) == (key, language)
    )
    return found


@pytest.mark.parametrize(
    ("span", "as_of_date", "key", "dates"),
    [
        (Span.WEEK, date(2026, 3, 3), "2026-W09", (date(2026, 2, 23), date(2026, 3, 1), date(2026, 2, 16))),
        # A Monday: the week that ended yesterday.
        (Span.WEEK, date(2026, 3, 2), "2026-W09", (date(2026, 2, 23), date(2026, 3, 1), date(2026, 2, 16))),
        # The ISO year of a week is not always that of its Monday.
        (Span.WEEK, date(2026, 1, 5), "2026-W01", (date(2025, 12, 29), date(2026, 1, 4), date(2025, 12, 22))),
        (Span.MONTH, date(2026, 3, 1), "2026-02", (date(2026, 2, 1), date(2026, 2, 28), date(2026, 1, 1))),
        (
            Span.MONTH,
            date(2026, 1, 31),
            "2025-12",
            (date(2025, 12, 1), date(2025, 12, 31), date(2025, 11, 1)),
        ),
    ],
)
def test_periods(span: Span, as_of_date: date, key: str, dates: tuple[date, date, date]) -> None:
    period = last_finished(span, as_of_date)
    assert (period.key, (period.first, period.last, period.previous_first)) == (key, dates)


def test_figures_stand_beside_the_period_before(published_file: PublishedFile) -> None:
    for day in WEEK:
        published_file.day(day, "30.00")
        published_file.day(day - timedelta(days=7), "20.00")
    # Neither the running week nor what was before both counts.
    published_file.day(date(2026, 3, 2), "1000.00")
    published_file.day(WEEK[0] - timedelta(days=8), "1000.00")
    published_file.add("users_daily", business_date=WEEK[-1], active_buyers_7d=11, registered_user_count=3)
    english = letter(published_file, "2026-W09")
    assert english.text.splitlines()[0] == "Week of 23 Feb – 1 Mar"
    core = english.text.split("Core Overview")[1].split("\n\n")[0]
    assert "Net revenue: 210.00  (140.00, ▲ 50.0%)" in core
    assert "Paying user: 11  (–, –)" in english.text
    assert english.subject == "Warehouse, Week of 23 Feb – 1 Mar: net revenue 210 CNY"
    assert ">210.00</td>" in english.html_path.read_text(encoding="utf-8")
    chinese = letter(published_file, "2026-W09", Language.ZH)
    assert chinese.text.startswith("2月23日 – 3月1日 周报\n数据截至 2026-03-03 12:00")
    assert "核心概览" in chinese.html


def test_what_was_restated_stands_with_its_cause(published_file: PublishedFile) -> None:
    runs = (("before", datetime(2026, 2, 20)), ("since", AS_OF))
    for run_id, as_of_at in runs:
        published_file.add(
            "runs", "audit", run_id=run_id, kind="increment", as_of_at=as_of_at, published_at=as_of_at
        )
    published_file.add(
        "code_labels",
        "audit",
        code_list="change_cause",
        code="late_landing",
        label_en="Delivered late",
        label_zh="迟到数据",
    )
    key = '{"business_date":"2026-02-24","business_type":"all"}'
    for run_id, column, value in (("since", "net_revenue_cny", "12"), ("before", "paid_order_count", "3")):
        published_file.add(
            "restatements",
            "audit",
            table_name="core_daily",
            key=key,
            column_name=column,
            first_published_value="10.00",
            previous_value="11.00",
            current_value=value,
            cause="late_landing",
            run_id=run_id,
            # When it was published by the clock does not matter: the same data and as-of give the same digest.
            restated_at=datetime(2030, 1, 1),
        )
    said = (
        letter(published_file, "2026-W09")
        .text.split("What changed after it was published")[1]
        .strip()
        .splitlines()
    )
    assert [line.strip() for line in said] == [
        "Net revenue of 24 Feb 2026: 10.00 → 12.00 (Delivered late)",
        "1 figures of core_daily: Delivered late",
    ]
    assert (
        "2026年2月24日净收入：10.00 → 12.00（迟到数据）"
        in letter(published_file, "2026-W09", Language.ZH).text
    )


def test_nothing_to_tell_is_said(published_file: PublishedFile) -> None:
    said = letter(published_file, "2026-02")
    assert "! No payment has been counted yet." in said.text
    assert "No published figure has changed." in said.html
    assert "Net revenue: –" in said.text


def test_a_short_or_incomplete_period_is_named(published_file: PublishedFile) -> None:
    for day in (*WEEK, WEEK[0] - timedelta(days=1)):
        published_file.day(day, "30.00")
    published_file.execute("update marts.core_daily set is_complete = business_date <> date '2026-02-25'")
    said = letter(published_file, "2026-W09").text
    assert "! Not complete: a feed was silent for too long." in said
    assert "! The period before has figures from 22 Feb 2026 on only: changes say little." in said


def test_names_are_text_in_a_mail(published_file: PublishedFile) -> None:
    published_file.add(
        "code_labels",
        "audit",
        code_list="business_type",
        code="service",
        label_en="<img src=x>",
        label_zh="x",
    )
    said = letter(published_file, "2026-02")
    assert "<img" not in said.html
    assert "&lt;img src=x&gt;" in said.html


def test_the_same_publication_gives_the_same_files(published_file: PublishedFile) -> None:
    paths = [
        path for each in build_digests(published_file.settings) for path in (each.text_path, each.html_path)
    ]
    before = {path: Path(path).read_bytes() for path in paths}
    build_digests(published_file.settings)
    assert {path: path.read_bytes() for path in paths} == before
    assert sorted(path.name for path in published_file.settings.digests_dir.iterdir()) == sorted(
        path.name for path in paths
    )
