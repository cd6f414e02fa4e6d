"""People as evidence: users, their paying days and first payments, where they are; traffic."""

from dataclasses import replace

from orchestration.explain.evidence.money import MOVEMENTS, PAYMENTS
from orchestration.explain.evidence.orders import USER_ROWS
from orchestration.explain.evidence.rows import Evidence, RawLink

IS_OF_TYPE = "(e.business_type = 'all' or v.business_type = e.business_type)"

PAYING_DAYS = Evidence(
    noun="paying days of users",
    relation="select * from standardised.std_user_days where is_paying",
    shown=("user_id", "business_date", "business_type", "is_new", "net_revenue_cny"),
    order="business_date, user_id",
    links=(
        RawLink(
            "payments",
            f"v.user_id = e.user_id and v.business_date = e.business_date and {IS_OF_TYPE} "
            "and r.payment_id = v.payment_id",
            via=PAYMENTS,
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
    f"v.user_id = e.user_id and {IS_OF_TYPE} and v.occurred_at = e.first_paid_at "
    "and r.payment_id = v.payment_id",
    via=PAYMENTS,
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
        select
            users.user_id,
            users.registered_date,
            users.registered_at,
            users.registered_country_code as country_code,
            users.registered_acquisition_channel as acquisition_channel,
            users.registered_gender as gender,
            'all' as business_type,
            lifetimes.first_paid_at
        from standardised.std_users as users
        left join standardised.std_user_lifetimes as lifetimes
            on users.user_id = lifetimes.user_id
                and lifetimes.business_type = 'all'
        where users.is_counted
    """,
    shown=("user_id", "registered_at", "country_code", "acquisition_channel", "gender", "first_paid_at"),
    order="registered_at, user_id",
    links=(USER_ROWS,),
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

# Movements with what was known of their payer at the end of their date.
MOVEMENTS_OF_USER_DAYS = replace(
    MOVEMENTS,
    relation="""
        select
            movements.* exclude (country_code, acquisition_channel, gender),
            days.country_code,
            days.acquisition_channel,
            days.gender
        from standardised.std_money_movements as movements
        inner join standardised.std_user_days as days
            on movements.user_id = days.user_id
                and movements.business_date = days.business_date
                and days.business_type = 'all'
    """,
    links=(*MOVEMENTS.links, USER_ROWS),
)

# Where a user is: the latest known country, else the destination of the last paid parcel (R19).
_LOCATED = """
    select
        {columns},
        case
            when users.country_code <> 'ZZ' then users.country_code
            else coalesce(parcels.destination_country, 'ZZ')
        end as located_country_code,
        case when coalesce(users.country_code, 'ZZ') = 'ZZ' then parcels.order_key end as parcel_order_key
    from {facts} as facts
    left join standardised.std_users as users using (user_id)
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
    links=(*PAYING_DAYS.links, USER_ROWS, _LAST_PARCEL),
)
LOCATED_MOVEMENTS = replace(
    MOVEMENTS,
    relation=_LOCATED.format(columns="facts.*", facts="standardised.std_money_movements"),
    shown=(*MOVEMENTS.shown, "located_country_code"),
    links=(*MOVEMENTS.links, USER_ROWS, _LAST_PARCEL),
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

PAYING_MONTHS = Evidence(
    noun="paying months of users",
    relation="select * from standardised.std_user_months where is_paying",
    shown=("user_id", "month", "business_type", "is_new", "gross_paid_cny", "net_revenue_cny"),
    order="month, user_id",
    links=(
        RawLink(
            "payments",
            f"v.user_id = e.user_id and date_trunc('month', v.business_date) = e.month and {IS_OF_TYPE} "
            "and r.payment_id = v.payment_id",
            via=PAYMENTS,
        ),
    ),
)


def in_month_of_user(rows: Evidence, date: str) -> Evidence:
    """The same rows with the month of `date`, and what was known of their user at its end."""
    relation = f"""
        select
            facts.*,
            months.month,
            months.country_code as month_country_code,
            months.acquisition_channel as month_acquisition_channel,
            months.gender as month_gender
        from ({rows.relation}) as facts
        inner join standardised.std_user_months as months
            on facts.user_id = months.user_id
                and months.business_type = 'all'
                and months.month = date_trunc('month', facts.{date})
    """
    return replace(rows, relation=relation)
