"""The command that explains a figure of a page: the table, the column, and the key of a row that readers have in sight."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

# Table: the key of its rows, the newest row with most in it first.
KEYS: Mapping[str, tuple[str, ...]] = {
    "core_daily": ("business_date", "business_type"),
    "core_fx_daily": ("business_date", "currency_code"),
    "core_hourly": ("business_date", "business_hour", "business_type"),
    "core_periods": ("period", "business_type"),
    "forwarding_channel_share_daily": ("business_date", "channel"),
    "forwarding_daily": ("business_date", "warehouse_code", "line_code", "channel", "destination_country"),
    "forwarding_routes": ("warehouse_code", "destination_country", "line_code"),
    "forwarding_transit_daily": ("shipped_date", "line_code"),
    "orders_cohort_daily": ("business_date", "platform"),
    "orders_conversion_daily": ("created_date", "platform"),
    "orders_daily": ("business_date", "platform", "country_code", "acquisition_channel"),
    "orders_refunds_daily": ("business_date", "business_type", "component", "reason", "destination"),
    "services_daily": ("business_date", "service_code"),
    "users_cohort_monthly": ("cohort_month", "months_since"),
    "users_conversion_daily": ("registered_date", "acquisition_channel"),
    "users_daily": ("business_date",),
    "users_geography": ("country_code",),
    "users_monthly": ("month", "business_type", "country_code", "acquisition_channel", "gender"),
    "users_segments_daily": ("business_date", "country_code", "acquisition_channel", "gender"),
}


def explain_command(table: str, column: str, row: Mapping[str, Any] | None) -> str:
    """`warehouse explain …` for the column in that row, empty without a row. Only for a terminal that takes plain words: a
    code that needs quoting is left to the reader.
    """
    if row is None:
        return ""
    key = " ".join(f"{name}={_plain(row[name])}" for name in KEYS[table])
    return f"warehouse explain {table} {column} {key}"


def _plain(value: Any) -> str:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value.isoformat()
    text = str(value)
    return text if text and all(letter.isalnum() or letter in "_-./+" for letter in text) else "…"
