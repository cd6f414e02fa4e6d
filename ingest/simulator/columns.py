"""The columns each simulated feed delivers, in contract order (CONTRACT section 3). All values are text."""

from __future__ import annotations

_VERSION = ("updated_at", "is_deleted")

FEED_COLUMNS: dict[str, tuple[str, ...]] = {
    "users": (
        "user_id", "registered_at", "country_code", "gender", "acquisition_channel", "preferred_currency",
        "email", "phone", "is_test", *_VERSION,
    ),
    "purchase_orders": (
        "order_id", "user_id", "platform", "created_at", "status", "goods_cny", "domestic_freight_cny",
        "service_fee_cny", "discount_cny", "purchase_cost_cny", "purchased_at", "stored_at", "completed_at",
        "cancelled_at", "cancel_reason", "is_test", *_VERSION,
    ),
    "purchase_order_lines": (
        "order_id", "line_no", "seller_id", "category", "title", "quantity", "unit_price_cny", *_VERSION,
    ),
    "forwarding_orders": (
        "order_id", "user_id", "warehouse_code", "line_code", "destination_country", "created_at", "status",
        "freight_cny", "surcharge_cny", "insurance_cny", "customs_cny", "service_cny", "discount_cny",
        "packed_at", "shipped_at", "delivered_at", "cancelled_at", "is_test", *_VERSION,
    ),
    "forwarding_boxes": (
        "order_id", "box_no", "tracking_number", "actual_weight_g", "length_mm", "width_mm", "height_mm",
        "carrier_cost_cny", *_VERSION,
    ),
    "shipping_lines": (
        "line_code", "valid_from", "line_name", "channel", "volumetric_divisor", "first_weight_g",
        "first_fee_cny", "step_weight_g", "step_fee_cny", "promised_days", *_VERSION,
    ),
    "service_orders": (
        "order_id", "user_id", "service_code", "quantity", "target_type", "target_id", "fee_cny",
        "discount_cny", "created_at", "done_at", "cancelled_at", "status", "is_test", *_VERSION,
    ),
    "payments": (
        "payment_id", "user_id", "order_type", "order_id", "purpose", "method", "provider_txn_id",
        "initiated_at", "succeeded_at", "status", "currency_code", "amount", "amount_cny", "fee_amount",
        "bonus_cny", "is_test", *_VERSION,
    ),
    "refunds": (
        "refund_id", "payment_id", "component", "reason", "requested_at", "completed_at", "destination",
        "status", "amount_cny", "currency_code", "amount", "is_chargeback", *_VERSION,
    ),
    "settlements": (
        "settlement_id", "provider_txn_id", "type", "settled_at", "currency_code", "gross_amount",
        "fee_amount", "net_amount", "net_cny", *_VERSION,
    ),
    "fx_rates": (
        "rate_source", "rate_date", "currency_code", "quote_value", "quote_unit", "quote_direction",
        "published_at", "updated_at",
    ),
    "traffic_daily": (
        "traffic_date", "acquisition_channel", "country_code", "visitors", "sessions", "cart_sessions",
        "cost_cny",
    ),
}  # fmt: skip
