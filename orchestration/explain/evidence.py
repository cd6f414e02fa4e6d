"""What can stand behind a published figure: relations of the build file, with the raw rows of each row."""

from dataclasses import dataclass, replace

from ingest.contract.feeds import FEEDS


@dataclass(frozen=True)
class RawLink:
    """The raw rows of a feed behind a row of evidence.

    `match` is the condition between `e` (evidence), `r` (raw row) and, where needed, `v` (the relation `via`
    between the two).
    """

    feed: str
    match: str
    via: str = ""


@dataclass(frozen=True)
class Evidence:
    """One kind of row that figures are counted from; `noun` names them (plural).

    `relation` is a query of the build file; `shown` are its columns that people see, the identifying one
    first; `order` is how they are listed.
    """

    noun: str
    relation: str
    shown: tuple[str, ...]
    order: str
    links: tuple[RawLink, ...] = ()

    def with_links(self, *links: RawLink) -> "Evidence":
        """The same rows with further raw rows behind them."""
        return replace(self, links=(*self.links, *links))


def _movements_of(condition: str, column: str) -> str:
    """Distinct ids of the payments or refunds among the movements that satisfy a condition."""
    return (
        "select distinct order_key, user_id, business_type, business_date, occurred_at, "
        f"{column} from standardised.std_money_movements where {condition}"
    )


_PAYMENTS = _movements_of("movement_type = 'payment'", "payment_id")
_REFUNDS = _movements_of("refund_id is not null", "refund_id")

_IS_OF_TYPE = "(e.business_type = 'all' or v.business_type = e.business_type)"

# -------------------------------------------------------------------------------------------------- orders

ORDER_ROWS = (
    RawLink("purchase_orders", "e.order_key = 'purchase/' || r.order_id"),
    RawLink("forwarding_orders", "e.order_key = 'forwarding/' || r.order_id"),
    RawLink("service_orders", "e.order_key = 'service/' || r.order_id"),
)
ORDER_LINES = RawLink("purchase_order_lines", "e.order_key = 'purchase/' || r.order_id")
BOXES = RawLink("forwarding_boxes", "e.order_key = 'forwarding/' || r.order_id")
SHIPPING_LINES = RawLink(
    "shipping_lines",
    "v.line_code = e.line_code and e.created_date >= v.valid_from "
    "and (v.valid_to is null or e.created_date < v.valid_to) "
    "and r.line_code = v.line_code and cast(r.valid_from as date) = v.valid_from",
    via="from standardised.std_shipping_lines",
)

# The payments that fill the order's bill: they made it paid.
_BILL_PAYMENTS = RawLink(
    "payments",
    "v.order_key = e.order_key and r.payment_id = v.payment_id",
    via="select order_key, payment_id from standardised.std_payments where fill_to_cny is not null",
)
_ORDER_MONEY = (
    RawLink("payments", "v.order_key = e.order_key and r.payment_id = v.payment_id", via=_PAYMENTS),
    RawLink("refunds", "v.order_key = e.order_key and r.refund_id = v.refund_id", via=_REFUNDS),
)

# A service billed inside a parcel order is one paid service order (CONTRACT R19).
PAID_ORDERS = Evidence(
    noun="paid orders",
    relation="""
        select order_key, business_type, user_id, status, paid_date, paid_at
        from standardised.std_orders
        where paid_date is not null
        union all
        select order_key, 'service' as business_type, user_id, status, paid_date, paid_at
        from standardised.std_forwarding_orders
        where paid_date is not null and is_service_billed
    """,
    shown=("order_key", "business_type", "user_id", "status", "paid_at"),
    order="paid_at, order_key, business_type",
    links=(*ORDER_ROWS, _BILL_PAYMENTS),
)

PAID_SERVICES = replace(
    PAID_ORDERS,
    noun="paid service orders",
    relation="""
        select order_key, service_code, user_id, status, paid_date, paid_at
        from standardised.std_service_orders
        where paid_date is not null
        union all
        select order_key, 'parcel_bundle' as service_code, user_id, status, paid_date, paid_at
        from standardised.std_forwarding_orders
        where paid_date is not null and is_service_billed
    """,
    shown=("order_key", "service_code", "user_id", "status", "paid_at"),
    order="paid_at, order_key",
    links=(*ORDER_ROWS[1:], _BILL_PAYMENTS),
)

PURCHASE_ORDERS = Evidence(
    noun="purchase orders",
    relation="""
        select
            orders.*,
            coalesce(money.gross_paid_cny, 0) as gross_paid_cny,
            coalesce(money.refund_cny, 0) as refund_cny,
            coalesce(money.net_revenue_cny, 0) as net_revenue_cny
        from standardised.std_purchase_orders as orders
        left join (
            select
                order_key,
                sum(amount_cny) filter (where movement_type = 'payment') as gross_paid_cny,
                -sum(amount_cny) filter (where movement_type = 'refund') as refund_cny,
                sum(amount_cny) as net_revenue_cny
            from standardised.std_money_movements
            where business_type = 'purchase'
            group by order_key
        ) as money using (order_key)
    """,
    shown=("order_key", "platform", "user_id", "status", "created_at", "paid_at"),
    order="coalesce(paid_at, created_at), order_key",
    links=(ORDER_ROWS[0], _BILL_PAYMENTS),
)
PURCHASE_ORDER_RESULTS = replace(
    PURCHASE_ORDERS,
    shown=(*PURCHASE_ORDERS.shown, "gross_paid_cny", "refund_cny", "net_revenue_cny", "purchase_cost_cny"),
    links=(ORDER_ROWS[0], *_ORDER_MONEY),
)
PURCHASE_ORDER_TIMES = replace(
    PURCHASE_ORDERS, shown=("order_key", "paid_at", "purchased_at", "stored_at"), links=(ORDER_ROWS[0],)
)

