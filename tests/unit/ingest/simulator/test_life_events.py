"""Every event of a platform's life occurs on the demo's small platform, at least twice."""

import duckdb
import pytest

AT_LEAST_TWICE = {
    "order lands after its payment": """
        select count(*) from
            (select order_id, min(delivered_on) as landed from purchase_orders group by all)
            join (select order_id, min(delivered_on) as paid from payments group by all) using (order_id)
        where paid < landed""",
    "user lands after the first order": """
        select count(*) from (select user_id, min(delivered_on) as landed from users group by all)
            join (select user_id, min(delivered_on) as ordered from purchase_orders group by all)
            using (user_id)
        where ordered < landed""",
    "payment lands days after it succeeded": """
        select count(*)
            from (select payment_id, min(delivered_on) as landed, any_value(initiated_at) as started
            from payments where payment_id not like 'PAYX%' group by all)
        where landed > '2026-09-28'
            and landed > (started::timestamptz + interval 8 hour)::date + 1""",
    "refund lands late": """
        select count(*)
            from (select refund_id, min(delivered_on) as landed, any_value(requested_at) as started
            from refunds where refund_id not like 'RFX%' group by all)
        where landed > '2026-09-28' and landed > (started::timestamptz + interval 8 hour)::date""",
    "older version lands after a newer one": """
        select count(*) from (select updated_at, max(updated_at) over (partition by order_id order by position
            rows between unbounded preceding and 1 preceding) as newest from purchase_orders)
        where updated_at < newest""",
    "same version delivered twice": """
        select count(*) from (select payment_id, updated_at from payments
            group by all having count(*) > 1)""",
    "several versions in one file": """
        select count(*) from (select order_id, delivered_on from purchase_orders
            group by all having count(*) > 1)""",
    "order deleted": "select count(*) from purchase_orders where is_deleted = 'true'",
    "order revived": """
        select count(*) from purchase_orders_now where is_deleted = 'false'
            and order_id in (select order_id from purchase_orders where is_deleted = 'true')""",
    "payment deleted": "select count(*) from payments where is_deleted = 'true'",
    "payment revived": """
        select count(*) from payments_now where is_deleted = 'false'
            and payment_id in (select payment_id from payments where is_deleted = 'true')""",
    "user moves to another country": """
        select count(*) from (select user_id from users
            group by all having count(distinct country_code) > 1)""",
    "user's channel is corrected": """
        select count(*) from
            (select user_id from users group by all having count(distinct acquisition_channel) > 1)""",
    "test user orders": """
        select count(*) from purchase_orders_now where user_id in
            (select user_id from users_now where is_test = 'true')""",
    "test order": "select count(*) from purchase_orders_now where is_test = 'true'",
    "test parcel": "select count(*) from forwarding_orders_now where is_test = 'true'",
    "test payment": "select count(*) from payments_now where is_test = 'true'",
    "user without country": "select count(*) from users_now where country_code is null",
    "user without channel": "select count(*) from users_now where acquisition_channel is null",
    "order of four lines": "select count(*) from purchase_order_lines_now where line_no = '4'",
    "order of 1688": "select count(*) from purchase_orders_now where platform = '1688'",
    "discount above the goods": """
        select count(*) from purchase_orders_now
            where discount_cny::decimal(18, 2) > goods_cny::decimal(18, 2)""",
    "discount above the bill": """
        select count(*) from purchase_orders_now
            where discount_cny::decimal(18, 2) > goods_cny::decimal(18, 2)
            + coalesce(domestic_freight_cny, '0')::decimal(18, 2) + service_fee_cny::decimal(18, 2)""",
    "nothing due": """
        select count(*) from purchase_orders_now where status = 'completed' and discount_cny::decimal(18, 2)
            = goods_cny::decimal(18, 2) + coalesce(domestic_freight_cny, '0')::decimal(18, 2)
            + service_fee_cny::decimal(18, 2)""",
    "purchase cost known after the purchase": """
        select count(distinct order_id) from purchase_orders
        where purchased_at is not null and purchase_cost_cny is null""",
    "cancelled unpaid": """
        select count(*) from purchase_orders_now where cancel_reason = 'payment_timeout'""",
    "cancelled after the purchase": """
        select count(*) from purchase_orders_now where status = 'cancelled' and purchased_at is not null""",
    "parcel of two boxes": "select count(*) from forwarding_boxes_now where box_no = '2'",
    "parcel of three boxes": "select count(*) from forwarding_boxes_now where box_no = '3'",
    "box without dimensions": "select count(*) from forwarding_boxes_now where length_mm is null",
    "carrier cost known later": """
        select count(*) from (select order_id, box_no from forwarding_boxes group by all
            having count(*) filter (carrier_cost_cny is null) > 0 and count(carrier_cost_cny) > 0)""",
    "freight estimated, then weighed": """
        select count(*) from (select order_id from forwarding_orders group by all
            having count(distinct freight_cny) > 1)""",
    "parcel with surcharge": "select count(*) from forwarding_orders_now where surcharge_cny <> '0.00'",
    "parcel with insurance": "select count(*) from forwarding_orders_now where insurance_cny <> '0.00'",
    "parcel with customs": "select count(*) from forwarding_orders_now where customs_cny is not null",
    "service billed in a parcel": "select count(*) from forwarding_orders_now where service_cny <> '0.00'",
    "parcel discounted": "select count(*) from forwarding_orders_now where discount_cny <> '0.00'",
    "parcel to another country": """
        select count(*) from forwarding_orders_now join users_now using (user_id)
        where destination_country <> country_code""",
    **{
        f"parcel {status}": f"select count(*) from forwarding_orders_now where status = '{status}'"
        for status in ("delivered", "lost", "returned", "seized", "cancelled", "shipped")
    },
    "service on a parcel": "select count(*) from service_orders_now where target_type = 'forwarding_order'",
    "free service": "select count(*) from service_orders_now where fee_cny = discount_cny",
    "service cancelled": "select count(*) from service_orders_now where status = 'cancelled'",
    "wallet and card for one order": """
        select count(*) from payments_now as wallet join payments_now as card using (order_id)
        where wallet.method = 'wallet' and card.method = 'card' and wallet.purpose = 'order'
            and card.purpose = 'order' and card.status = 'succeeded'""",
    "wallet alone": """
        select count(*) from (select order_id from payments_now where purpose = 'order' group by all
            having count(*) = 1 and min(method) = 'wallet')""",
    "bonus spent": "select count(*) from payments_now where bonus_cny::decimal(18, 2) > 0",
    "top-up": "select count(*) from payments_now where purpose = 'topup' and status = 'succeeded'",
    "failed, then succeeded": """
        select count(*) from payments_now as failed join payments_now as paid using (order_id)
        where failed.status = 'failed' and paid.status = 'succeeded'""",
    "expired, then succeeded": """
        select count(*) from payments_now as expired join payments_now as paid using (order_id)
        where expired.status = 'expired' and paid.status = 'succeeded' and paid.purpose = 'order'""",
    "approved by hand": """
        select count(*) from payments_now where payment_id in
            (select payment_id from payments where status = 'pending_review') and status = 'succeeded'""",
    "paid in parts on two days": """
        select count(*) from (select order_id from payments_now
            where purpose = 'order' and status = 'succeeded' group by all
            having max(succeeded_at::timestamp) - min(succeeded_at::timestamp) > interval 12 hour)""",
    "purchase supplement": """
        select count(*) from payments_now where purpose = 'supplement' and order_type = 'purchase'""",
    "freight supplement": """
        select count(*) from payments_now where purpose = 'supplement' and order_type = 'forwarding'""",
    "quoted above the official rate": """
        select count(*) from payments_now join fx_rates_now as rates
            on rates.currency_code = payments_now.currency_code and rates.rate_date = succeeded_at[:10]
        where amount_cny is not null and payments_now.amount not like '%O'
            and payments_now.amount::decimal(18, 2) * quote_value::decimal(18, 10)
                between amount_cny::decimal(18, 2) * 1.02 and amount_cny::decimal(18, 2) * 1.04""",
    "foreign payment without a price in CNY": """
        select count(*) from payments_now
        where currency_code not in ('CNY', 'VND') and amount_cny is null""",
    "overpaid": """
        select count(*) from (select order_id, sum(amount_cny::decimal(18, 2)) as paid from payments_now
                where purpose = 'order' and status = 'succeeded' and payment_id not like 'PAYX%' group by all)
            join purchase_orders_now using (order_id)
        where paid >= goods_cny::decimal(18, 2) + coalesce(domestic_freight_cny, '0')::decimal(18, 2)
            + service_fee_cny::decimal(18, 2) - coalesce(discount_cny, '0')::decimal(18, 2) + 1""",
    **{
        f"refund of {component}": f"""
            select count(*) from refunds_now where component = '{component}' and status = 'completed'"""
        for component in ("goods", "domestic_freight", "service_fee", "freight", "service")
    },
    "refund of what is left": """
        select count(*) from refunds_now where component is null and status = 'completed'""",
    "refund without a reason": "select count(*) from refunds_now where reason is null",
    "full refund on cancellation": """
        select count(*) from refunds_now join payments_now using (payment_id)
            join purchase_orders_now using (order_id)
        where refunds_now.amount_cny = payments_now.amount_cny
            and purchase_orders_now.status = 'cancelled'""",
    "two refunds of one payment": """
        select count(*) from (select payment_id from refunds_now where refund_id like 'RF0%' group by all
            having count(*) > 1)""",
    "chargeback": "select count(*) from refunds_now where is_chargeback = 'true' and refund_id like 'RF0%'",
    "refund rejected": "select count(*) from refunds_now where status = 'rejected'",
    "refund into the wallet": "select count(*) from refunds_now where destination = 'wallet'",
    "refund of a top-up": """
        select count(*) from refunds_now join payments_now using (payment_id) where purpose = 'topup'""",
    "refund more than 30 days later": """
        select count(*) from refunds_now join payments_now using (payment_id)
        where completed_at::timestamptz > succeeded_at::timestamptz + interval 30 day""",
    "charge in two lines": """
        select count(*) from (select provider_txn_id from settlements_now
            where type = 'charge' and provider_txn_id is not null group by all having count(*) > 1)""",
    "charge that only names its payment": """
        select count(*) from settlements_now join payments_now using (payment_id)
        where type = 'charge' and settlements_now.provider_txn_id is null""",
    "charge that names its payment and its transaction": """
        select count(*) from settlements_now
        where type = 'charge' and payment_id is not null and provider_txn_id is not null""",
    "foreign payment that can never be matched": """
        select count(*) from payments_now where status = 'succeeded' and provider_txn_id is null
            and currency_code <> 'CNY' and succeeded_at < '2026-09-20' and payment_id not in
            (select payment_id from settlements_now where payment_id is not null)""",
    "charge never settled": """
        select count(*) from payments_now where status = 'succeeded' and provider_txn_id is not null
            and succeeded_at < '2026-09-20' and provider_txn_id not in
            (select provider_txn_id from settlements_now where provider_txn_id is not null)""",
    **{
        f"settlement line {kind}": f"select count(*) from settlements_now where type = '{kind}'"
        for kind in ("charge", "refund", "fee", "chargeback")
    },
    "line without divisor": "select count(*) from shipping_lines where volumetric_divisor is null",
}

