"""How every measure of every published table comes from its evidence: declared once, as data.

In the SQL here `e` is a row of evidence and `f` the published row that is explained, with all its columns and
those of `BOUNDS`. It says the same as the marts in other words: an explanation is a second calculation.
"""

from dataclasses import dataclass, replace

from orchestration.explain import evidence
from orchestration.explain.evidence import Evidence

SUM = "coalesce(sum(value), 0)"
COUNT = "count(*)"
# NULL where nothing is known, and where something is not.
SUM_OF_KNOWN = "sum(value)"
SUM_IF_ALL_KNOWN = "case when count(*) = count(value) then coalesce(sum(value), 0) end"
DISTINCT_USERS = "count(distinct user_id)"
LATEST = "max(value)"
ANY = "count(*) > 0"


@dataclass(frozen=True)
class Measure:
    """A figure counted from rows of evidence: those with `match` (to the published row) and `where`.

    `value` is what a row contributes, `total` how contributions make the figure (over columns `value` and
    those of the evidence). Where `measurable` (over `f`) does not hold, the figure is NULL.
    """

    evidence: Evidence
    match: str
    total: str = COUNT
    value: str = "1"
    where: str = "true"
    measurable: str = "true"
    note: str = ""


@dataclass(frozen=True)
class Ratio:
    """A figure that divides two others of its row: numerator × `scale` ÷ denominator, to `decimals`."""

    numerator: str
    denominator: str
    scale: int = 1
    decimals: int | None = None


@dataclass(frozen=True)
class Rank:
    """The place of the row among all rows of its table, by `order` (SQL over its columns)."""

    order: tuple[str, ...]


Spec = Measure | Ratio | Rank

# What the published row `f` is completed with, beside run_as_of_at and run_as_of_date: bounds of windows.
BOUNDS = {
    "core_periods": """
        {start_at} as from_at,
        least(run_as_of_at, {end_at}) as to_at,
        {previous_start_at} as previous_from_at,
        least({previous_start_at} + (least(run_as_of_at, {end_at}) - {start_at}), {start_at})
            as previous_to_at
    """,
    "users_cohort_monthly": """
        cast(cohort_month + to_months(cast(months_since as integer)) as date) as activity_month
    """,
}

# Columns that are no sum, count, level, ratio or rank of rows, and what they are.
STATED = {
    "is_mature": "whether the window after the row's date has passed at the as-of",
    "period_start_date": "a bound of the period",
    "period_end_date": "a bound of the period",
    "previous_period_start_date": "a bound of the preceding period",
    "as_of_at": "the as-of of the publication",
    "rate_source": "the source of rate_cny: explain that",
    "rate_date": "the date of rate_cny: explain that",
}


def _match(**columns: str) -> str:
    """Equality of columns of the published row (names) and expressions over the evidence (values)."""
    return " and ".join(f"{expression} = f.{column}" for column, expression in columns.items())


def _same(*columns: str) -> str:
    return _match(**{column: f"e.{column}" for column in columns})


def _money(rows: Evidence, match: str, where: str = "true") -> dict[str, Measure]:
    """The four figures of every set of movements."""
    movements = Measure(rows, match, SUM, "e.amount_cny", where)

    def of(movement_type: str, value: str) -> Measure:
        return replace(movements, value=value, where=f"{where} and e.movement_type = '{movement_type}'")

    return {
        "gross_paid_cny": of("payment", "e.amount_cny"),
        "refund_cny": of("refund", "-e.amount_cny"),
        "chargeback_cny": of("chargeback", "-e.amount_cny"),
        "net_revenue_cny": movements,
    }


def _components(match: str, where: str, *names: str) -> dict[str, Measure]:
    """Paid amounts of components, before refunds."""
    return {
        f"{name}_cny": Measure(
            evidence.BILLED_MOVEMENTS,
            match,
            SUM,
            "e.amount_cny",
            f"{where} and e.movement_type = 'payment' and e.component = '{name}'",
        )
        for name in names
    }


def _flag(rows: Evidence, match: str, where: str) -> Measure:
    return Measure(rows, match, ANY, where=where)


# ------------------------------------------------------------------------------------------ core overview


def _core_daily() -> dict[str, Spec]:
    of_type = "(f.business_type = 'all' or e.business_type = f.business_type)"
    on_date = f"{_same('business_date')} and {of_type}"
    payers = Measure(evidence.PAYING_DAYS, _same("business_date", "business_type"))
    return {
        **_money(evidence.MOVEMENTS, on_date),
        "paid_order_count": Measure(
            evidence.PAID_ORDERS, f"{_match(business_date='e.paid_date')} and {of_type}"
        ),
        "paying_user_count": payers,
        "new_user_count": replace(payers, where="e.is_new"),
        "returning_user_count": replace(payers, where="not e.is_new"),
        "has_provisional_rate": _flag(evidence.MOVEMENTS, on_date, "e.is_rate_provisional"),
        "has_stale_rate": _flag(evidence.MOVEMENTS, on_date, "e.is_rate_stale"),
    }


