"""Money as evidence: movements, positions in foreign currency, official rates."""

from orchestration.explain.evidence.rows import Evidence, RawLink


def _movements_of(condition: str, column: str) -> str:
    """Distinct ids of the payments or refunds among the movements that satisfy a condition."""
    return (
        "select distinct order_key, user_id, business_type, business_date, occurred_at, "
        f"{column} from standardised.std_money_movements where {condition}"
    )


PAYMENTS = _movements_of("movement_type = 'payment'", "payment_id")
REFUNDS = _movements_of("refund_id is not null", "refund_id")

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
        # A payment without a quoted price is booked at the official rate (R13).
        RawLink(
            "fx_rates",
            "v.payment_id = e.payment_id and r.rate_source = v.rate_source "
            "and r.currency_code = v.currency_code and cast(r.rate_date as date) = v.rate_date",
            via="select payment_id, rate_source, currency_code, rate_date from standardised.std_payments "
            "where is_booked_at_rate",
        ),
    ),
)

_RATE_LINE = RawLink(
    "fx_rates",
    "r.rate_source = e.rate_source and r.currency_code = e.currency_code "
    "and cast(r.rate_date as date) = e.rate_date",
)

FX_POSITIONS = Evidence(
    noun="payments in foreign currency",
    relation="""
        select
            positions.*,
            payments.rate_source,
            payments.rate_date,
            payments.succeeded_at,
            -- A transaction shared by several payments settles the earliest.
            case
                when row_number() over (
                    partition by positions.provider_txn_id order by payments.succeeded_at, payment_id
                ) = 1 then positions.provider_txn_id
            end as settled_txn_id
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
        "is_untracked",
    ),
    order="succeeded_at, payment_id",
    links=(
        RawLink("payments", "r.payment_id = e.payment_id"),
        RawLink(
            "settlements",
            "v.payment_id = e.payment_id and r.settlement_id = v.settlement_id",
            via="from standardised.std_settlements where settlement_type = 'charge'",
        ),
        RawLink(
            "settlements",
            "v.provider_txn_id = e.settled_txn_id and r.settlement_id = v.settlement_id",
            via="from standardised.std_settlements where settlement_type = 'charge' and payment_id is null",
        ),
        _RATE_LINE,
    ),
)

OFFICIAL_RATES = Evidence(
    noun="official rates",
    relation="from standardised.std_fx_rates",
    shown=("currency_code", "rate_source", "rate_date", "rate_age_days", "is_provisional", "is_stale"),
    order="currency_code",
    links=(_RATE_LINE,),
)

ATTEMPTS = Evidence(
    noun="payments begun",
    relation="select * from standardised.std_payments where not is_test and not is_deleted",
    shown=("payment_id", "user_id", "purpose", "status", "amount_cny", "initiated_at", "succeeded_at"),
    order="initiated_at, payment_id",
    links=(RawLink("payments", "r.payment_id = e.payment_id"),),
)