EXACTLY_ONCE = {
    "line changes in the window": "select count(*) from shipping_lines where valid_from > '2026-09-28'",
    "line without step": "select count(*) from shipping_lines where step_weight_g is null",
    "rate corrected": """
        select count(*) from (select rate_date, currency_code from fx_rates group by all
            having count(distinct quote_value) = 2)""",
    "rate late": """
        select count(*) from fx_rates where delivered_on > '2026-09-28' and updated_at = (rate_date::date + 2)
            || 'T14:15:00Z'""",
}


@pytest.mark.parametrize("event", AT_LEAST_TWICE)
def test_event_occurs(platform: duckdb.DuckDBPyConnection, event: str) -> None:
    row = platform.execute(AT_LEAST_TWICE[event]).fetchone()
    assert row is not None
    assert row[0] >= 2, event


@pytest.mark.parametrize("event", EXACTLY_ONCE)
def test_event_occurs_once(platform: duckdb.DuckDBPyConnection, event: str) -> None:
    assert platform.execute(EXACTLY_ONCE[event]).fetchone() == (1,), event


def test_variety(platform: duckdb.DuckDBPyConnection) -> None:
    counts = platform.execute("""
        select count(distinct country_code), count(distinct acquisition_channel), count(distinct gender),
            (select count(distinct currency_code) from payments_now),
            (select count(distinct channel) from shipping_lines),
            (select count(distinct line_code) from forwarding_orders),
            (select count(distinct warehouse_code) from forwarding_orders),
            (select count(distinct service_code) from service_orders)
        from users_now""").fetchone()
    assert counts is not None
    least = (12, 6, 3, 13, 6, 9, 3, 5)
    assert all(count >= expected for count, expected in zip(counts, least, strict=True)), counts
