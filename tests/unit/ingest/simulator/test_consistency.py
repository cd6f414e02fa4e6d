"""What is delivered agrees with itself and with the contract: bills, instants, refunds, rates, rhythm."""

from datetime import date
from decimal import ROUND_HALF_UP, Decimal

import duckdb
import pytest

from ingest.simulator.exchange import ecb_cny_rates

PAID_ORDERS = """
    with official as (
        select rate_date, currency_code, quote_value::decimal(20, 10) as rate from fx_rates_now
    ),
    paid as (
        select order_id, sum(coalesce(amount_cny::decimal(18, 2), case when currency_code = 'CNY'
            then amount::decimal(18, 2) else (select round(payments_now.amount::decimal(18, 2) * rate, 2)
                from official where official.currency_code = payments_now.currency_code
                    and rate_date <= succeeded_at[:10] order by rate_date desc limit 1) end)) as paid_cny
        from payments_now
        where purpose = 'order' and status = 'succeeded' and payment_id like 'PAY0%' group by all
    ),
    bills as (
        select order_id, status,
            goods_cny::decimal(18, 2) + coalesce(domestic_freight_cny, '0')::decimal(18, 2)
            + service_fee_cny::decimal(18, 2) - coalesce(discount_cny, '0')::decimal(18, 2) as due_cny
        from purchase_orders_now where order_id like 'PO0%'
        union all
        select order_id, status, freight_cny::decimal(18, 2) + surcharge_cny::decimal(18, 2)
            + insurance_cny::decimal(18, 2) + coalesce(customs_cny, '0')::decimal(18, 2)
            + service_cny::decimal(18, 2) - discount_cny::decimal(18, 2)
        from forwarding_orders_now where order_id like 'FO0%'
        union all
        select order_id, status, fee_cny::decimal(18, 2) - coalesce(discount_cny, '0')::decimal(18, 2)
        from service_orders_now where order_id like 'SO0%'
    )
    select count(*) filter (status not in ('pending_payment', 'packing', 'awaiting_payment', 'requested')),
        count(*) filter (status not in ('pending_payment', 'packing', 'awaiting_payment', 'requested')
            and (due_cny <= 0 or paid_cny >= due_cny)),
        count(*) filter (status in ('pending_payment', 'packing', 'awaiting_payment', 'requested')
            and paid_cny >= due_cny)
    from bills left join paid using (order_id) where status <> 'cancelled'"""


def test_orders_beyond_payment_are_paid_in_full(platform: duckdb.DuckDBPyConnection) -> None:
    """All but those whose payment lands late or whose paid version does."""
    row = platform.execute(PAID_ORDERS).fetchone()
    assert row is not None
    advanced, paid_in_full, ahead = row
    assert advanced > 700
    assert paid_in_full >= 0.985 * advanced
    assert ahead <= 5


