"""What the Superset dashboard shows: datasets with their measures, charts, and the tab of each module.

Labels and descriptions are not written here; they come from the published file (`write.py`).
"""

from dataclasses import dataclass

TITLE = "Daigou warehouse"
SLUG = "daigou-warehouse"

LINE = "echarts_timeseries_line"
BAR = "echarts_timeseries_bar"
PIE = "pie"
TABLE = "table"


@dataclass(frozen=True)
class Measure:
    """A saved metric of a dataset. `label_of` is the column whose label it takes; None: `name` is shown."""

    name: str
    expression: str
    label_of: str | None = None


def total(column: str) -> Measure:
    """What adds up over every row."""
    return Measure(column, f"SUM({column})", column)


def per_day(column: str, aggregate: str = "MAX") -> Measure:
    """People and levels: the figure of one date, NULL where several meet, never their sum (R10)."""
    expression = f"CASE WHEN COUNT(DISTINCT business_date) = 1 THEN {aggregate}({column}) END"
    return Measure(column, expression, column)


def percent(name: str, numerator: str, denominator: str) -> Measure:
    """A ratio of sums, as a percentage (R11)."""
    return Measure(name, f"100.0 * SUM({numerator}) / NULLIF(SUM({denominator}), 0)")


# Paid less refunds less chargebacks is net revenue: where one is shown in a table, all four are.
MONEY_COLUMNS = ("gross_paid_cny", "refund_cny", "chargeback_cny", "net_revenue_cny")
MONEY = tuple(total(column) for column in MONEY_COLUMNS)


@dataclass(frozen=True)
class Dataset:
    """A published table of the schema marts. `date_column` is what its charts run over."""

    table: str
    measures: tuple[Measure, ...]
    date_column: str | None = None


@dataclass(frozen=True)
class Chart:
    """A chart. With `measures`, rows are grouped by `columns` (LINE, BAR: and the dataset's `date_column`);
    without, `columns` are shown row by row.

    `only` filters: column, operator, value. `sort_by`: column or measure, and whether ascending.
    """

    slug: str
    title: str
    kind: str
    table: str
    columns: tuple[str, ...] = ()
    measures: tuple[str, ...] = ()
    only: tuple[tuple[str, str, str | bool], ...] = ()
    sort_by: tuple[str, bool] | None = None
    row_limit: int = 10_000
    width: int = 6


@dataclass(frozen=True)
class Tab:
    """A module and its charts, two or more a row (12 columns wide)."""

    title: str
    rows: tuple[tuple[Chart, ...], ...]


DATASETS = (
    Dataset(
        "core_daily",
        (
            *MONEY,
            total("paid_order_count"),
        ),
        "business_date",
    ),
    Dataset("core_periods", ()),
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
    Dataset("core_data_quality", (total("quarantined_count"),)),
    Dataset("core_freshness", ()),
    Dataset(
        "orders_daily",
        (
            *MONEY,
            total("paid_order_count"),
            total("item_quantity"),
        ),
        "business_date",
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
    ),
    Dataset("orders_refunds_daily", (total("refund_count"), total("refund_cny")), "business_date"),
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
    ),
    Dataset("forwarding_routes", ()),
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
    Dataset("services_daily", (*MONEY, total("paid_order_count")), "business_date"),
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
    ),
    Dataset("users_cohort_monthly", ()),
    Dataset("users_geography", ()),
)

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
