"""The ledger's single rules, against examples computed by hand from docs/contract.md."""

from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest

from tests.properties.rows import make_row
from tests.support.ledger.bills import discounted, fill
from tests.support.ledger.business_time import BusinessTime
from tests.support.ledger.money import display_amount, percentile, round_half_away, round_product
from tests.support.ledger.parcels import chargeable_weight_g
from tests.support.ledger.people import People, User
from tests.support.ledger.rates import OfficialRates, cny_per_foreign
from tests.support.ledger.refunds import Refund, peel
from tests.support.ledger.versions import current_versions, version_history

SHANGHAI = ZoneInfo("Asia/Shanghai")
AS_OF = datetime(2026, 2, 10, tzinfo=UTC)


def money(**amounts: str) -> dict[str, Decimal]:
    return {name: Decimal(amount) for name, amount in amounts.items()}


@pytest.mark.parametrize(
    ("value", "places", "rounded"),
    [
        ("1.005", 2, "1.01"),
        ("-1.005", 2, "-1.01"),
        ("-10.235", 2, "-10.24"),
        ("1.004999", 2, "1.00"),
        ("-0.004", 2, "0.00"),
        ("12", 2, "12.00"),
        ("0.00000000005", 10, "0.0000000001"),
    ],
)
def test_rounds_half_away_from_zero(value: str, places: int, rounded: str) -> None:
    assert format(round_half_away(Decimal(value), places), "f") == rounded


@pytest.mark.parametrize(
    ("given_cny", "rate", "stored_cny", "shown"),
    [("1.005", "7", "1.01", "0.14"), ("-10.235", "7.1878", "-10.24", "-1.42")],
)
def test_display_currency_is_computed_from_stored_cny(
    given_cny: str, rate: str, stored_cny: str, shown: str
) -> None:
    stored = round_half_away(Decimal(given_cny))
    assert stored == Decimal(stored_cny)
    assert display_amount(stored, Decimal(rate)) == Decimal(shown)


@pytest.mark.parametrize("rate", [None, Decimal(0), Decimal(-7)])
def test_no_usable_rate_shows_no_amount(rate: Decimal | None) -> None:
    assert display_amount(Decimal("1.00"), rate) is None


def test_product_is_exact_before_it_is_rounded() -> None:
    assert round_product(Decimal("9999999999999.99"), Decimal("7.1234567891")) == Decimal("71234567890999.93")


def test_percentile_interpolates_between_ranks_and_is_rounded_once() -> None:
    values = [Fraction(4), Fraction(1), Fraction(2)]
    assert percentile(values, Fraction(1, 2)) == 2
    assert percentile(values, Fraction(9, 10)) == Fraction(36, 10)
    assert percentile([Fraction(0), Fraction(-1, 10_000)], Fraction(1, 2)) == Decimal("-0.0001")
    assert percentile([], Fraction(1, 2)) is None


def test_what_is_known_of_a_user_at_a_moment() -> None:
    rows = [
        make_row("users", updated_at="2026-01-03T00:00:00Z", gender="female"),
        make_row(
            "users", updated_at="2026-01-01T00:00:00Z", country_code="zz", acquisition_channel="unknown"
        ),
        make_row("users", updated_at="2026-01-05T00:00:00Z", country_code="US", gender="unknown"),
        make_row("users", updated_at="2026-01-07T00:00:00Z", country_code="FR", is_deleted="true"),
        make_row("users", updated_at="2026-01-05T00:00:00Z", country_code="DE"),
        make_row("users", updated_at="2026-01-09T00:00:00Z", acquisition_channel="search"),
    ]
    current = current_versions("users", rows, SHANGHAI).values()
    people = People(current, version_history("users", rows, SHANGHAI), BusinessTime("Asia/Shanghai", AS_OF))
    day = {number: people.at("u1", datetime(2026, 1, number, tzinfo=UTC)) for number in range(1, 11)}
    # The first known value reaches back; at an instant the later landing wins; a deleted version says nothing.
    assert [day[number].country_code for number in (1, 4, 5, 6, 8, 10)] == [
        "US",
        "US",
        "DE",
        "DE",
        "DE",
        "DE",
    ]
    assert {one.gender for one in day.values()} == {"female"}
    assert {one.acquisition_channel for one in day.values()} == {"search"}
    assert people.latest("u1") == day[10]
    assert people.at("u2", AS_OF) == User()


def test_latest_version_wins_by_updated_at_then_landing_order() -> None:
    rows = [
        make_row("users", country_code="US", updated_at="2026-01-02 00:00:00"),
        make_row("users", country_code="DE", updated_at="2026-01-01 00:00:00"),
        make_row("users", country_code="FR", updated_at="2026-01-01T16:00:00Z"),
    ]
    # The third is the same instant as the first and landed later.
    assert current_versions("users", rows, SHANGHAI)["u1",]["country_code"] == "FR"


