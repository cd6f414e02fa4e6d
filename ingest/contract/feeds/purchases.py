"""The feeds of the first journey: what customers have bought for them."""

from ingest.contract.feeds.aliases import PLATFORMS
from ingest.contract.feeds.declaration import Feed, is_test, key, optional, required, version

PURCHASE_ORDERS = Feed(
    "purchase_orders",
    "Orders of goods that the agent buys for a customer.",
    (
        key("order_id", "text", "The platform's id of the purchase order.", "PO5001"),
        required("user_id", "text", "The customer who ordered.", "U1001"),
        required("platform", "code", "Where the goods are bought.", "taobao", names=PLATFORMS),
        required("created_at", "instant", "When the order was placed.", "2026-03-02T21:00:00+08:00"),
        required("status", "code", "How far the order has come.", "completed"),
        required("goods_cny", "money", "Price of the goods, in CNY.", "260.00"),
        optional("domestic_freight_cny", "money", "Freight from seller to warehouse, in CNY.", "12.00"),
        optional("service_fee_cny", "money", "The agent's fee for buying, in CNY.", "13.00"),
        optional("discount_cny", "money", "Discount on the whole order, at least 0, in CNY.", "5.00"),
        optional(
            "purchase_cost_cny", "money", "What the agent paid the seller, in CNY; known later.", "255.40"
        ),
        optional("purchased_at", "instant", "When the agent bought the goods.", "2026-03-03T10:20:00+08:00"),
        optional("stored_at", "instant", "When the goods were checked in.", "2026-03-06T15:05:00+08:00"),
        optional("completed_at", "instant", "When the order was completed.", "2026-03-07T09:00:00+08:00"),
        optional("cancelled_at", "instant", "When the order was cancelled.", ""),
        optional("cancel_reason", "open_code", "Code of the reason why it was cancelled.", ""),
        is_test("order"),
        *version("2026-03-07T09:00:00+08:00"),
    ),
    rhythm_days=1,
)

PURCHASE_ORDER_LINES = Feed(
    "purchase_order_lines",
    "The articles of a purchase order.",
    (
        key("order_id", "text", "The purchase order.", "PO5001"),
        key("line_no", "integer", "Number of the line within the order.", "1"),
        optional("seller_id", "text", "The seller's id on the platform it is bought from.", "S-88123"),
        optional("category", "open_code", "Code of the kind of article.", "apparel"),
        optional("title", "text", "What the seller calls the article.", "连衣裙"),
        required("quantity", "integer", "How many pieces.", "2"),
        required("unit_price_cny", "money", "Price of one piece, in CNY.", "130.00"),
        *version("2026-03-02T21:00:00+08:00"),
    ),
)
