"""The published tables that charts are made of, with their measures and the names of their codes."""

from dashboard.superset.model import Dataset, per_day, percent, total

# Paid less refunds less chargebacks is net revenue: where one is shown in a table, all four are.
MONEY_COLUMNS = ("gross_paid_cny", "refund_cny", "chargeback_cny", "net_revenue_cny")
MONEY = tuple(total(column) for column in MONEY_COLUMNS)

DATASETS = (
    Dataset(
        "core_daily",
        (
            *MONEY,
            total("paid_order_count"),
        ),
        "business_date",
        labels={"business_type": "business_type"},
    ),
    Dataset("core_periods", (), labels={"period": "period", "business_type": "business_type"}),
    Dataset(
        "core_fx_daily",
        (
            total("amount_cny"),
            total("margin_cny"),
            total("fee_cny"),
            total("realised_cny"),
            per_day("open_cny", "SUM"),
        ),
        "business_date",
    ),
    Dataset(
        "core_data_quality",
        (total("quarantined_count"),),
        labels={"feed": "feed", "reason": "quarantine_reason"},
    ),
    Dataset("core_freshness", (), labels={"feed": "feed"}),
    Dataset(
        "orders_daily",
        (
            *MONEY,
            total("paid_order_count"),
            total("item_quantity"),
        ),
        "business_date",
        labels={
            "platform": "platform",
            "country_code": "country",
            "acquisition_channel": "acquisition_channel",
        },
    ),
    Dataset(
        "orders_cohort_daily",
        (
            total("paid_order_count"),
            total("completed_order_count"),
            total("cancelled_order_count"),
            total("refunded_order_count"),
            total("purchase_margin_cny"),
        ),
        "business_date",
        labels={"platform": "platform"},
    ),
    Dataset(
        "orders_refunds_daily",
        (total("refund_count"), total("refund_cny")),
        "business_date",
        labels={
            "business_type": "business_type",
            "component": "component",
            "reason": "refund_reason",
            "destination": "refund_destination",
        },
    ),
    Dataset(
        "forwarding_daily",
        (
            *MONEY,
            total("paid_order_count"),
            total("box_count"),
            total("chargeable_weight_g"),
            total("carrier_cost_cny"),
            total("freight_margin_cny"),
        ),
        "business_date",
        labels={"channel": "channel", "destination_country": "country"},
    ),
    Dataset("forwarding_routes", (), labels={"destination_country": "country"}),
    Dataset(
        "forwarding_transit_daily",
        (
            total("shipped_count"),
            total("delivered_count"),
            total("on_time_count"),
            percent("on_time_percent", "on_time_count", "delivered_count"),
        ),
        "shipped_date",
    ),
    Dataset(
        "services_daily",
        (*MONEY, total("paid_order_count")),
        "business_date",
        labels={"service_code": "service_code"},
    ),
    Dataset(
        "users_daily",
        (
            total("registered_user_count"),
            total("new_user_count"),
            per_day("returning_user_count"),
            per_day("active_buyers_7d"),
            per_day("active_buyers_30d"),
        ),
        "business_date",
    ),
    Dataset(
        "users_conversion_daily",
        (
            total("registered_user_count"),
            total("paid_30d_count"),
            percent("paid_30d_percent", "paid_30d_count", "registered_user_count"),
        ),
        "registered_date",
        labels={"acquisition_channel": "acquisition_channel"},
    ),
    Dataset("users_cohort_monthly", ()),
    Dataset("users_geography", (), labels={"country_code": "country"}),
)