PARCEL_ORDERS = Evidence(
    noun="parcel orders",
    relation="from standardised.std_forwarding_orders",
    shown=("order_key", "warehouse_code", "line_code", "user_id", "status", "paid_at"),
    order="coalesce(paid_at, shipped_at), order_key",
    links=(ORDER_ROWS[1], _BILL_PAYMENTS),
)
PARCEL_ORDER_BOXES = replace(PARCEL_ORDERS, links=(ORDER_ROWS[1], BOXES))
SHIPMENTS = replace(
    PARCEL_ORDERS,
    shown=("order_key", "line_code", "status", "shipped_at", "delivered_at", "promised_days"),
    order="shipped_at, order_key",
    links=(ORDER_ROWS[1],),
)

# --------------------------------------------------------------------------------------------------- money

MOVEMENTS = Evidence(
    noun="movements",
    relation="from standardised.std_money_movements",
    shown=(
        "movement_id",
        "movement_type",
        "business_type",
        "component",
        "order_key",
        "user_id",
        "occurred_at",
    ),
    order="occurred_at, movement_id",
    links=(
        RawLink("payments", "r.payment_id = e.payment_id and e.refund_id is null"),
        RawLink("refunds", "r.refund_id = e.refund_id"),
        # A payment without a quoted price is booked at the official rate (CONTRACT R13).
        RawLink(
            "fx_rates",
            "v.payment_id = e.payment_id and r.rate_source = v.rate_source "
            "and r.currency_code = v.currency_code and cast(r.rate_date as date) = v.rate_date",
            via="select payment_id, rate_source, currency_code, rate_date from standardised.std_payments "
            "where is_booked_at_rate",
        ),
    ),
)
# The bill says how a payment is split over components (CONTRACT R6).
BILLED_MOVEMENTS = MOVEMENTS.with_links(*ORDER_ROWS)

FX_POSITIONS = Evidence(
    noun="payments in foreign currency",
    relation="""
        select positions.*, payments.rate_source, payments.rate_date, payments.succeeded_at
        from standardised.std_fx_positions as positions
        inner join standardised.std_payments as payments using (payment_id)
    """,
    shown=(
        "payment_id",
        "currency_code",
        "amount",
        "fee_amount",
        "amount_cny",
        "rate_cny",
        "booked_cny",
        "carrying_cny",
        "paid_date",
        "settled_cny",
        "settled_date",
    ),
    order="succeeded_at, payment_id",
    links=(
        RawLink("payments", "r.payment_id = e.payment_id"),
        RawLink(
            "settlements",
            "v.settlement_key = e.settlement_key and e.settled_date is not null "
            "and r.settlement_id = v.settlement_id",
            via="from standardised.std_settlements where settlement_type = 'charge'",
        ),
        RawLink(
            "fx_rates",
            "r.rate_source = e.rate_source and r.currency_code = e.currency_code "
            "and cast(r.rate_date as date) = e.rate_date",
        ),
    ),
)

OFFICIAL_RATES = Evidence(
    noun="official rates",
    relation="from standardised.std_fx_rates",
    shown=("currency_code", "rate_source", "rate_date", "rate_age_days", "is_provisional", "is_stale"),
    order="currency_code",
    links=FX_POSITIONS.links[2:],
)

# -------------------------------------------------------------------------------------------------- people

PAYING_DAYS = Evidence(
    noun="paying days of users",
    relation="select * from standardised.std_user_days where is_paying",
    shown=("user_id", "business_date", "business_type", "is_new", "net_revenue_cny"),
    order="business_date, user_id",
    links=(
        RawLink(
            "payments",
            f"v.user_id = e.user_id and v.business_date = e.business_date and {_IS_OF_TYPE} "
            "and r.payment_id = v.payment_id",
            via=_PAYMENTS,
        ),
    ),
)

# One row per movement under its own type and under `all`, beside the user's first payment of that label.
PAYER_MOVEMENTS = Evidence(
    noun="paid movements",
    relation="""
        select movements.*, lifetimes.business_type as label, lifetimes.first_paid_at
        from standardised.std_money_movements as movements
        inner join standardised.std_user_lifetimes as lifetimes
            on movements.user_id = lifetimes.user_id
                and lifetimes.business_type in (movements.business_type, 'all')
        where movements.movement_type = 'payment'
    """,
    shown=("movement_id", "user_id", "business_type", "occurred_at", "first_paid_at"),
    order="occurred_at, movement_id",
    links=MOVEMENTS.links[:1],
)

