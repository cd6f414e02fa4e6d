"""Orders as evidence: paid orders, parcels, services, with their lines, boxes and bill payments."""

from dataclasses import replace

from orchestration.explain.evidence.money import MOVEMENTS, PAYMENTS, REFUNDS
from orchestration.explain.evidence.rows import Evidence, RawLink

ORDER_ROWS = (
    RawLink("purchase_orders", "e.order_key = 'purchase/' || r.order_id"),
    RawLink("forwarding_orders", "e.order_key = 'forwarding/' || r.order_id"),
    RawLink("service_orders", "e.order_key = 'service/' || r.order_id"),
)
ORDER_LINES = RawLink("purchase_order_lines", "e.order_key = 'purchase/' || r.order_id")
BOXES = RawLink("forwarding_boxes", "e.order_key = 'forwarding/' || r.order_id")
SHIPPING_LINES = RawLink(
    "shipping_lines",
    "v.line_code = e.line_code and e.created_date >= v.valid_from "
    "and (v.valid_to is null or e.created_date < v.valid_to) "
    "and r.line_code = v.line_code and cast(r.valid_from as date) = v.valid_from",
    via="from standardised.std_shipping_lines",
)

# The payments that fill the order's bill: they made it paid.
_BILL_PAYMENTS = RawLink(
    "payments",
    "v.order_key = e.order_key and r.payment_id = v.payment_id",
    via="select order_key, payment_id from standardised.std_payments where fill_to_cny is not null",
)
USER_ROWS = RawLink("users", "r.user_id = e.user_id")
_ORDER_MONEY = (
    RawLink("payments", "v.order_key = e.order_key and r.payment_id = v.payment_id", via=PAYMENTS),
    RawLink("refunds", "v.order_key = e.order_key and r.refund_id = v.refund_id", via=REFUNDS),
)

PAID_ORDERS = Evidence(
    noun="paid orders",
    relation="from standardised.std_paid_orders",
    shown=("order_key", "business_type", "user_id", "status", "paid_at"),
    order="paid_at, order_key, business_type",
    links=(*ORDER_ROWS, _BILL_PAYMENTS),
)

PAID_SERVICES = replace(
    PAID_ORDERS,
    noun="paid service orders",
    relation="select * from standardised.std_paid_orders where business_type = 'service'",
    shown=("order_key", "service_code", "user_id", "status", "paid_at"),
    order="paid_at, order_key",
    links=(*ORDER_ROWS[1:], _BILL_PAYMENTS),
)

# What is known of a user stands in the versions of the user.
PAID_PURCHASES = replace(
    PAID_ORDERS,
    noun="paid purchase orders",
    relation="select * from standardised.std_paid_orders where business_type = 'purchase'",
    shown=("order_key", "platform", "user_id", "country_code", "acquisition_channel", "status", "paid_at"),
    order="paid_at, order_key",
    links=(ORDER_ROWS[0], _BILL_PAYMENTS, USER_ROWS),
)

PURCHASE_ORDERS = Evidence(
    noun="purchase orders",
    relation="""
        select
            orders.*,
            coalesce(money.gross_paid_cny, 0) as gross_paid_cny,
            coalesce(money.refund_cny, 0) as refund_cny,
            coalesce(money.net_revenue_cny, 0) as net_revenue_cny
        from standardised.std_purchase_orders as orders
        left join (
            select
                order_key,
                sum(amount_cny) filter (where movement_type = 'payment') as gross_paid_cny,
                -sum(amount_cny) filter (where movement_type = 'refund') as refund_cny,
                sum(amount_cny) as net_revenue_cny
            from standardised.std_money_movements
            where business_type = 'purchase'
            group by order_key
        ) as money using (order_key)
    """,
    shown=("order_key", "platform", "user_id", "status", "created_at", "paid_at"),
    order="coalesce(paid_at, created_at), order_key",
    links=(ORDER_ROWS[0], _BILL_PAYMENTS),
)
PURCHASE_ORDER_RESULTS = replace(
    PURCHASE_ORDERS,
    shown=(*PURCHASE_ORDERS.shown, "gross_paid_cny", "refund_cny", "net_revenue_cny", "purchase_cost_cny"),
    links=(ORDER_ROWS[0], *_ORDER_MONEY),
)
PURCHASE_ORDER_TIMES = replace(
    PURCHASE_ORDERS, shown=("order_key", "paid_at", "purchased_at", "stored_at"), links=(ORDER_ROWS[0],)
)

PARCEL_ORDERS = Evidence(
    noun="parcel orders",
    relation="from standardised.std_forwarding_orders",
    shown=("order_key", "warehouse_code", "line_code", "destination_country", "user_id", "status", "paid_at"),
    order="coalesce(paid_at, shipped_at), order_key",
    links=(ORDER_ROWS[1], _BILL_PAYMENTS),
)
PARCEL_ORDER_RESULTS = replace(
    PARCEL_ORDERS,
    relation="""
        select orders.*, coalesce(money.net_revenue_cny, 0) as net_revenue_cny
        from standardised.std_forwarding_orders as orders
        left join (
            select order_key, sum(amount_cny) as net_revenue_cny
            from standardised.std_money_movements
            where business_type = 'forwarding'
            group by order_key
        ) as money using (order_key)
    """,
    shown=(*PARCEL_ORDERS.shown, "net_revenue_cny", "carrier_cost_cny"),
    links=(ORDER_ROWS[1], BOXES, *_ORDER_MONEY),
)
PARCEL_ORDER_BOXES = replace(PARCEL_ORDERS, links=(ORDER_ROWS[1], BOXES))
SHIPMENTS = replace(
    PARCEL_ORDERS,
    shown=("order_key", "line_code", "status", "shipped_at", "delivered_at", "promised_days"),
    order="shipped_at, order_key",
    links=(ORDER_ROWS[1],),
)

# The bill says how a payment is split over components (R6).
BILLED_MOVEMENTS = MOVEMENTS.with_links(*ORDER_ROWS)
