"""ECB's euro reference rates crossed to CNY."""

import io
import zipfile
from datetime import date
from fractions import Fraction

import pytest

from ingest.contract.feeds import FEEDS
from ingest.foundation.errors import RejectedFile
from ingest.read.publishers import convert_if_known
from ingest.read.rates.ecb import embedded_ecb_rows

PUBLISHERS = FEEDS["fx_rates"].publishers
HISTORY = (
    "Date,USD,JPY,CYP,CNY,\n"
    "2026-10-30,1.1172,175.68,N/A,7.4326,\n"
    "2026-10-29,1.1201,,N/A,7.43,\n"
    "1999-01-04,1.1789,133.73,0.58231,N/A,\n"
)


def quotes(content: bytes) -> list[tuple[str, str, str]]:
    rows = convert_if_known(PUBLISHERS, content, "eurofxref-hist.csv")
    assert rows is not None
    return [(row["rate_date"], row["currency_code"], row["quote_value"]) for row in rows]


def test_crosses_have_ten_decimals_and_unquoted_days_are_no_rows() -> None:
    assert quotes(HISTORY.encode()) == [
        ("2026-10-30", "EUR", "7.4326000000"),
        ("2026-10-30", "USD", "6.6528822055"),
        ("2026-10-30", "JPY", "0.0423076047"),
        ("2026-10-29", "EUR", "7.4300000000"),
        ("2026-10-29", "USD", "6.6333363093"),
    ]


def test_a_tie_is_rounded_away_from_zero() -> None:
    # 1 / 8388608 has 23 decimals; 0.00000000005 ÷ 1 is the tie itself.
    text = "Date,USD,CNY,\n2026-10-30,2,0.0000000003,\n"
    assert quotes(text.encode())[1] == ("2026-10-30", "USD", "0.0000000002")


def test_the_zip_and_the_file_of_the_day() -> None:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("eurofxref-hist.csv", HISTORY)
    assert quotes(archive.getvalue()) == quotes(HISTORY.encode())
    assert quotes(b"Date, USD, CNY, \n30 October 2026, 1.1172, 7.4326, \n") == [
        ("2026-10-30", "EUR", "7.4326000000"),
        ("2026-10-30", "USD", "6.6528822055"),
    ]


def test_a_value_that_is_no_number_is_passed_on_for_quarantine() -> None:
    assert quotes(b"Date,USD,CNY,\n2026-10-30,n.a.,7.4326,\n")[1] == ("2026-10-30", "USD", "n.a.")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("Date,USD,JPY,\n2026-10-30,1.1,175.68,\n", "line 1: the header has no column CNY"),
        (HISTORY[:75], "line 3: 2 fields where the header has 6"),
        (HISTORY.replace("2026-10-29", "30.10.26"), "line 3: the first field is not a date"),
        (HISTORY.replace("7.43,", "-7.43,"), "line 3: the CNY value is not a positive number"),
    ],
)
def test_a_file_cut_off_or_changed_is_refused_with_its_place(text: str, message: str) -> None:
    with pytest.raises(RejectedFile) as refusal:
        convert_if_known(PUBLISHERS, text.encode(), "eurofxref-hist.csv")
    assert str(refusal.value).startswith(f"eurofxref-hist.csv, {message}")


def test_a_zip_cut_off_is_refused() -> None:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("eurofxref-hist.csv", HISTORY)
    with pytest.raises(RejectedFile, match="cut off or corrupt"):
        convert_if_known(PUBLISHERS, archive.getvalue()[:-40], "eurofxref-hist.zip")


def test_the_embedded_history_is_exact() -> None:
    rows = embedded_ecb_rows(date(2026, 1, 1))
    assert min(row["rate_date"] for row in rows) == "2026-01-02"
    assert max(row["rate_date"] for row in rows) == "2026-10-30"
    day = {row["currency_code"]: row["quote_value"] for row in rows if row["rate_date"] == "2026-10-30"}
    exact = Fraction("7.4326") / Fraction("20275.17")
    assert abs(Fraction(day["IDR"]) - exact) <= Fraction(1, 2 * 10**10)
    assert day["EUR"] == "7.4326000000"


def test_the_embedded_history_starts_when_cny_does() -> None:
    assert min(row["rate_date"] for row in embedded_ecb_rows()) == "2005-04-01"