def _core_periods() -> dict[str, Spec]:
    found: dict[str, Spec] = {}
    for prefix in ("", "previous_"):
        of_type = "(f.business_type = 'all' or e.business_type = f.business_type)"

        def within(instant: str, prefix: str = prefix) -> str:
            return f"e.{instant} >= f.{prefix}from_at and e.{instant} < f.{prefix}to_at"

        payers = Measure(
            evidence.PAYER_MOVEMENTS,
            f"{within('occurred_at')} and e.label = f.business_type",
            DISTINCT_USERS,
        )
        measures = {
            **_money(evidence.MOVEMENTS, f"{within('occurred_at')} and {of_type}"),
            "paid_order_count": Measure(evidence.PAID_ORDERS, f"{within('paid_at')} and {of_type}"),
            "paying_user_count": payers,
            "new_user_count": Measure(
                evidence.FIRST_PAYMENTS, f"{within('first_paid_at')} and {_same('business_type')}"
            ),
            "returning_user_count": replace(
                payers, match=f"{payers.match} and e.first_paid_at < f.{prefix}from_at"
            ),
        }
        found |= {prefix + name: measure for name, measure in measures.items()}
    return found


def _core_fx_daily() -> dict[str, Spec]:
    paid = f"{_match(business_date='e.paid_date')} and {_same('currency_code')}"
    settled = f"{_match(business_date='e.settled_date')} and {_same('currency_code')}"
    is_open = (
        f"{_same('currency_code')} and e.paid_date <= f.business_date "
        "and (e.settled_date is null or e.settled_date > f.business_date)"
    )
    on_paid_date = Measure(evidence.FX_POSITIONS, paid, SUM)
    on_settled_date = Measure(evidence.FX_POSITIONS, settled, SUM)
    level = Measure(evidence.FX_POSITIONS, is_open, SUM, "e.open_amount")
    open_cny = (
        "case when count(*) = 0 then 0.00 else "
        "cast(cast(sum(open_amount) as decimal(18, 4)) * (select rate_cny from figure) as decimal(18, 2)) end"
    )
    at_the_days_rate = (
        "The sum of open_amount at rate_cny of the day, rounded once; explain rate_cny for its raw line."
    )
    rate = Measure(evidence.OFFICIAL_RATES, _same("business_date", "currency_code"), LATEST, "e.rate_cny")
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
        "rate_cny": rate,
        "is_rate_provisional": _flag(rate.evidence, rate.match, "e.is_provisional"),
        "is_rate_stale": _flag(rate.evidence, rate.match, "e.is_stale"),
    }


def _core_freshness() -> dict[str, Spec]:
    return {
        "last_landed_at": Measure(evidence.BATCHES, _same("feed"), LATEST, "e.landed_at"),
        "last_updated_at": Measure(evidence.LATEST_CHANGES, _same("feed"), LATEST, "e._updated_at"),
    }


# --------------------------------------------------------------------------------------- order operations


def _orders_daily() -> dict[str, Spec]:
    attributes = ("platform", "country_code", "acquisition_channel")
    on_date, of_purchase = _same("business_date", *attributes), "e.business_type = 'purchase'"
    paid = Measure(
        evidence.PURCHASE_ORDERS, f"{_match(business_date='e.paid_date')} and {_same(*attributes)}"
    )
    return {
        "paid_order_count": paid,
        "item_quantity": replace(
            paid,
            evidence=evidence.PURCHASE_ORDERS.with_links(evidence.ORDER_LINES),
            value="e.item_quantity",
            total=SUM,
        ),
        **_components(
            on_date, of_purchase, "goods", "domestic_freight", "service_fee", "supplement", "unallocated"
        ),
        **_money(evidence.MOVEMENTS, on_date, of_purchase),
    }


