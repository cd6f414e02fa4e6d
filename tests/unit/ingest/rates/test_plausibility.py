"""What is new, what is a correction, and what is too far from the last known rate."""

from ingest.rates.plausibility import Sorted, sort_fetched
from ingest.read.rates.rows import RateRow, rate_row


def row(day: str, value: str, code: str = "USD", direction: str = "cny_per_foreign") -> RateRow:
    return rate_row(
        "central_parity", day, code, quote_value=value, quote_unit="100", quote_direction=direction
    )


def known(*rows: RateRow) -> dict[str, dict[str, RateRow]]:
    result: dict[str, dict[str, RateRow]] = {}
    for each in rows:
        result.setdefault(each["currency_code"], {})[each["rate_date"]] = each
    return result


def counts(result: Sorted) -> tuple[int, int, int, int]:
    return len(result.new), len(result.corrected), len(result.implausible), result.unchanged_count


def test_the_first_rate_has_nothing_to_be_compared_with() -> None:
    assert counts(sort_fetched([row("2026-01-05", "700")], {})) == (1, 0, 0, 0)


def test_the_same_quotation_is_unchanged_however_it_is_written() -> None:
    assert counts(sort_fetched([row("2026-01-05", "700.0")], known(row("2026-01-05", "700")))) == (0, 0, 0, 1)


def test_twenty_percent_is_plausible_and_more_is_not() -> None:
    last = known(row("2026-01-05", "700"))
    assert counts(sort_fetched([row("2026-01-06", "840")], last)) == (1, 0, 0, 0)
    assert counts(sort_fetched([row("2026-01-06", "560")], last)) == (1, 0, 0, 0)
    result = sort_fetched([row("2026-01-06", "840.01")], last)
    assert counts(result) == (0, 0, 1, 0)
    assert result.implausible[0][1] == "+20.0 % from the last known rate, of 2026-01-05"
    assert counts(sort_fetched([row("2026-01-06", "559.99")], last)) == (0, 0, 1, 0)


def test_an_implausible_rate_is_no_reference_for_the_next() -> None:
    rows = [row("2026-01-05", "700"), row("2026-01-06", "900"), row("2026-01-07", "705")]
    result = sort_fetched(rows, {})
    assert [each["rate_date"] for each in result.new] == ["2026-01-05", "2026-01-07"]
    assert [each["rate_date"] for each, _ in result.implausible] == ["2026-01-06"]


def test_a_unit_that_changed_stays_out_day_after_day() -> None:
    rows = [row("2026-01-05", "700"), row("2026-01-06", "7.01"), row("2026-01-07", "7.02")]
    assert counts(sort_fetched(rows, {})) == (1, 0, 2, 0)


def test_a_correction_is_guarded_too() -> None:
    before = known(row("2026-01-05", "700"), row("2026-01-06", "701"))
    assert counts(sort_fetched([row("2026-01-06", "702")], before)) == (0, 1, 0, 0)
    assert counts(sort_fetched([row("2026-01-06", "1000")], before)) == (0, 0, 1, 0)
    only = known(row("2026-01-05", "700"))
    assert counts(sort_fetched([row("2026-01-05", "1000")], only)) == (0, 0, 1, 0)


def test_either_direction_is_compared_as_cny_per_unit() -> None:
    last = known(row("2026-01-05", "19000", "KRW", "foreign_per_cny"))
    assert counts(sort_fetched([row("2026-01-06", "19500", "KRW", "foreign_per_cny")], last)) == (1, 0, 0, 0)
    assert counts(sort_fetched([row("2026-01-06", "0.00526", "KRW")], last)) == (0, 0, 1, 0)


def test_a_value_that_is_no_number_is_left_to_the_landing() -> None:
    last = known(row("2026-01-05", "700"))
    assert counts(sort_fetched([row("2026-01-06", "abc"), row("2026-01-07", "701")], last)) == (2, 0, 0, 0)
