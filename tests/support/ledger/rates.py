"""Official exchange rates (R12, DECISIONS Rates)."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from fractions import Fraction

from tests.support.ledger.business_time import BusinessTime
from tests.support.ledger.feeds import Row
from tests.support.ledger.money import round_half_away

ONE = Decimal("1.0000000000")


class OfficialRates:
    """CNY per foreign unit by business date, with 10 decimals; carried forward, never invented."""

    def __init__(self, rows: Iterable[Row], official: str, fallback: str | None, time: BusinessTime) -> None:
        self._as_of_date = time.as_of_date
        self._sources = [official] if fallback is None else [official, fallback]
        published: dict[tuple[str, str], dict[date, Decimal]] = defaultdict(dict)
        for row in rows:
            if row.get("published_at") is None or time.has_happened(row["published_at"]):
                published[row["rate_source"], row["currency_code"]][row["rate_date"]] = cny_per_foreign(row)
        self._published = {place: sorted(by_date.items()) for place, by_date in published.items()}
        self._dates = {place: [day for day, _ in rates] for place, rates in self._published.items()}

    def on(self, currency_code: str, day: date) -> Decimal | None:
        """The rate of a business date: published for it, else the last before; None if there is none."""
        dated = self.dated_on(currency_code, day)
        return None if dated is None else dated[1]

    def dated_on(self, currency_code: str, day: date) -> tuple[date, Decimal] | None:
        """The rate of a business date, and the date it was published for; CNY is 1 of the date itself."""
        if currency_code == "CNY":
            return day, ONE
        for source in self._sources:
            place = (source, currency_code)
            index = bisect_right(self._dates.get(place, []), day)
            if index:
                return self._published[place][index - 1]
        return None

    def is_awaited(self, currency_code: str, day: date) -> bool:
        """Whether no rate is known for the date yet, and none for a later one that has begun."""
        if currency_code == "CNY":
            return False
        if self.on(currency_code, day) is not None:
            return self.is_provisional(currency_code, day)
        dates = (self._dates.get((source, currency_code), []) for source in self._sources)
        return not any(known and known[0] <= self._as_of_date for known in dates)

    def is_provisional(self, currency_code: str, day: date) -> bool:
        """Whether the day's rate is carried and no later rate of its source is known yet."""
        for source in self._sources:
            dates = self._dates.get((source, currency_code), [])
            if bisect_right(dates, day):
                return dates[-1] < day
        return False


def cny_per_foreign(row: Row) -> Decimal:
    """CNY per one foreign unit; `foreign_per_cny` with unit 100 is foreign units per 100 CNY."""
    value, unit = Fraction(row["quote_value"]), row.get("quote_unit") or 1
    if row.get("quote_direction") == "foreign_per_cny":
        return round_half_away(unit / value, 10)
    return round_half_away(value / unit, 10)
