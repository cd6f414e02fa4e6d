"""Figures of Core Overview."""

from dataclasses import replace

from orchestration.explain.evidence import landed, money, orders, people
from orchestration.explain.figures.measures import (
    COUNT,
    DISTINCT_ORDERS,
    DISTINCT_USERS,
    LATEST,
    SUM,
    SUM_IF_ALL_KNOWN,
    Measure,
    Spec,
    flag,
    match_of,
    money_figures,
    same,
)


def _core_daily() -> dict[str, Spec]:
    of_type = "(f.business_type = 'all' or e.business_type = f.business_type)"
    on_date = f"{same('business_date')} and {of_type}"
    payers = Measure(people.PAYING_DAYS, same("business_date", "business_type"))
    return {
        **money_figures(money.MOVEMENTS, on_date),
        "paid_order_count": Measure(
            orders.PAID_ORDERS, f"{match_of(business_date='e.paid_date')} and {of_type}", DISTINCT_ORDERS
        ),
        "paying_user_count": payers,
        "new_user_count": replace(payers, where="e.is_new"),
        "returning_user_count": replace(payers, where="not e.is_new"),
        "has_provisional_rate": flag(money.MOVEMENTS, on_date, "e.is_rate_provisional"),
        "has_stale_rate": flag(money.MOVEMENTS, on_date, "e.is_rate_stale"),
    }


def _core_periods() -> dict[str, Spec]:
    found: dict[str, Spec] = {}
    for prefix in ("", "previous_"):
        of_type = "(f.business_type = 'all' or e.business_type = f.business_type)"

        def within(instant: str, prefix: str = prefix) -> str:
            return f"e.{instant} >= f.{prefix}from_at and e.{instant} < f.{prefix}to_at"

        payers = Measure(
            people.PAYER_MOVEMENTS,
            f"{within('occurred_at')} and e.label = f.business_type",
            DISTINCT_USERS,
        )
        measures = {
            **money_figures(money.MOVEMENTS, f"{within('occurred_at')} and {of_type}"),
            "paid_order_count": Measure(
                orders.PAID_ORDERS, f"{within('paid_at')} and {of_type}", DISTINCT_ORDERS
            ),
            "paying_user_count": payers,
            "new_user_count": Measure(
                people.FIRST_PAYMENTS, f"{within('first_paid_at')} and {same('business_type')}"
            ),
            "returning_user_count": replace(
                payers, match=f"{payers.match} and e.first_paid_at < f.{prefix}from_at"
            ),
        }
        found |= {prefix + name: measure for name, measure in measures.items()}
    return found


def _core_hourly() -> dict[str, Spec]:
    def in_hour(instant: str) -> str:
        return (
            f"e.{instant} >= f.from_at and e.{instant} < f.from_at + to_hours(1) "
            "and (f.business_type = 'all' or e.business_type = f.business_type)"
        )

    return {
        **money_figures(money.MOVEMENTS, in_hour("occurred_at")),
        "paid_order_count": Measure(
            orders.PAID_ORDERS,
            in_hour("paid_at"),
            "count(distinct order_key)",
            note="An order that counts in two types is one order of `all`.",
        ),
        "paying_user_count": Measure(
            money.MOVEMENTS, in_hour("occurred_at"), DISTINCT_USERS, where="e.movement_type = 'payment'"
        ),
    }


def _core_display_daily() -> dict[str, Spec]:
    of_type = "(f.business_type = 'all' or e.business_type = f.business_type)"
    rate = Measure(money.OFFICIAL_RATES, same("business_date", "currency_code"), LATEST, "e.rate_cny")
    ten_billionths = "(select cast(rate_cny * 10000000000 as hugeint) from figure)"
    total = "coalesce(sum(value), 0)"
    converted = (
        f"cast(sign({total}) * ((abs(cast({total} * 100 as hugeint)) * 20000000000 + {ten_billionths}) "
        f"// (2 * {ten_billionths})) as decimal(20, 0)) * 0.01"
    )
    figures = money_figures(money.MOVEMENTS, f"{same('business_date')} and {of_type}")
    return {
        **{
            name.removesuffix("_cny"): replace(
                measure,
                total=converted,
                note="The sum in CNY divided by rate_cny, rounded once; explain rate_cny for its raw line.",
            )
            for name, measure in figures.items()
        },
        "rate_cny": rate,
        "is_rate_provisional": replace(
            rate,
            value="e.is_provisional",
            total="case when count(*) > 0 then bool_or(value) else (select currency_code from figure) "
            "not in (select currency_code from standardised.std_fx_rates) end",
            note="Without any rate of the currency yet, one is awaited.",
        ),
        "is_rate_stale": flag(rate.evidence, rate.match, "e.is_stale"),
    }