def test_rate_row_without_updated_at_is_the_oldest() -> None:
    day = {"rate_date": "2026-01-05"}
    rows = [
        make_row("fx_rates", quote_value="7.1", updated_at="2026-01-05 10:00:00", **day),
        make_row("fx_rates", quote_value="7.2", **day),
    ]
    (current,) = current_versions("fx_rates", rows, SHANGHAI).values()
    assert current["quote_value"] == Decimal("7.1")


@pytest.mark.parametrize(
    ("value", "unit", "direction", "rate"),
    [
        ("7.1878", None, None, "7.1878000000"),
        ("4.6512", 100, "cny_per_foreign", "0.0465120000"),
        ("19345.5", 100, "foreign_per_cny", "0.0051691608"),
        ("3", 1, "foreign_per_cny", "0.3333333333"),
    ],
)
def test_quotation_becomes_cny_per_foreign(
    value: str, unit: int | None, direction: str | None, rate: str
) -> None:
    row = {"quote_value": Decimal(value), "quote_unit": unit, "quote_direction": direction}
    assert str(cny_per_foreign(row)) == rate


def rate_row(source: str, day: int, value: str, published_at: datetime | None = None) -> dict:
    return {
        "rate_source": source,
        "rate_date": date(2026, 2, day),
        "currency_code": "USD",
        "quote_value": Decimal(value),
        "published_at": published_at,
    }


def test_rate_is_carried_forward_and_never_back() -> None:
    rates = OfficialRates(
        [rate_row("central_parity", 3, "7.1"), rate_row("central_parity", 6, "7.2")],
        "central_parity",
        None,
        BusinessTime("Asia/Shanghai", AS_OF),
    )
    assert rates.on("USD", date(2026, 2, 2)) is None
    assert rates.on("USD", date(2026, 2, 5)) == Decimal("7.1")
    assert rates.on("USD", date(2026, 2, 6)) == Decimal("7.2")
    assert rates.on("CNY", date(2026, 2, 2)) == 1
    # A weekend is final once Monday's rate is known; after the last rate a day is provisional.
    assert not rates.is_provisional("USD", date(2026, 2, 5))
    assert rates.is_provisional("USD", date(2026, 2, 7))


def test_rate_not_yet_published_is_not_used() -> None:
    published_at = datetime(2026, 2, 6, 1, 15, tzinfo=UTC)
    rows = [rate_row("central_parity", 5, "7.1"), rate_row("central_parity", 6, "7.2", published_at)]
    before = OfficialRates(rows, "central_parity", None, BusinessTime("Asia/Shanghai", published_at))
    assert before.on("USD", date(2026, 2, 6)) == Decimal("7.1")
    after = OfficialRates(rows, "central_parity", None, BusinessTime("Asia/Shanghai", AS_OF))
    assert after.on("USD", date(2026, 2, 6)) == Decimal("7.2")


def test_fallback_is_used_only_where_the_official_source_has_nothing() -> None:
    rows = [
        rate_row("ecb", 1, "7.0"),
        rate_row("ecb", 5, "7.5"),
        rate_row("central_parity", 3, "7.1"),
        rate_row("other", 1, "9"),
    ]
    rates = OfficialRates(rows, "central_parity", "ecb", BusinessTime("Asia/Shanghai", AS_OF))
    assert rates.on("USD", date(2026, 2, 2)) == Decimal("7.0")
    assert rates.on("USD", date(2026, 2, 5)) == Decimal("7.1")


def test_discount_goes_to_the_largest_remainders() -> None:
    # 10.00 x 70/105 = 6.666.., x 20/105 = 1.904.., x 15/105 = 1.428..; two fen go to the last and first.
    bill = discounted(money(goods="70", domestic_freight="20", service_fee="15"), Decimal("10"))
    assert bill == money(goods="63.33", domestic_freight="18.10", service_fee="13.57")


def test_discount_ties_go_to_the_first_component() -> None:
    # 0.01 over three equal components: equal remainders.
    bill = discounted(money(goods="1", domestic_freight="1", service_fee="1"), Decimal("0.01"))
    assert bill == money(goods="0.99", domestic_freight="1", service_fee="1")
    bill = discounted(money(goods="0", domestic_freight="1", service_fee="1"), Decimal("0.01"))
    assert bill == money(goods="0", domestic_freight="0.99", service_fee="1")


@pytest.mark.parametrize("discount", ["3", "3.01", "100"])
def test_discount_up_to_or_above_the_bill_leaves_nothing(discount: str) -> None:
    assert discounted(money(goods="1", domestic_freight="2"), Decimal(discount)) == money(
        goods="0", domestic_freight="0"
    )


def test_two_payments_fill_the_bill_end_to_end() -> None:
    bill = money(goods="80", domestic_freight="10", service_fee="5")
    first, second, third = fill(bill, [Decimal("83"), Decimal("20"), Decimal("1")])
    assert first == money(goods="80", domestic_freight="3")
    assert second == money(domestic_freight="7", service_fee="5", supplement="8")
    assert third == money(supplement="1")


