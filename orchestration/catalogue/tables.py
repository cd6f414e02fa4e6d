"""The published tables: their keys, and which date their rows are about."""

from dataclasses import dataclass


@dataclass(frozen=True)
class PublishedTable:
    """One mart. `key` identifies a row; `date_column` is the date a daily row is about, None for other grains."""

    name: str
    key: tuple[str, ...]
    date_column: str | None = None


MARTS = {
    table.name: table
    for table in (
        PublishedTable("core_daily", ("business_date", "business_type"), "business_date"),
        PublishedTable("core_periods", ("period", "business_type")),
        PublishedTable("core_hourly", ("business_date", "business_hour", "business_type")),
        PublishedTable(
            "core_display_daily", ("business_date", "business_type", "currency_code"), "business_date"
        ),
        PublishedTable("core_payments_daily", ("business_date", "method", "currency_code"), "business_date"),
        PublishedTable("core_fx_daily", ("business_date", "currency_code"), "business_date"),
        PublishedTable("core_data_quality", ("feed", "reason")),
        PublishedTable("core_freshness", ("feed",)),
        PublishedTable(
            "orders_daily",
            ("business_date", "platform", "country_code", "acquisition_channel"),
            "business_date",
        ),
        PublishedTable("orders_cohort_daily", ("business_date", "platform"), "business_date"),
        PublishedTable("orders_conversion_daily", ("created_date", "platform"), "created_date"),
        PublishedTable(
            "orders_refunds_daily",
            ("business_date", "business_type", "component", "reason", "destination"),
            "business_date",
        ),
        PublishedTable(
            "forwarding_daily",
            ("business_date", "warehouse_code", "line_code", "channel", "country_code"),
            "business_date",
        ),
        PublishedTable("forwarding_channel_share_daily", ("business_date", "channel"), "business_date"),
        PublishedTable("forwarding_routes", ("warehouse_code", "country_code", "line_code")),
        PublishedTable("forwarding_transit_daily", ("shipped_date", "line_code"), "shipped_date"),
        PublishedTable("services_daily", ("business_date", "service_code"), "business_date"),
        PublishedTable("users_daily", ("business_date",), "business_date"),
        PublishedTable(
            "users_monthly", ("month", "business_type", "country_code", "acquisition_channel", "gender")
        ),
        PublishedTable(
            "users_segments_daily",
            ("business_date", "country_code", "acquisition_channel", "gender"),
            "business_date",
        ),
        PublishedTable(
            "users_conversion_daily", ("registered_date", "acquisition_channel"), "registered_date"
        ),
        PublishedTable("users_cohort_monthly", ("cohort_month", "months_since")),
        PublishedTable("users_geography", ("country_code",)),
    )
}

AUDIT_TABLES = (
    "calibration_runs",
    "calibration_drift",
    "load_batches",
    "quarantine",
    "restatements",
    "metrics",
    "official_rates",
    "rate_sources",
    "code_labels",
    "runs",
)
