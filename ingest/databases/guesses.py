"""What platforms call the things of the contract: the words by which a mapping is drafted.

Tables by the last part of their name (a prefix such as `wp_` is left aside), columns by their whole name; better words first.
"""

from collections.abc import Mapping

TABLES: Mapping[str, tuple[str, ...]] = {
    "users": ("members", "users", "customers", "customer_entity", "accounts"),
    "purchase_orders": ("purchase_orders", "wc_orders", "sales_order", "sales_flat_order", "orders"),
    "forwarding_orders": ("forwarding_orders", "parcels", "packages", "parcel_orders"),
    "payments": (
        *("payments", "channel_payments", "payment_records", "transactions"),
        # Where no table has payments with their instant and customer, the order tells what was paid.
        *("wc_orders", "sales_order", "sales_flat_order", "orders"),
    ),
    "refunds": ("refunds", "refund_records", "sales_creditmemo", "sales_flat_creditmemo", "wc_orders"),
}

_ID = ("entity_id", "id")
_USER = ("user_id", "member_id", "customer_id", "buyer_id")
_CREATED = ("created_at", "date_created_gmt", "create_time", "created_time", "created", "date_created")
_UPDATED = ("updated_at", "date_updated_gmt", "update_time", "updated_time", "modified_at", "updated")
_DELETED = ("is_deleted", "deleted")
_TEST = ("is_test", "is_tester")

COLUMNS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "users": {
        "user_id": ("user_id", "member_id", "customer_id", *_ID),
        "registered_at": ("registered_at", "user_registered", "date_registered", *_CREATED),
        "country_code": ("country_code", "country"),
        "gender": ("gender", "sex"),
        "acquisition_channel": ("acquisition_channel", "channel", "utm_source"),
        "preferred_currency": ("preferred_currency", "currency"),
        "email": ("email", "user_email"),
        "phone": ("phone", "mobile", "telephone"),
        "is_test": _TEST,
        "updated_at": (*_UPDATED, "user_registered", *_CREATED),
        "is_deleted": _DELETED,
    },
    "purchase_orders": {
        "order_id": ("order_no", "order_sn", "order_id", *_ID),
        "user_id": _USER,
        "platform": ("platform", "mall"),
        "created_at": _CREATED,
        "status": ("status", "state"),
        "goods_cny": ("goods_cny", "goods_fee", "goods_amount", "base_subtotal", "total_amount"),
        "domestic_freight_cny": ("domestic_freight_cny", "express_fee", "base_shipping_amount"),
        "service_fee_cny": ("service_fee_cny", "service_fee", "base_tax_amount"),
        "discount_cny": ("discount_cny", "coupon_fee", "base_discount_amount"),
        "purchase_cost_cny": ("purchase_cost_cny", "bought_price"),
        "purchased_at": ("purchased_at", "bought_at"),
        "stored_at": ("stored_at",),
        "completed_at": ("completed_at",),
        "cancelled_at": ("cancelled_at",),
        "cancel_reason": ("cancel_reason",),
        "is_test": _TEST,
        "updated_at": (*_UPDATED, *_CREATED),
        "is_deleted": _DELETED,
    },
    "forwarding_orders": {
        "order_id": ("parcel_no", "order_no", "order_id", *_ID),
        "user_id": _USER,
        "warehouse_code": ("warehouse_code", "warehouse"),
        "line_code": ("line_code", "route", "shipping_line"),
        "destination_country": ("destination_country", "country_code", "country"),
        "created_at": _CREATED,
        "status": ("status", "state"),
        "freight_cny": ("freight_cny", "freight_fee", "freight"),
        "insurance_cny": ("insurance_cny", "insurance_fee"),
        "customs_cny": ("customs_cny", "customs_fee"),
        "service_cny": ("service_cny", "extra_service_fee", "service_fee"),
        "discount_cny": ("discount_cny", "coupon_fee"),
        "packed_at": ("packed_at",),
        "shipped_at": ("shipped_at", "shipped_ts"),
        "delivered_at": ("delivered_at", "delivered_ts"),
        "cancelled_at": ("cancelled_at",),
        "is_test": _TEST,
        "updated_at": (*_UPDATED, *_CREATED),
        "is_deleted": _DELETED,
    },
    "payments": {
        "payment_id": ("payment_id", "payment_no", *_ID),
        "user_id": _USER,
        "order_type": ("order_type", "biz_type"),
        "order_id": ("order_no", "order_id", "biz_no", *_ID),
        "purpose": ("purpose",),
        "method": ("method", "payment_method", "channel"),
        "provider_txn_id": ("provider_txn_id", "transaction_id", "channel_txn_id", "last_trans_id"),
        "initiated_at": ("initiated_at", *_CREATED),
        "succeeded_at": ("succeeded_at", "paid_at", "pay_time", *_CREATED),
        "status": ("status", "state"),
        "currency_code": ("currency_code", "base_currency_code", "currency"),
        "amount": ("pay_amount", "base_total_paid", "total_amount", "amount"),
        "amount_cny": ("amount_cny",),
        "fee_amount": ("fee_amount", "channel_fee"),
        "is_test": _TEST,
        "updated_at": (*_UPDATED, *_CREATED),
        "is_deleted": _DELETED,
    },
    "refunds": {
        "refund_id": ("refund_id", "refund_no", *_ID),
        "payment_id": ("payment_id", "pay_id", "parent_order_id", "order_id"),
        "component": ("component", "fee_item"),
        "is_chargeback": ("is_chargeback", "is_dispute"),
        "reason": ("reason",),
        "requested_at": ("requested_at", *_CREATED),
        "completed_at": ("completed_at", "refunded_at", "finished_at", *_CREATED),
        "status": ("status",),
        "amount_cny": ("amount_cny", "refund_amount", "base_grand_total", "amount", "total_amount"),
        "currency_code": ("currency_code", "base_currency_code", "currency"),
        "updated_at": (*_UPDATED, *_CREATED),
        "is_deleted": _DELETED,
    },
}