def _orders_cohort_daily() -> dict[str, Spec]:
    paid = Measure(evidence.PURCHASE_ORDERS, f"{_match(business_date='e.paid_date')} and {_same('platform')}")
    results = replace(paid, evidence=evidence.PURCHASE_ORDER_RESULTS)
    found: dict[str, Spec] = {
        "paid_order_count": paid,
        "completed_order_count": replace(paid, where="e.is_completed"),
        "cancelled_order_count": replace(paid, where="e.is_cancelled"),
        "refunded_order_count": replace(results, where="e.refund_cny > 0"),
        "fully_refunded_order_count": replace(
            results, where="e.gross_paid_cny > 0 and e.refund_cny >= e.gross_paid_cny"
        ),
        "purchase_cost_known_order_count": replace(paid, where="e.purchase_cost_cny is not null"),
        **_money(
            evidence.MOVEMENTS,
            f"{_match(business_date='e.order_paid_date')} and {_same('platform')}",
            "e.business_type = 'purchase'",
        ),
        "purchase_cost_cny": replace(paid, value="e.purchase_cost_cny", total=SUM_OF_KNOWN),
        "purchase_margin_cny": replace(
            results,
            value="e.net_revenue_cny - e.purchase_cost_cny",
            total=SUM_OF_KNOWN,
            note="Orders whose purchase cost is not known yet contribute nothing.",
        ),
    }
    for name, instant in (("purchase", "purchased_at"), ("store", "stored_at")):
        times = replace(paid, evidence=evidence.PURCHASE_ORDER_TIMES)
        found |= _percentiles(f"hours_to_{name}", times, "paid_at", instant, 3_600_000_000)
    return found


def _percentiles(name: str, rows: Measure, earlier: str, later: str, unit: int) -> dict[str, Spec]:
    """Percentiles of the time between two instants of the rows, in units of so many microseconds."""
    elapsed = f"epoch_us({later}) - epoch_us({earlier})"

    def total(tenths: int) -> str:
        # The two values nearest to place p·(n−1) count for as many tenths as they are near to it.
        weighted = (
            f"(select sum(elapsed * greatest(10 - abs(10 * place - {tenths} * (value_count - 1)), 0)) from "
            f"(select {elapsed} as elapsed, row_number() over (order by {elapsed}) - 1 as place, "
            "count(*) over () as value_count from evidence_rows))"
        )
        rounded = f"((abs({weighted}) * 20000 + {10 * unit}) // {20 * unit})"
        return f"min(cast(sign({weighted}) * {rounded} as decimal(22, 0)) * 0.0001)"

    return {
        f"{name}_p{10 * tenths}": replace(
            rows,
            value=f"(epoch_us(e.{later}) - epoch_us(e.{earlier})) / {unit}",
            where=f"e.{earlier} is not null and e.{later} is not null",
            total=total(tenths),
            note=f"The {10 * tenths}th percentile of the values, interpolated between the two nearest.",
        )
        for tenths in (5, 9)
    }


def _orders_conversion_daily() -> dict[str, Spec]:
    created = Measure(evidence.PURCHASE_ORDERS, _same("created_date", "platform"), where="e.is_created")

    def paid_within(hours: int) -> Measure:
        return replace(
            created, where=f"{created.where} and e.paid_at < e.created_at + interval '{hours}' hour"
        )

    return {
        "created_order_count": created,
        "paid_24h_count": paid_within(24),
        "paid_72h_count": paid_within(72),
        "paid_count": replace(created, where=f"{created.where} and e.paid_at is not null"),
        "paid_72h_ratio": Ratio("paid_72h_count", "created_order_count"),
    }


def _orders_refunds_daily() -> dict[str, Spec]:
    refunds = Measure(
        evidence.BILLED_MOVEMENTS,
        f"{_same('business_date', 'business_type', 'component')} "
        f"and {_match(reason='e.refund_reason', destination='e.refund_destination')}",
        SUM,
        "-e.amount_cny",
        "e.movement_type = 'refund'",
    )
    return {
        "refund_count": replace(refunds, total="count(distinct refund_id)"),
        "refund_cny": refunds,
    }


# --------------------------------------------------------------------------------- logistics & forwarding


def _parcel_sums(paid: Measure) -> dict[str, Measure]:
    boxes = replace(paid, evidence=evidence.PARCEL_ORDER_BOXES, total=SUM)
    return {
        "paid_order_count": paid,
        "chargeable_weight_g": replace(
            boxes,
            evidence=evidence.PARCEL_ORDER_BOXES.with_links(evidence.SHIPPING_LINES),
            value="e.chargeable_weight_g",
        ),
        "box_count": replace(boxes, value="e.box_count"),
        "actual_weight_g": replace(boxes, value="e.actual_weight_g"),
        "carrier_cost_cny": replace(boxes, value="e.carrier_cost_cny", total=SUM_OF_KNOWN),
    }


