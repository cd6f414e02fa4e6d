"""What a row of each feed may say: ids from tiny spaces, so that keys collide, and values at the edges.

The columns of a row fall into groups that are said together (a status and its instants, an amount and its
currency); an update says one or two groups anew.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from tests.properties.chooser import Chooser

SHANGHAI = ZoneInfo("Asia/Shanghai")

# About 75 days around two month ends, with neighbours, weeks and windows of 7 and 30 days.
DATES = tuple(
    date(2026, month, day)
    for month, days in ((1, (5, 6, 12, 30, 31)), (2, (1, 2, 4, 8, 28)), (3, (1, 2, 3, 10, 20)))
    for day in days
)
# By the last of these all has happened.
AS_OF_DATES = (*DATES[5:], *(date(2026, 4, 2),) * 4)
# Noon, the edges of a business date, and the edge of the UTC date inside it.
TIMES = ("12:00:00", "12:00:00", "12:00:00", "00:00:00", "23:59:59.999999", "07:59:59", "08:00:00")

Values = dict[str, str | None]
Group = Callable[[Chooser, "Ids"], Values]


@dataclass(frozen=True)
class Ids:
    """The ids that occur. `o1` is an order id of every type."""

    users: tuple[str, ...]
    orders: dict[str, tuple[str, ...]]
    payments: tuple[str, ...]
    refunds: tuple[str, ...]
    settlements: tuple[str, ...]
    transactions: tuple[str, ...]


def make_ids(size: int) -> Ids:
    """Ids for about so many orders of each journey."""

    def numbered(prefix: str, count: int) -> tuple[str, ...]:
        return tuple(f"{prefix}{number}" for number in range(1, count + 1))

    orders = {"purchase": "p", "forwarding": "f", "service": "s"}
    return Ids(
        numbered("u", size + 1),
        {order_type: (*numbered(prefix, size), "o1") for order_type, prefix in orders.items()},
        numbered("y", 3 * size),
        numbered("r", 2 * size),
        numbered("t", 2 * size),
        numbered("n", size),
    )


def moment(choose: Chooser, dates: tuple[date, ...] = DATES) -> datetime:
    """An instant in Shanghai's time."""
    day, time = choose.pick(dates), choose.pick(TIMES)
    return datetime.fromisoformat(f"{day} {time}").replace(tzinfo=SHANGHAI)