IMPOSSIBLE = {
    "purchase order out of order": """
        select count(*) from purchase_orders where purchased_at < created_at or stored_at < purchased_at
            or completed_at < stored_at or cancelled_at < created_at or greatest(created_at, purchased_at,
            stored_at, completed_at, cancelled_at) > updated_at""",
    "parcel out of order": """
        select count(*) from forwarding_orders where packed_at < created_at or shipped_at < packed_at
            or delivered_at < shipped_at or greatest(created_at, packed_at, shipped_at, delivered_at,
            cancelled_at) > updated_at""",
    "service out of order": """
        select count(*) from service_orders where done_at < created_at or cancelled_at < created_at
            or greatest(created_at, done_at, cancelled_at) > updated_at""",
    "payment out of order": """
        select count(*) from payments where succeeded_at < initiated_at or succeeded_at > updated_at
            or (status = 'succeeded') <> (succeeded_at is not null)""",
    "order before its user registered": """
        select count(*) from purchase_orders_now join users_now using (user_id)
        where registered_at || '+08:00' > created_at and users_now.user_id like 'U0%'""",
    "order paid before it was created": """
        select count(*) from payments_now join purchase_orders_now using (order_id)
        where initiated_at::timestamptz < created_at::timestamptz""",
    "lines do not add up to the goods": """
        select count(*) from (select order_id, sum(quantity::int * unit_price_cny::decimal(18, 2)) as goods
                from purchase_order_lines_now group by all) join purchase_orders_now using (order_id)
        where goods <> goods_cny::decimal(18, 2) and created_at < '2026-10-12'""",
    "refunds above their payment": """
        select count(*) from (select payment_id, sum(amount_cny::decimal(18, 2)) as refunded from refunds_now
                where status = 'completed' and refund_id like 'RF0%' group by all)
            join payments_now using (payment_id)
        where amount_cny is not null and refunded > amount_cny::decimal(18, 2)""",
    "refund of a payment that did not succeed": """
        select count(*) from refunds_now join payments_now using (payment_id)
        where succeeded_at is not null and requested_at::timestamptz < succeeded_at::timestamptz
            and refund_id like 'RF0%'""",
    "wallet overdrawn": """
        select count(*) from (select user_id, sum(change) as balance from (
            select user_id, 1.05 * coalesce(amount_cny::decimal(18, 2), amount::decimal(18, 2) * coalesce((
                    select max(quote_value::decimal(20, 10)) from fx_rates
                    where fx_rates.currency_code = payments_now.currency_code), 1)) as change
                from payments_now where purpose = 'topup' and status = 'succeeded'
            union all
            select user_id, -amount::decimal(18, 2) from payments_now
                where method = 'wallet' and payment_id like 'PAY0%'
            union all
            select user_id, refunds_now.amount_cny::decimal(18, 2) from refunds_now
                join payments_now using (payment_id)
                where destination = 'wallet' and refunds_now.status <> 'rejected' and refund_id like 'RF0%')
            group by all)
        where balance < 0""",
    "e-mail outside example.com": "select count(*) from users where email not like '%@example.com'",
    "currency amount with decimals it does not have": """
        select count(*) from payments where currency_code in ('JPY', 'KRW') and amount like '%.%'""",
    "net is not gross less fee": """
        select count(*) from settlements
        where net_amount::decimal(18, 2) <> gross_amount::decimal(18, 2) - fee_amount::decimal(18, 2)""",
    "settlement far from the official rate": """
        select count(*) from settlements_now join fx_rates_now on fx_rates_now.currency_code
            = settlements_now.currency_code and rate_date = settled_at[:10]
        where abs(net_amount::decimal(18, 2)) > 20
            and net_cny::double / (net_amount::double * quote_value::double) not between 0.95 and 1.05""",
}


@pytest.mark.parametrize("case", IMPOSSIBLE)
def test_impossible_rows_do_not_occur(platform: duckdb.DuckDBPyConnection, case: str) -> None:
    assert platform.execute(IMPOSSIBLE[case]).fetchone() == (0,), case


def test_rate_is_the_exact_cross_of_the_published_values(platform: duckdb.DuckDBPyConnection) -> None:
    """ECB, 2026-10-23: EUR 1 = CNY 7.466 = USD 1.1193 = JPY 175.51, each read off ECB's own file."""
    for code, per_euro in {"USD": "1.1193", "JPY": "175.51", "EUR": "1"}.items():
        expected = (Decimal("7.466") / Decimal(per_euro)).quantize(Decimal("1e-10"), ROUND_HALF_UP)
        delivered = platform.execute(
            "select quote_value from fx_rates_now where rate_date = '2026-10-23' and currency_code = ?",
            [code],
        ).fetchone()
        assert delivered == (str(expected),)
        assert Decimal(ecb_cny_rates(date(2026, 10, 23), date(2026, 10, 23))[date(2026, 10, 23)][code]) == (
            expected.scaleb(10)
        )


def test_rates_have_no_weekends_and_cover_the_history(platform: duckdb.DuckDBPyConnection) -> None:
    row = platform.execute("""
        select count(*) filter (isodow(rate_date::date) > 5), min(rate_date), max(rate_date),
            bool_and(published_at = rate_date || 'T14:15:00Z') from fx_rates""").fetchone()
    assert row == (0, "2026-07-15", "2026-10-23", True)


def test_customers_are_awake_in_chinas_early_morning(platform: duckdb.DuckDBPyConnection) -> None:
    hours = dict(
        platform.execute(
            "select created_at[12:13]::int, count(distinct order_id) from purchase_orders group by all"
        ).fetchall()
    )
    night = sum(hours.get(hour, 0) for hour in range(6))
    afternoon = sum(hours.get(hour, 0) for hour in range(12, 18))
    assert night > 2 * afternoon


def test_agents_work_by_day(platform: duckdb.DuckDBPyConnection) -> None:
    row = platform.execute("""
        select count(*) from purchase_orders
        where purchased_at[12:13]::int not between 9 and 18 or stored_at[12:13]::int not between 9 and 18
    """).fetchone()
    assert row == (0,)


def test_sundays_are_busier_than_wednesdays(platform: duckdb.DuckDBPyConnection) -> None:
    by_weekday = dict(
        platform.execute("""
            select isodow(created_at[:10]::date), count(distinct order_id) from purchase_orders group by all
        """).fetchall()
    )
    assert by_weekday[7] > 1.1 * by_weekday[3]