def _core_payments_daily() -> dict[str, Spec]:
    begun = Measure(
        money.ATTEMPTS,
        f"{match_of(business_date='e.initiated_date')} and {same('method', 'currency_code')}",
        where="e.initiated_at < f.run_as_of_at",
    )

    def ended_as(status: str) -> Measure:
        return replace(begun, where=f"{begun.where} and e.status = '{status}'")

    return {
        "initiated_count": begun,
        "succeeded_count": ended_as("succeeded"),
        "failed_count": ended_as("failed"),
        "expired_count": ended_as("expired"),
        "succeeded_ratio": replace(
            begun,
            where=f"{begun.where} and e.status in ('succeeded', 'failed', 'expired')",
            total="cast(count(*) filter (where status = 'succeeded') as double) / nullif(count(*), 0)",
        ),
        "amount_cny": replace(
            begun, where=f"{begun.where} and e.is_counted", total=SUM, value="e.amount_cny"
        ),
        "topup_cny": replace(
            ended_as("succeeded"),
            where=f"{ended_as('succeeded').where} and e.purpose = 'topup' and e.succeeded_at < f.run_as_of_at",
            total=SUM,
            value="e.amount_cny",
        ),
    }


def _core_fx_daily() -> dict[str, Spec]:
    paid = f"{match_of(business_date='e.paid_date')} and {same('currency_code')}"
    settled = f"{match_of(business_date='e.settled_date')} and {same('currency_code')}"
    is_open = (
        f"{same('currency_code')} and e.paid_date <= f.business_date "
        "and (e.settled_date is null or e.settled_date > f.business_date) and not e.is_untracked"
    )
    on_paid_date = Measure(money.FX_POSITIONS, paid, SUM)
    on_settled_date = Measure(money.FX_POSITIONS, settled, SUM)
    level = Measure(money.FX_POSITIONS, is_open, SUM, "e.open_amount")
    open_cny = (
        "case when count(*) = 0 then 0.00 else "
        "cast(cast(sum(open_amount) as decimal(18, 4)) * (select rate_cny from figure) as decimal(18, 2)) end"
    )
    at_the_days_rate = (
        "The sum of open_amount at rate_cny of the day, rounded once; explain rate_cny for its raw line."
    )
    rate = Measure(money.OFFICIAL_RATES, same("business_date", "currency_code"), LATEST, "e.rate_cny")
    return {
        "payment_count": replace(on_paid_date, total=COUNT),
        "paid_amount": replace(on_paid_date, value="e.amount"),
        "amount_cny": replace(on_paid_date, value="e.amount_cny"),
        **{
            name: replace(on_paid_date, value=f"e.{name}", total=SUM_IF_ALL_KNOWN)
            for name in ("booked_cny", "margin_cny", "fee_cny")
        },
        "settled_cny": replace(on_settled_date, value="e.settled_cny"),
        "realised_cny": replace(on_settled_date, value="e.realised_cny", total=SUM_IF_ALL_KNOWN),
        "open_amount": level,
        "open_cny": replace(level, total=open_cny, note=at_the_days_rate),
        "unrealised_cny": replace(
            level,
            total=f"case when count(*) = count(carrying_cny) "
            f"then {open_cny} - coalesce(sum(carrying_cny), 0) end",
            note=at_the_days_rate + " Less the sum of carrying_cny.",
        ),
        "untracked_cny": replace(
            on_paid_date, value="e.carrying_cny", where="e.is_untracked", total=SUM_IF_ALL_KNOWN
        ),
        "open_over_30d_cny": replace(
            level,
            match=f"{is_open} and e.paid_date < f.business_date - 30",
            total=open_cny,
            note=at_the_days_rate,
        ),
        "rate_cny": rate,
        "is_rate_provisional": flag(rate.evidence, rate.match, "e.is_provisional"),
        "is_rate_stale": flag(rate.evidence, rate.match, "e.is_stale"),
    }


def _core_freshness() -> dict[str, Spec]:
    return {
        "last_landed_at": Measure(landed.BATCHES, same("feed"), LATEST, "e.landed_at"),
        "last_updated_at": Measure(landed.LATEST_CHANGES, same("feed"), LATEST, "e._updated_at"),
    }


FIGURES: dict[str, dict[str, Spec]] = {
    "core_daily": _core_daily(),
    "core_periods": _core_periods(),
    "core_hourly": _core_hourly(),
    "core_display_daily": _core_display_daily(),
    "core_payments_daily": _core_payments_daily(),
    "core_fx_daily": _core_fx_daily(),
    "core_data_quality": {"quarantined_count": Measure(landed.QUARANTINE, same("feed", "reason"))},
    "core_freshness": _core_freshness(),
}
