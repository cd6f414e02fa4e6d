"""The settings that figures depend on."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta


@dataclass(frozen=True)
class LedgerSettings:
    """`source_time_zone` is the zone of naive instants: `UTC` for rows of the tables of schema `raw`."""

    business_time_zone: str = "Asia/Shanghai"
    source_time_zone: str = "Asia/Shanghai"
    official_rate_source: str = "central_parity"
    fallback_rate_source: str | None = None
    cohort_window_days: int = 30
    stale_rate_days: int = 10
    display_currencies: tuple[str, ...] = ("USD", "EUR")
    rhythm: Mapping[str, timedelta] = field(
        default_factory=lambda: {
            "payments": timedelta(days=1),
            "purchase_orders": timedelta(days=1),
            "forwarding_orders": timedelta(days=7),
            "service_orders": timedelta(days=7),
        }
    )