# The currency of a table's amounts; base_… where amounts are kept in the shop's own as well.
CURRENCIES_OF_AMOUNTS = ("base_currency_code", "currency_code", "currency")

# Where nothing is called so: what most platforms mean.
CONSTANTS: Mapping[str, Mapping[str, str]] = {
    "purchase_orders": {"platform": "other"},
    "payments": {"order_type": "purchase", "purpose": "order", "method": "other"},
    "refunds": {"status": "completed"},
}

# A table that holds several things in one column `type`: which rows are meant.
ROWS_OF_TYPE: Mapping[str, str] = {
    "purchase_orders": "shop_order",
    "payments": "shop_order",
    "refunds": "shop_order_refund",
}

# A word of the source's code -> the contract's code; `wc-` and the like are left aside.
_NOT_PAID = (
    "pending",
    "pending_payment",
    "new",
    "unpaid",
    "holded",
    "on-hold",
    "checkout-draft",
    "payment_review",
)
_PAID = ("paid", "processing")
_DONE = ("complete", "completed", "closed", "refunded")
_GONE = ("cancelled", "canceled", "failed", "trash")
CODES: Mapping[tuple[str, str], Mapping[str, str]] = {
    ("purchase_orders", "status"): {
        **dict.fromkeys(_NOT_PAID, "pending_payment"),
        **dict.fromkeys(_PAID, "paid"),
        **dict.fromkeys(_DONE, "completed"),
        **dict.fromkeys(_GONE, "cancelled"),
    },
    ("payments", "status"): {
        **dict.fromkeys(_NOT_PAID, "initiated"),
        **dict.fromkeys((*_PAID, *_DONE), "succeeded"),
        **dict.fromkeys(_GONE, "failed"),
    },
    ("payments", "method"): {
        "stripe": "card",
        "ppcp": "paypal",
        "bacs": "bank_transfer",
        "banktransfer": "bank_transfer",
    },
    ("refunds", "status"): {
        **dict.fromkeys((*_PAID, *_DONE), "completed"),
        **dict.fromkeys(_GONE, "rejected"),
    },
}
