"""What stands on the Superset dashboard: the tab of each module and its charts."""

from dashboard.superset.datasets import MONEY_COLUMNS
from dashboard.superset.model import BAR, LINE, PIE, TABLE, Chart, Tab

TITLE = "Daigou warehouse"
SLUG = "daigou-warehouse"

TABS = (
    Tab(
        "Core Overview",
        (
            (
                Chart(
                    "core-periods",
                    "Today, this week, this month against the same elapsed time before",
                    TABLE,
                    "core_periods",
                    columns=(
                        "period",
                        "period_start_date",
                        *MONEY_COLUMNS,
                        "previous_net_revenue_cny",
                        "paid_order_count",
                        "previous_paid_order_count",
                        "paying_user_count",
                        "previous_paying_user_count",
                        "as_of_at",
                    ),
                    only=(("business_type", "==", "all"),),
                    sort_by=("period_start_date", False),
                    width=12,
                ),
            ),
            (
                Chart(
                    "core-net-revenue",
                    "Net revenue by business type",
                    LINE,
                    "core_daily",
                    columns=("business_type",),
                    measures=("net_revenue_cny",),
                    only=(("business_type", "!=", "all"),),
                    width=8,
                ),
                Chart(
                    "core-revenue-share",
                    "Paid, by business type",
                    PIE,
                    "core_daily",
                    columns=("business_type",),
                    measures=("gross_paid_cny",),
                    only=(("business_type", "!=", "all"),),
                    width=4,
                ),
            ),
            (
                Chart(
                    "core-fx-result",
                    "Exchange result by currency",
                    TABLE,
                    "core_fx_daily",
                    columns=("currency_code",),
                    measures=("amount_cny", "margin_cny", "fee_cny", "realised_cny"),
                    sort_by=("amount_cny", False),
                ),
                Chart(
                    "core-fx-open",
                    "Not yet settled, at the rate of the day",
                    LINE,
                    "core_fx_daily",
                    measures=("open_cny",),
                ),
            ),
            (
                Chart(
                    "core-data-quality",
                    "Rows in quarantine",
                    TABLE,
                    "core_data_quality",
                    columns=("feed", "reason"),
                    measures=("quarantined_count",),
                    sort_by=("quarantined_count", False),
                ),
                Chart(
                    "core-freshness",
                    "Freshness of the feeds (UTC)",
                    TABLE,
                    "core_freshness",
                    columns=("feed", "last_landed_at", "last_updated_at"),
                    sort_by=("feed", True),
                ),
            ),
        ),
    ),
    Tab(
        "Order Operations",
        (
            (
                Chart(
                    "orders-platforms",
                    "Net revenue by platform",
                    BAR,
                    "orders_daily",
                    columns=("platform",),
                    measures=("net_revenue_cny",),
                    width=8,
                ),
                Chart(
                    "orders-refund-reasons",
                    "Refunds by reason",
                    PIE,
                    "orders_refunds_daily",
                    columns=("reason",),
                    measures=("refund_cny",),
                    only=(("business_type", "==", "purchase"),),
                    width=4,
                ),
            ),
            (
                Chart(
                    "orders-cohorts",
                    "What became of the orders paid, by platform (mature dates)",
                    TABLE,
                    "orders_cohort_daily",
                    columns=("platform",),
                    measures=(
                        "paid_order_count",
                        "completed_order_count",
                        "cancelled_order_count",
                        "refunded_order_count",
                        "purchase_margin_cny",
                    ),
                    only=(("is_mature", "==", True),),
                    sort_by=("paid_order_count", False),
                ),
                Chart(
                    "orders-countries",
                    "Countries by paid orders",
                    TABLE,
                    "orders_daily",
                    columns=("country_code",),
                    measures=("paid_order_count", *MONEY_COLUMNS),
                    sort_by=("paid_order_count", False),
                    row_limit=30,
                ),
            ),
        ),
    ),
    Tab(
        "Logistics & Forwarding",
        (
            (
                Chart(
                    "forwarding-net-revenue",
                    "Net revenue by channel",
                    BAR,
                    "forwarding_daily",
                    columns=("channel",),
                    measures=("net_revenue_cny",),
                    width=8,
                ),
                Chart(
                    "forwarding-weight-share",
                    "Chargeable weight by channel",
                    PIE,
                    "forwarding_daily",
                    columns=("channel",),
                    measures=("chargeable_weight_g",),
                    width=4,
                ),
            ),
            (
                Chart(
                    "forwarding-routes",
                    "Routes of the last 30 days",
                    TABLE,
                    "forwarding_routes",
                    columns=(
                        "rank",
                        "warehouse_code",
                        "destination_country",
                        "line_code",
                        "paid_order_count",
                        "chargeable_weight_g",
                        "gross_paid_cny",
                        "freight_per_kg_cny",
                    ),
                    sort_by=("rank", True),
                    row_limit=30,
                ),
                Chart(
                    "forwarding-on-time",
                    "Lines: delivered on time (mature dates)",
                    TABLE,
                    "forwarding_transit_daily",
                    columns=("line_code",),
                    measures=("shipped_count", "delivered_count", "on_time_count", "on_time_percent"),
                    only=(("is_mature", "==", True),),
                    sort_by=("shipped_count", False),
                ),
            ),
            (
                Chart(
                    "forwarding-services",
                    "Services",
                    TABLE,
                    "services_daily",
                    columns=("service_code",),
                    measures=("paid_order_count", *MONEY_COLUMNS),
                    sort_by=("net_revenue_cny", False),
                    width=12,
                ),
            ),
        ),
    ),
    Tab(
        "User Growth",
        (
            (
                Chart(
                    "users-new-returning",
                    "New and returning paying users",
                    BAR,
                    "users_daily",
                    measures=("new_user_count", "returning_user_count"),
                ),
                Chart(
                    "users-active",
                    "Active buyers of the last 7 and 30 days",
                    LINE,
                    "users_daily",
                    measures=("active_buyers_7d", "active_buyers_30d"),
                ),
            ),
            (
                Chart(
                    "users-conversion",
                    "Registered users who paid within 30 days, by channel (mature dates)",
                    TABLE,
                    "users_conversion_daily",
                    columns=("acquisition_channel",),
                    measures=("registered_user_count", "paid_30d_count", "paid_30d_percent"),
                    only=(("is_mature", "==", True),),
                    sort_by=("paid_30d_count", False),
                ),
                Chart(
                    "users-cohorts",
                    "Cohorts by month of first payment",
                    TABLE,
                    "users_cohort_monthly",
                    columns=(
                        "cohort_month",
                        "months_since",
                        "cohort_user_count",
                        "active_user_count",
                        "retention_ratio",
                        "net_revenue_cny",
                    ),
                    sort_by=("cohort_month", True),
                ),
            ),
            (
                Chart(
                    "users-countries",
                    "Countries by revenue",
                    TABLE,
                    "users_geography",
                    columns=(
                        "net_revenue_rank",
                        "country_code",
                        "paying_user_count",
                        "net_revenue_cny",
                        "net_revenue_rank_30d",
                        "net_revenue_cny_30d",
                    ),
                    sort_by=("net_revenue_rank", True),
                    row_limit=30,
                    width=12,
                ),
            ),
        ),
    ),
)

CHARTS = tuple(chart for tab in TABS for row in tab.rows for chart in row)
