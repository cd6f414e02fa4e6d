"""Sample rows: the examples of the feeds as files that land as they are and give figures in every module."""

from datetime import date, datetime, timedelta

from ingest.contract.feeds import FEEDS, Feed

# The examples tell of one customer's three orders, but of the payment of the first only.
_FURTHER_ROWS: dict[str, tuple[dict[str, str], ...]] = {
    "payments": (
        {
            "payment_id": "PAY3002",
            "order_type": "service",
            "order_id": "SO9001",
            "method": "wechat",
            "provider_txn_id": "TX-7F3A92",
            "initiated_at": "2026-03-06T20:01:00+08:00",
            "succeeded_at": "2026-03-06T20:02:00+08:00",
            "currency_code": "CNY",
            "amount": "9.00",
            "amount_cny": "9.00",
            "fee_amount": "0.05",
            "updated_at": "2026-03-06T20:02:00+08:00",
        },
        {
            "payment_id": "PAY3003",
            "order_type": "forwarding",
            "order_id": "FO7001",
            "method": "alipay",
            "provider_txn_id": "TX-7F3A93",
            "initiated_at": "2026-03-09T12:10:00+08:00",
            "succeeded_at": "2026-03-09T12:11:00+08:00",
            "currency_code": "CNY",
            "amount": "201.00",
            "amount_cny": "201.00",
            "fee_amount": "1.21",
            "updated_at": "2026-03-09T12:11:00+08:00",
        },
    ),
}


def sample_rows(feed: Feed, last_date: date) -> list[dict[str, str]]:
    """Rows of one feed as a source would deliver them. The story of all feeds ends on `last_date`."""
    days = last_date - _last_example_date()
    example = feed.example_row
    rows = (example, *({**example, **further} for further in _FURTHER_ROWS.get(feed.name, ())))
    return [_moved(feed, row, days) for row in rows]


def _last_example_date() -> date:
    return max(
        date.fromisoformat(column.example[:10])
        for feed in FEEDS.values()
        for column in feed.columns
        if column.type in ("instant", "date") and column.example
    )


def _moved(feed: Feed, row: dict[str, str], days: timedelta) -> dict[str, str]:
    moved = dict(row)
    for column in feed.columns:
        if text := row[column.name]:
            if column.type == "instant":
                moved[column.name] = (datetime.fromisoformat(text) + days).isoformat()
            elif column.type == "date":
                moved[column.name] = (date.fromisoformat(text) + days).isoformat()
    return moved