def _forwarding_daily() -> dict[str, Spec]:
    attributes = ("warehouse_code", "line_code", "channel", "country_code")
    on_date, of_forwarding = _same("business_date", *attributes), "e.business_type = 'forwarding'"
    paid = Measure(evidence.PARCEL_ORDERS, f"{_match(business_date='e.paid_date')} and {_same(*attributes)}")
    return {
        **_parcel_sums(paid),
        **_components(
            on_date,
            of_forwarding,
            "freight",
            "surcharge",
            "insurance",
            "customs",
            "supplement",
            "unallocated",
        ),
        **_money(evidence.MOVEMENTS, on_date, of_forwarding),
    }


def _forwarding_channel_share_daily() -> dict[str, Spec]:
    of_forwarding = "e.business_type = 'forwarding'"
    names = ("paid_order_count", "chargeable_weight_g", "gross_paid_cny")
    found: dict[str, Spec] = {}
    for prefix, of_channel in (("", f" and {_same('channel')}"), ("total_", "")):
        paid = Measure(evidence.PARCEL_ORDERS, _match(business_date="e.paid_date") + of_channel)
        measures = {
            **_parcel_sums(paid),
            **_money(evidence.MOVEMENTS, _same("business_date") + of_channel, of_forwarding),
        }
        found |= {prefix + name: measures[name] for name in names}
    return found | {f"{name}_share": Ratio(name, f"total_{name}") for name in names}


_LAST_30_DATES = "e.{date} > f.run_as_of_date - 30 and e.{date} <= f.run_as_of_date"


def _forwarding_routes() -> dict[str, Spec]:
    route = _same("warehouse_code", "country_code", "line_code")
    paid_in_window = f"{route} and {_LAST_30_DATES.format(date='business_date')}"
    of_forwarding = "e.business_type = 'forwarding'"
    orders = _parcel_sums(
        Measure(evidence.PARCEL_ORDERS, f"{route} and {_LAST_30_DATES.format(date='paid_date')}")
    )
    return {
        "rank": Rank(
            ("paid_order_count desc", "gross_paid_cny desc", "warehouse_code", "country_code", "line_code")
        ),
        "paid_order_count": orders["paid_order_count"],
        "chargeable_weight_g": orders["chargeable_weight_g"],
        "gross_paid_cny": _money(evidence.MOVEMENTS, paid_in_window, of_forwarding)["gross_paid_cny"],
        **_components(paid_in_window, of_forwarding, "freight"),
        "freight_per_kg_cny": Ratio("freight_cny", "chargeable_weight_g", scale=1000, decimals=2),
    }


def _forwarding_transit_daily() -> dict[str, Spec]:
    shipped = Measure(evidence.SHIPMENTS, _same("shipped_date", "line_code"), where="e.is_counted")
    return {
        "shipped_count": shipped,
        "delivered_count": replace(shipped, where=f"{shipped.where} and e.is_delivered"),
        "on_time_count": replace(
            shipped,
            evidence=evidence.SHIPMENTS.with_links(evidence.SHIPPING_LINES),
            where=f"{shipped.where} "
            "and e.delivered_at <= e.shipped_at + to_days(cast(e.promised_days as integer))",
        ),
        **{
            f"{status}_count": replace(shipped, where=f"{shipped.where} and e.status = '{status}'")
            for status in ("lost", "returned", "seized")
        },
        **_percentiles(
            "transit_days",
            replace(shipped, match=f"{shipped.match} and e.is_counted"),
            "shipped_at",
            "delivered_at",
            86_400_000_000,
        ),
    }


def _services_daily() -> dict[str, Spec]:
    return {
        "paid_order_count": Measure(
            evidence.PAID_SERVICES, f"{_match(business_date='e.paid_date')} and {_same('service_code')}"
        ),
        **_money(evidence.MOVEMENTS, _same("business_date", "service_code"), "e.business_type = 'service'"),
    }


# -------------------------------------------------------------------------------------------- user growth


def _users_daily() -> dict[str, Spec]:
    payers = Measure(evidence.PAYING_DAYS, _same("business_date"), where="e.business_type = 'all'")
    traffic = Measure(evidence.TRAFFIC, _match(business_date="e.traffic_date"), SUM_OF_KNOWN)
    return {
        "registered_user_count": Measure(evidence.USERS, _match(business_date="e.registered_date")),
        "paying_user_count": payers,
        "new_user_count": replace(payers, where=f"{payers.where} and e.is_new"),
        "returning_user_count": replace(payers, where=f"{payers.where} and not e.is_new"),
        **{
            f"active_buyers_{days}d": replace(
                payers,
                match=f"e.business_date > f.business_date - {days} and e.business_date <= f.business_date",
                total=DISTINCT_USERS,
                note=f"Each user once, however often they paid on the {days} dates.",
            )
            for days in (7, 30)
        },
        "visitor_count": replace(traffic, value="e.visitor_count"),
        "session_count": replace(traffic, value="e.session_count"),
    }


