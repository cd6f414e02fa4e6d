"""The headline figures of the four modules, read from the published file and laid out for a terminal."""

from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from ingest.foundation.clock import minute_text, zone_label
from ingest.foundation.fetch import fetch_rows
from ingest.foundation.settings import Settings
from orchestration.reading.published import Publication, open_published, read_publication

# Paid less refunds less chargebacks is net revenue, in every table that shows money.
_MONEY = ("paid", "refunds", "chargebacks", "net revenue")


def headline(settings: Settings) -> str:
    """The four modules in one screen, from the published file alone."""
    with open_published(settings) as connection:
        parts = [
            _as_of(settings, read_publication(settings, connection)),
            _table(
                "Core Overview (CNY; beside it the same elapsed time of the period before)",
                ("period", "type", *_MONEY, "net before", "orders", "payers", "new"),
                fetch_rows(
                    connection,
                    """
                    select period, business_type, gross_paid_cny, refund_cny, chargeback_cny, net_revenue_cny,
                        previous_net_revenue_cny, paid_order_count, paying_user_count, new_user_count
                    from marts.core_periods
                    where business_type = 'all' or period = 'this_month'
                    order by
                        list_position(['today', 'yesterday', 'this_week', 'this_month'], period),
                        list_position(['all', 'purchase', 'forwarding', 'service'], business_type)
                    """,
                ),
            ),
            _table(
                "Order Operations, last 30 dates",
                ("platform", "orders", "items", *_MONEY),
                fetch_rows(
                    connection,
                    """
                    select platform, sum(paid_order_count), sum(item_quantity), sum(gross_paid_cny),
                        sum(refund_cny), sum(chargeback_cny), sum(net_revenue_cny)
                    from marts.orders_daily
                    where business_date > (select max(business_date) - 30 from marts.core_daily)
                    group by platform order by sum(net_revenue_cny) desc, platform limit 6
                    """,
                ),
            ),
            _table(
                "Logistics & Forwarding, last 30 dates",
                ("channel", "parcels", "boxes", "chargeable kg", *_MONEY, "carrier cost"),
                fetch_rows(
                    connection,
                    """
                    select channel, sum(paid_order_count), sum(box_count),
                        cast(sum(chargeable_weight_g) * cast(0.001 as decimal(4, 3)) as decimal(18, 1)),
                        sum(gross_paid_cny), sum(refund_cny), sum(chargeback_cny), sum(net_revenue_cny),
                        sum(carrier_cost_cny)
                    from marts.forwarding_daily
                    where business_date > (select max(business_date) - 30 from marts.core_daily)
                    group by channel order by sum(net_revenue_cny) desc, channel limit 6
                    """,
                ),
            ),
            _table(
                "User Growth, last 7 dates",
                ("date", "registered", "paying", "new", "returning", "active 7d", "active 30d"),
                fetch_rows(
                    connection,
                    """
                    select business_date, registered_user_count, paying_user_count, new_user_count,
                        returning_user_count, active_buyers_7d, active_buyers_30d
                    from marts.users_daily order by business_date desc limit 7
                    """,
                ),
            ),
        ]
    return "\n\n".join(parts)


def _as_of(settings: Settings, publication: Publication) -> str:
    zone = ZoneInfo(settings.business_time_zone)
    return f"As of {minute_text(publication.as_of_at, zone)} {zone_label(publication.as_of_at, zone)}"


def _table(title: str, header: tuple[str, ...], rows: list[tuple[Any, ...]]) -> str:
    cells = [[_text(value) for value in row] for row in rows]
    widths = [max(len(name), *(len(row[index]) for row in cells), 0) for index, name in enumerate(header)]
    texts = [isinstance(value, str) for value in rows[0]] if rows else [True] * len(header)

    def line(row: list[str]) -> str:
        return "  ".join(
            cell.ljust(width) if is_text else cell.rjust(width)
            for cell, width, is_text in zip(row, widths, texts, strict=True)
        ).rstrip()

    body = [line(row) for row in cells] or ["(nothing yet)"]
    return "\n".join([title, line(list(header)), line(["-" * width for width in widths]), *body])


def _text(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, Decimal | int):
        return f"{value:,}"
    return str(value)