_FIRST_PAYMENT = RawLink(
    "payments",
    f"v.user_id = e.user_id and {_IS_OF_TYPE} and v.occurred_at = e.first_paid_at "
    "and r.payment_id = v.payment_id",
    via=_PAYMENTS,
)

FIRST_PAYMENTS = Evidence(
    noun="first payments of users",
    relation="from standardised.std_user_lifetimes",
    shown=("user_id", "business_type", "first_paid_at", "registered_at"),
    order="first_paid_at, user_id",
    links=(_FIRST_PAYMENT,),
)

USERS = Evidence(
    noun="registered users",
    relation="""
        select users.*, 'all' as business_type, lifetimes.first_paid_at
        from standardised.std_users as users
        left join standardised.std_user_lifetimes as lifetimes
            on users.user_id = lifetimes.user_id
                and lifetimes.business_type = 'all'
        where users.is_counted
    """,
    shown=("user_id", "registered_at", "country_code", "acquisition_channel", "gender", "first_paid_at"),
    order="registered_at, user_id",
    links=(RawLink("users", "r.user_id = e.user_id"),),
)
USERS_AND_FIRST_PAYMENTS = USERS.with_links(_FIRST_PAYMENT)

COHORT_MOVEMENTS = replace(
    MOVEMENTS,
    relation="""
        select movements.*, lifetimes.first_paid_month as cohort_month
        from standardised.std_money_movements as movements
        inner join standardised.std_user_lifetimes as lifetimes
            on movements.user_id = lifetimes.user_id
                and lifetimes.business_type = 'all'
    """,
)

# Where a user is: registered country, else the destination of the last paid parcel (CONTRACT R19).
_LOCATED = """
    select
        {columns},
        case
            when facts.country_code <> 'ZZ' then facts.country_code
            else coalesce(parcels.destination_country, 'ZZ')
        end as located_country_code,
        case when facts.country_code = 'ZZ' then parcels.order_key end as parcel_order_key
    from {facts} as facts
    left join (
        select user_id, destination_country, order_key
        from standardised.std_forwarding_orders
        where paid_at is not null
        qualify row_number() over (partition by user_id order by paid_at desc, order_id desc) = 1
    ) as parcels using (user_id)
"""
_LAST_PARCEL = RawLink("forwarding_orders", "e.parcel_order_key = 'forwarding/' || r.order_id")

LOCATED_PAYING_DAYS = replace(
    PAYING_DAYS,
    relation=_LOCATED.format(columns="facts.*", facts="standardised.std_user_days")
    + " where facts.is_paying and facts.business_type = 'all'",
    shown=(*PAYING_DAYS.shown, "located_country_code"),
    links=(*PAYING_DAYS.links, *USERS.links, _LAST_PARCEL),
)
LOCATED_MOVEMENTS = replace(
    MOVEMENTS,
    relation=_LOCATED.format(columns="facts.*", facts="standardised.std_money_movements"),
    shown=(*MOVEMENTS.shown, "located_country_code"),
    links=(*MOVEMENTS.links, *USERS.links, _LAST_PARCEL),
)

TRAFFIC = Evidence(
    noun="traffic rows",
    relation="from standardised.std_traffic_daily",
    shown=("traffic_date", "acquisition_channel", "country_code"),
    order="traffic_date, acquisition_channel, country_code",
    links=(
        RawLink(
            "traffic_daily",
            "cast(r.traffic_date as date) = e.traffic_date and r.acquisition_channel = e.acquisition_channel "
            "and r.country_code = e.country_code",
        ),
    ),
)

# ----------------------------------------------------------------------------------------- the data itself

QUARANTINE = Evidence(
    noun="quarantined rows",
    relation="select * from audit.quarantine where not is_released",
    shown=("quarantine_id", "stage", "reason", "detail", "source_name", "line", "batch_id", "quarantined_at"),
    order="quarantine_id",
    # What landing refused is not in raw; what a rule of modelling refuses is.
    links=tuple(
        RawLink(feed, f"e.stage = 'modelling' and e.feed = '{feed}' and r.{key} = e.record_key")
        for feed, key in (("payments", "payment_id"), ("refunds", "refund_id"))
    ),
)

BATCHES = Evidence(
    noun="landed batches",
    relation="select * from audit.load_batches where status = 'landed'",
    shown=("batch_id", "feed", "source_name", "rows_accepted", "rows_quarantined", "landed_at"),
    order="landed_at desc, batch_id",
)

LATEST_CHANGES = Evidence(
    noun="latest changes",
    relation=" union all ".join(
        f"(select '{name}' as feed, _updated_at, _landing_seq from staging.stg_{name} "
        "qualify rank() over (order by _updated_at desc nulls last) = 1)"
        for name, feed in FEEDS.items()
        if "updated_at" in feed.column_names
    ),
    shown=("feed",),
    order="_landing_seq",
    links=tuple(
        RawLink(name, f"e.feed = '{name}' and r._landing_seq = e._landing_seq")
        for name, feed in FEEDS.items()
        if "updated_at" in feed.column_names
    ),
)