def test_payment_of_zero_is_zero_on_the_first_component() -> None:
    assert fill(money(goods="80"), [Decimal("0.00")]) == [money(goods="0")]


def test_bill_of_zero_makes_every_payment_a_supplement() -> None:
    assert fill(money(goods="0"), [Decimal("5")]) == [money(supplement="5")]


def refund(refund_id: str, amount: str, component: str | None = None, day: int = 1) -> Refund:
    return Refund(
        refund_id,
        "y1",
        component,
        "unknown",
        "unknown",
        datetime(2026, 2, day, tzinfo=UTC),
        Decimal(amount),
        is_chargeback=False,
    )


PAID = money(goods="80", domestic_freight="10", service_fee="5", supplement="8")


def test_unnamed_refund_takes_the_last_component_first() -> None:
    taken, quarantined = peel("purchase", PAID, [refund("r1", "20")])
    assert taken == {"r1": money(supplement="8", service_fee="5", domestic_freight="7")}
    assert not quarantined


def test_unnamed_refund_of_zero_is_zero_on_the_last_component_that_was_paid() -> None:
    taken, quarantined = peel("purchase", money(goods="80", domestic_freight="5"), [refund("r1", "0")])
    assert (taken, quarantined) == ({"r1": money(domestic_freight="0")}, set())


def test_named_refunds_go_first_whatever_their_date() -> None:
    refunds = [refund("r1", "9", day=1), refund("r2", "8", "supplement", day=5)]
    taken, _ = peel("purchase", PAID, refunds)
    assert taken == {"r2": money(supplement="8"), "r1": money(service_fee="5", domestic_freight="4")}


def test_named_component_may_go_below_zero_but_the_payment_may_not() -> None:
    taken, quarantined = peel(
        "purchase", PAID, [refund("r1", "15", "service_fee"), refund("r2", "88"), refund("r3", "0.01")]
    )
    # service_fee is at -10 after r1; what is left of the payment is 88, taken from the components above zero.
    assert taken["r1"] == money(service_fee="15")
    assert taken["r2"] == money(supplement="8", domestic_freight="10", goods="70")
    assert quarantined == {"r3"}


def test_refund_of_too_much_is_quarantined_whole_and_the_next_is_tried() -> None:
    taken, quarantined = peel("purchase", PAID, [refund("r1", "103.01"), refund("r2", "103")])
    assert quarantined == {"r1"}
    assert taken == {"r2": PAID}


@pytest.mark.parametrize("component", ["freight", "postage", "unallocated"])
def test_refund_of_an_unknown_component_is_quarantined(component: str) -> None:
    taken, quarantined = peel("purchase", PAID, [refund("r1", "1", component)])
    assert (taken, quarantined) == ({}, {"r1"})


def test_refunds_of_an_unallocated_payment_are_unallocated() -> None:
    refunds = [refund("r1", "10", "goods"), refund("r2", "20"), refund("r3", "71")]
    taken, quarantined = peel("purchase", money(unallocated="100"), refunds)
    assert taken == {"r1": money(unallocated="10"), "r2": money(unallocated="20")}
    assert quarantined == {"r3"}


@pytest.mark.parametrize(
    ("box", "line", "grams"),
    [
        # 400 x 300 x 200 mm = 24,000 cm3; / 6000 = 4 kg.
        (("1000", "400", "300", "200"), ("6000", None), 4000),
        (("4300.5", "400", "300", "200"), ("6000", None), 4301),
        (("4300.5", "400", "300", "200"), ("6000", "500"), 4500),
        (("4500", "400", "300", "200"), ("6000", "500"), 4500),
        (("1000", "400", None, "200"), ("6000", "500"), 1000),
        (("1001", "400", "300", "200"), (None, "500"), 1500),
        (("1000.2", "400", "300", "200"), None, 1001),
    ],
)
def test_chargeable_weight(
    box: tuple[str | None, ...], line: tuple[str | None, ...] | None, grams: int
) -> None:
    def numbers(columns: list[str], values: tuple[str | None, ...]) -> dict:
        return {
            column: None if value is None else Decimal(value)
            for column, value in zip(columns, values, strict=True)
        }

    box_row = numbers(["actual_weight_g", "length_mm", "width_mm", "height_mm"], box)
    line_row = None if line is None else numbers(["volumetric_divisor", "step_weight_g"], line)
    assert chargeable_weight_g(box_row, line_row) == grams


def test_day_is_over_at_shanghai_midnight() -> None:
    midnight = datetime(2026, 2, 9, 16, tzinfo=UTC)
    time = BusinessTime("Asia/Shanghai", midnight)
    assert time.as_of_date == date(2026, 2, 10)
    assert time.is_over(date(2026, 2, 9))
    assert not time.is_over(date(2026, 2, 10))
    assert not time.has_happened(midnight)