def instant(choose: Chooser) -> str:
    """An instant as text: mostly naive, which means the source's zone, sometimes with an offset."""
    at = moment(choose)
    form = choose.pick(("naive", "naive", "naive", "offset", "utc"))
    if form == "utc":
        return (at - timedelta(hours=8)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return at.isoformat(sep=" ") if form == "offset" else at.replace(tzinfo=None).isoformat(sep=" ")


def _flag(column: str) -> Group:
    return lambda choose, ids: {column: choose.pick((None,) * 22 + ("false", "true"))}


def _one_of(column: str, *options: str | None) -> Group:
    return lambda choose, ids: {column: choose.pick(options)}


def _instant(column: str) -> Group:
    return lambda choose, ids: {column: instant(choose)}


def _user(choose: Chooser, ids: Ids) -> Values:
    return {"user_id": choose.pick(ids.users)}


def _lifecycle(stages: dict[str, tuple[str, ...]]) -> Group:
    """A status with the instants that it implies; the others are empty."""
    columns = dict.fromkeys(column for reached in stages.values() for column in reached)

    def said(choose: Chooser, ids: Ids) -> Values:
        status = choose.pick(tuple(stages))
        return {"status": status} | {
            column: instant(choose) if column in stages[status] else None for column in columns
        }

    return said


def _purchase_bill(choose: Chooser, ids: Ids) -> Values:
    return {
        "goods_cny": choose.pick(("100", "100", "60", "33.33", "0", "0.01")),
        "domestic_freight_cny": choose.pick((None, "10", "33.33", "0")),
        "service_fee_cny": choose.pick((None, "10", "33.33", "0.01")),
        "discount_cny": choose.pick((None,) * 4 + ("0.01", "5", "10", "1000")),
    }


def _forwarding_bill(choose: Chooser, ids: Ids) -> Values:
    return {
        "freight_cny": choose.pick(("100", "60", "33.33", "0")),
        "surcharge_cny": choose.pick((None, None, "10", "33.33")),
        "insurance_cny": choose.pick((None, None, "0.01")),
        "customs_cny": choose.pick((None, None, "10")),
        "service_cny": choose.pick((None, "10", "33.33", "0")),
        "discount_cny": choose.pick((None,) * 4 + ("0.01", "10", "1000")),
    }


def _service_bill(choose: Chooser, ids: Ids) -> Values:
    return {
        "fee_cny": choose.pick(("10", "60", "0")),
        "discount_cny": choose.pick((None, None, "0.01", "10")),
    }


def _payment_of(choose: Chooser, ids: Ids) -> Values:
    purpose = choose.pick(("order",) * 6 + ("supplement", "topup"))
    if purpose == "topup":
        return {"purpose": purpose, "order_type": None, "order_id": None}
    order_type = choose.pick(("purchase", "purchase", "forwarding", "forwarding", "service"))
    return {
        "purpose": purpose,
        "order_type": order_type,
        "order_id": choose.pick(ids.orders[order_type]),
    }


_FOREIGN_AMOUNTS = {"USD": ("15", "8.55", "0"), "JPY": ("2000", "150"), "KWD": ("4.125",)}


def _payment_money(choose: Chooser, ids: Ids) -> Values:
    currency_code = choose.pick(("CNY", "CNY", "USD", "USD", "JPY", "KWD"))
    if currency_code == "CNY":
        amount = choose.pick(("100", "110", "60", "40", "10", "0.01", "0", "1000", "33.335"))
        amount_cny, fee_amount = choose.pick((None, None, amount)), None
    else:
        amount = choose.pick(_FOREIGN_AMOUNTS[currency_code])
        amount_cny = choose.pick((None, "100", "110", "60", "0"))
        fee_amount = choose.pick((None, "0.35", "0"))
    return {
        "currency_code": currency_code,
        "amount": amount,
        "amount_cny": amount_cny,
        "fee_amount": fee_amount,
    }


def _payment_state(choose: Chooser, ids: Ids) -> Values:
    status = choose.pick(("succeeded",) * 12 + ("failed", "expired", "pending_review"))
    is_dated = status == "succeeded" and choose.pick((True,) * 20 + (False,))
    return {"status": status, "succeeded_at": instant(choose) if is_dated else None}


def _refund_state(choose: Chooser, ids: Ids) -> Values:
    status = choose.pick(("completed",) * 10 + ("requested", "rejected"))
    return {"status": status, "completed_at": instant(choose) if status == "completed" else None}


def _settled_by(choose: Chooser, ids: Ids) -> Values:
    """A transaction, a payment, or both: then the payment counts."""
    names = choose.pick(("transaction", "transaction", "payment", "both"))
    return {
        "provider_txn_id": None if names == "payment" else choose.pick(ids.transactions),
        "payment_id": None if names == "transaction" else choose.pick(ids.payments),
    }


def _box_size(choose: Chooser, ids: Ids) -> Values:
    return {
        "actual_weight_g": choose.pick(("1000", "400", "2501")),
        "length_mm": choose.pick((None, "400", "100")),
        "width_mm": "300",
        "height_mm": "200",
    }


def _line_terms(choose: Chooser, ids: Ids) -> Values:
    return {
        "volumetric_divisor": choose.pick((None, "6000", "5000")),
        "step_weight_g": choose.pick((None, "500", "100")),
        "promised_days": choose.pick((None, "3", "12")),
    }


def _quotation(choose: Chooser, ids: Ids) -> Values:
    unit_and_direction, values = choose.pick(
        (
            ((None, None), ("7.1", "7.25", "6.9")),
            (("100", "cny_per_foreign"), ("465.12", "710")),
            (("100", "foreign_per_cny"), ("14.1", "4.33")),
        )
    )
    return {
        "quote_value": choose.pick(values),
        "quote_unit": unit_and_direction[0],
        "quote_direction": unit_and_direction[1],
    }


def _published(choose: Chooser, ids: Ids) -> Values:
    return {"published_at": instant(choose) if choose.pick((False,) * 4 + (True,)) else None}


# A refund mostly names none; `postage` is unknown everywhere, the others in some order types.
_REFUNDED_COMPONENTS = (
    *(None,) * 4,
    *("goods", "domestic_freight", "freight", "service", "supplement", "postage"),
)

# What identifies a row of the feed.
KEY_GROUPS: dict[str, Group] = {
    "users": lambda choose, ids: {"user_id": choose.pick(ids.users)},
    "purchase_orders": lambda choose, ids: {"order_id": choose.pick(ids.orders["purchase"])},
    "purchase_order_lines": lambda choose, ids: {
        "order_id": choose.pick(ids.orders["purchase"]),
        "line_no": choose.pick(("1", "2")),
    },
    "forwarding_orders": lambda choose, ids: {"order_id": choose.pick(ids.orders["forwarding"])},
    "forwarding_boxes": lambda choose, ids: {
        "order_id": choose.pick(ids.orders["forwarding"]),
        "box_no": choose.pick(("1", "2")),
    },
    "shipping_lines": lambda choose, ids: {
        "line_code": choose.pick(("L1", "L2")),
        "valid_from": choose.pick(("2025-12-01", "2026-01-31", "2026-03-02")),
    },
    "service_orders": lambda choose, ids: {"order_id": choose.pick(ids.orders["service"])},
    "payments": lambda choose, ids: {"payment_id": choose.pick(ids.payments)},
    "refunds": lambda choose, ids: {"refund_id": choose.pick(ids.refunds)},
    "settlements": lambda choose, ids: {"settlement_id": choose.pick(ids.settlements)},
    "fx_rates": lambda choose, ids: {
        "rate_source": choose.pick(("central_parity",) * 5 + ("ecb",)),
        "rate_date": choose.pick(DATES).isoformat(),
        "currency_code": choose.pick(("USD", "USD", "JPY", "KWD")),
    },
    "traffic_daily": lambda choose, ids: {
        "traffic_date": choose.pick(DATES).isoformat(),
        "acquisition_channel": choose.pick(("search", "social")),
        "country_code": choose.pick(("US", "DE")),
    },
}

# What else is said of it, group by group.
GROUPS: dict[str, tuple[Group, ...]] = {
    "users": (
        _instant("registered_at"),
        _one_of("country_code", "US", "DE", "FR", None, "ZZ", "unknown"),
        _one_of("acquisition_channel", "search", "social", "a@b.example", None, "unknown"),
        _one_of("gender", None, "female", "male", "unknown"),
        _flag("is_test"),
    ),
    "purchase_orders": (
        _user,
        _one_of("platform", "taobao", "1688"),
        _instant("created_at"),
        _purchase_bill,
        _lifecycle(
            {
                "paid": (),
                "pending_payment": (),
                "purchased": ("purchased_at",),
                "stored": ("purchased_at", "stored_at"),
                "completed": ("purchased_at", "stored_at", "completed_at"),
                "cancelled": ("cancelled_at",),
            }
        ),
        _one_of("purchase_cost_cny", None, "70", "0"),
        _flag("is_test"),
    ),
    "purchase_order_lines": (_one_of("quantity", "1", "3", "0"),),
    "forwarding_orders": (
        _user,
        _one_of("warehouse_code", "GZ", "SH", "ask a@b.example"),
        _one_of("line_code", "L1", "L2", "L9"),
        _one_of("destination_country", "US", "FR"),
        _instant("created_at"),
        _forwarding_bill,
        _lifecycle(
            {
                "paid": (),
                "packing": (),
                "shipped": ("packed_at", "shipped_at"),
                "delivered": ("packed_at", "shipped_at", "delivered_at"),
                "cancelled": ("cancelled_at",),
                "returned": ("shipped_at",),
                "lost": ("shipped_at",),
                "seized": ("shipped_at",),
            }
        ),
        _flag("is_test"),
    ),
    "forwarding_boxes": (_box_size, _one_of("carrier_cost_cny", None, "55.5", "0")),
    "shipping_lines": (_one_of("channel", "EMS", "DHL", "13800138000"), _line_terms),
    "service_orders": (
        _user,
        _one_of("service_code", "photo", "repack"),
        _instant("created_at"),
        _service_bill,
        _lifecycle({"requested": (), "paid": (), "done": ("done_at",), "cancelled": ("cancelled_at",)}),
        _flag("is_test"),
    ),
    "payments": (
        _user,
        _payment_of,
        _payment_money,
        _payment_state,
        _instant("initiated_at"),
        _one_of("method", "card", "card", "wallet"),
        lambda choose, ids: {"provider_txn_id": choose.pick((None, *ids.transactions))},
        _flag("is_test"),
    ),
    "refunds": (
        lambda choose, ids: {"payment_id": choose.pick(ids.payments)},
        _refund_state,
        _one_of("component", *_REFUNDED_COMPONENTS),
        _one_of("amount_cny", *("1", "10", "0.01") * 3, "50", "100", "1000", "0"),
        _one_of("reason", None, "broken", "call Anna"),
        _one_of("destination", None, "original", "wallet"),
        _one_of("is_chargeback", None, None, None, "true"),
    ),
    "settlements": (
        _settled_by,
        _one_of("type", "charge", "charge", "charge", "refund"),
        _instant("settled_at"),
        _one_of("net_cny", "72.5", "100", "-3", "0"),
    ),
    "fx_rates": (_quotation, _published),
    "traffic_daily": (_one_of("visitors", "10", "0"), _one_of("sessions", "12", "0")),
}

# Feeds as often as they are worth a change.
FEEDS_BY_WEIGHT: tuple[str, ...] = tuple(
    feed
    for feed, weight in {
        "payments": 8,
        "purchase_orders": 4,
        "forwarding_orders": 4,
        "refunds": 4,
        "users": 5,
        "service_orders": 2,
        "fx_rates": 3,
        "settlements": 2,
        "forwarding_boxes": 2,
        "shipping_lines": 1,
        "purchase_order_lines": 1,
        "traffic_daily": 1,
    }.items()
    for _ in range(weight)
)