def _users_segments_daily() -> dict[str, Spec]:
    attributes = ("country_code", "acquisition_channel", "gender")
    on_date = _same("business_date", *attributes)
    payers = Measure(evidence.PAYING_DAYS, on_date, where="e.business_type = 'all'")
    return {
        "registered_user_count": Measure(
            evidence.USERS, f"{_match(business_date='e.registered_date')} and {_same(*attributes)}"
        ),
        "paying_user_count": payers,
        "new_user_count": replace(payers, where=f"{payers.where} and e.is_new"),
        "net_revenue_cny": _money(evidence.MOVEMENTS, on_date)["net_revenue_cny"],
    }


def _users_conversion_daily() -> dict[str, Spec]:
    registered = Measure(evidence.USERS, _same("registered_date", "acquisition_channel"))

    def paid_within(days: int) -> Measure:
        return Measure(
            evidence.USERS_AND_FIRST_PAYMENTS,
            registered.match,
            where=f"e.first_paid_at < e.registered_at + to_days({days})",
        )

    return {
        "registered_user_count": registered,
        "paid_7d_count": paid_within(7),
        "paid_30d_count": paid_within(30),
        "paid_30d_ratio": Ratio("paid_30d_count", "registered_user_count"),
    }


def _users_cohort_monthly() -> dict[str, Spec]:
    # A refund cannot come before the cohort's first month; dated earlier by its source, it belongs there.
    month = "greatest(cast(date_trunc('month', e.business_date) as date), e.cohort_month)"
    is_over = "f.activity_month < date_trunc('month', f.run_as_of_date)"
    not_over = "NULL while the month is not over."
    return {
        "cohort_user_count": Measure(
            evidence.FIRST_PAYMENTS,
            _match(cohort_month="e.first_paid_month"),
            where="e.business_type = 'all'",
        ),
        "active_user_count": Measure(
            evidence.PAYING_DAYS,
            f"{_same('cohort_month')} and {month} = f.activity_month",
            DISTINCT_USERS,
            where="e.business_type = 'all'",
            measurable=is_over,
            note=not_over,
        ),
        "retention_ratio": Ratio("active_user_count", "cohort_user_count"),
        "net_revenue_cny": Measure(
            evidence.COHORT_MOVEMENTS,
            f"{_same('cohort_month')} and {month} <= f.activity_month",
            SUM,
            "e.amount_cny",
            measurable=is_over,
            note=f"Cumulative since the cohort's first month. {not_over}",
        ),
    }


def _users_geography() -> dict[str, Spec]:
    located = _match(country_code="e.located_country_code")
    found: dict[str, Spec] = {}
    for suffix, window in (("", "true"), ("_30d", _LAST_30_DATES.format(date="business_date"))):
        found |= {
            f"paying_user_count{suffix}": Measure(
                evidence.LOCATED_PAYING_DAYS, f"{located} and {window}", DISTINCT_USERS
            ),
            f"net_revenue_cny{suffix}": Measure(
                evidence.LOCATED_MOVEMENTS, f"{located} and {window}", SUM, "e.amount_cny"
            ),
            f"paying_user_rank{suffix}": Rank((f"paying_user_count{suffix} desc", "country_code")),
            f"net_revenue_rank{suffix}": Rank((f"net_revenue_cny{suffix} desc", "country_code")),
        }
    return found


SPECS: dict[str, dict[str, Spec]] = {
    "core_daily": _core_daily(),
    "core_periods": _core_periods(),
    "core_fx_daily": _core_fx_daily(),
    "core_data_quality": {"quarantined_count": Measure(evidence.QUARANTINE, _same("feed", "reason"))},
    "core_freshness": _core_freshness(),
    "orders_daily": _orders_daily(),
    "orders_cohort_daily": _orders_cohort_daily(),
    "orders_conversion_daily": _orders_conversion_daily(),
    "orders_refunds_daily": _orders_refunds_daily(),
    "forwarding_daily": _forwarding_daily(),
    "forwarding_channel_share_daily": _forwarding_channel_share_daily(),
    "forwarding_routes": _forwarding_routes(),
    "forwarding_transit_daily": _forwarding_transit_daily(),
    "services_daily": _services_daily(),
    "users_daily": _users_daily(),
    "users_segments_daily": _users_segments_daily(),
    "users_conversion_daily": _users_conversion_daily(),
    "users_cohort_monthly": _users_cohort_monthly(),
    "users_geography": _users_geography(),
}
