"""The declared feeds: every column with its type, meaning and example. All that knows of feeds reads them here."""

from ingest.contract.feeds.declaration import Column, Feed, Range
from ingest.contract.feeds.forwarding import FORWARDING_BOXES, FORWARDING_ORDERS, SHIPPING_LINES
from ingest.contract.feeds.money import FX_RATES, PAYMENTS, REFUNDS, SETTLEMENTS
from ingest.contract.feeds.purchases import PURCHASE_ORDER_LINES, PURCHASE_ORDERS
from ingest.contract.feeds.services import SERVICE_ORDERS
from ingest.contract.feeds.users import TRAFFIC_DAILY, USERS

__all__ = ["FEEDS", "Column", "Feed", "Range"]

# In landing order.
FEEDS: dict[str, Feed] = {
    feed.name: feed
    for feed in (
        USERS,
        PURCHASE_ORDERS,
        PURCHASE_ORDER_LINES,
        FORWARDING_ORDERS,
        FORWARDING_BOXES,
        SHIPPING_LINES,
        SERVICE_ORDERS,
        PAYMENTS,
        REFUNDS,
        SETTLEMENTS,
        FX_RATES,
        TRAFFIC_DAILY,
    )
}
