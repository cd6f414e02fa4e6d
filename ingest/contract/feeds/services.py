"""The feed of warehouse services that are ordered alone."""

from ingest.contract.feeds.declaration import Feed, is_test, key, optional, required, version

SERVICE_ORDERS = Feed(
    "service_orders",
    "Paid warehouse services that are ordered by themselves: photos, repacking, overdue storage …",
    (
        key("order_id", "text", "The platform's id of the service order.", "SO9001"),
        required("user_id", "text", "The customer who ordered.", "U1001"),
        required("service_code", "open_code", "Code of the service.", "photo"),
        optional("quantity", "integer", "How many times it was ordered.", "3"),
        optional("target_type", "open_code", "What the service is done to.", "purchase_order"),
        optional("target_id", "text", "Id of what it is done to.", "PO5001"),
        required("fee_cny", "money", "Price of the service, in CNY.", "9.00"),
        optional("discount_cny", "money", "Discount on it, at least 0, in CNY.", "0.00"),
        required("created_at", "instant", "When it was ordered.", "2026-03-06T20:00:00+08:00"),
        optional("done_at", "instant", "When it was done.", "2026-03-07T10:30:00+08:00"),
        optional("cancelled_at", "instant", "When it was cancelled.", ""),
        required("status", "code", "How far it has come.", "done"),
        is_test("order"),
        *version("2026-03-07T10:30:00+08:00"),
    ),
    rhythm_days=7,
)
