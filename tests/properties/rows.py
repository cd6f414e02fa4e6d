"""Rows of the feeds as text, with the contract's columns (section 3) and plain values by default."""

RawRow = dict[str, str | None]

_DEFAULTS: dict[str, dict[str, str]] = {
    "users": {"user_id": "u1", "registered_at": "2026-01-05 12:00:00"},
    "purchase_orders": {
        "order_id": "p1",
        "user_id": "u1",
        "platform": "taobao",
        "created_at": "2026-01-10 12:00:00",
        "status": "paid",
        "goods_cny": "100",
    },
    "purchase_order_lines": {"order_id": "p1", "line_no": "1", "quantity": "1", "unit_price_cny": "100"},
    "forwarding_orders": {
        "order_id": "f1",
        "user_id": "u1",
        "warehouse_code": "GZ",
        "line_code": "L1",
        "destination_country": "US",
        "created_at": "2026-01-10 12:00:00",
        "status": "paid",
        "freight_cny": "100",
    },
    "forwarding_boxes": {"order_id": "f1", "box_no": "1", "actual_weight_g": "1000"},
    "shipping_lines": {"line_code": "L1", "valid_from": "2025-12-01", "channel": "EMS"},
    "service_orders": {
        "order_id": "s1",
        "user_id": "u1",
        "service_code": "photo",
        "fee_cny": "10",
        "created_at": "2026-01-10 12:00:00",
        "status": "paid",
    },
    "payments": {
        "payment_id": "y1",
        "user_id": "u1",
        "purpose": "order",
        "method": "card",
        "initiated_at": "2026-01-10 12:00:00",
        "status": "succeeded",
        "currency_code": "CNY",
    },
    "refunds": {
        "refund_id": "r1",
        "payment_id": "y1",
        "requested_at": "2026-01-10 12:00:00",
        "status": "completed",
    },
    "settlements": {
        "settlement_id": "t1",
        "provider_txn_id": "n1",
        "type": "charge",
        "currency_code": "USD",
        "gross_amount": "10",
        "net_amount": "10",
    },
    "fx_rates": {"rate_source": "central_parity", "currency_code": "USD"},
    "traffic_daily": {
        "traffic_date": "2026-01-10",
        "acquisition_channel": "search",
        "country_code": "US",
        "visitors": "10",
        "sessions": "12",
    },
}

_OPTIONAL: dict[str, str] = {
    "users": "country_code gender acquisition_channel preferred_currency email phone is_test",
    "purchase_orders": "domestic_freight_cny service_fee_cny discount_cny purchase_cost_cny purchased_at "
    "stored_at completed_at cancelled_at cancel_reason is_test",
    "purchase_order_lines": "seller_id category title",
    "forwarding_orders": "surcharge_cny insurance_cny customs_cny service_cny discount_cny packed_at "
    "shipped_at delivered_at cancelled_at is_test",
    "forwarding_boxes": "tracking_number length_mm width_mm height_mm carrier_cost_cny",
    "shipping_lines": "line_name volumetric_divisor first_weight_g first_fee_cny step_weight_g step_fee_cny "
    "promised_days",
    "service_orders": "quantity target_type target_id discount_cny done_at cancelled_at is_test",
    "payments": "order_type order_id provider_txn_id succeeded_at amount amount_cny fee_amount "
    "bonus_cny is_test",
    "refunds": "component reason completed_at destination amount_cny currency_code amount is_chargeback",
    "settlements": "payment_id settled_at fee_amount net_cny",
    "fx_rates": "rate_date quote_value quote_unit quote_direction published_at updated_at",
    "traffic_daily": "cart_sessions cost_cny",
}

_WITHOUT_VERSIONS = ("fx_rates", "traffic_daily")

COLUMNS: dict[str, tuple[str, ...]] = {
    feed: (
        *defaults,
        *_OPTIONAL[feed].split(),
        *(() if feed in _WITHOUT_VERSIONS else ("updated_at", "is_deleted")),
    )
    for feed, defaults in _DEFAULTS.items()
}


def make_row(feed: str, **values: str | None) -> RawRow:
    """A row of a feed; columns that are not named have the feed's plain value or are empty.

    Raises KeyError for a column that the feed does not have.
    """
    row: RawRow = dict.fromkeys(COLUMNS[feed])
    row |= _DEFAULTS[feed]
    if "is_deleted" in row:
        row["updated_at"] = "2026-01-10 12:00:00"
    for column, value in values.items():
        if column not in row:
            raise KeyError(f"{feed} has no column {column}")
        row[column] = value
    return row
