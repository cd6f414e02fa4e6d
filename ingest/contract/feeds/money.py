"""The feeds of money: payments, refunds, what providers settle, and official rates."""

from ingest.contract.feeds.aliases import METHODS
from ingest.contract.feeds.declaration import Column, Feed, RowRule, is_test, key, optional, required, version

PAYMENTS = Feed(
    "payments",
    "Payments of customers, for an order or into their wallet.",
    (
        key("payment_id", "text", "The platform's id of the payment.", "PAY3001"),
        required("user_id", "text", "The customer who paid.", "U1001"),
        optional("order_type", "code", "Type of the order paid for; empty for top-ups.", "purchase"),
        optional("order_id", "text", "The order paid for; empty for top-ups.", "PO5001"),
        required(
            "purpose",
            "code",
            "The order's bill, a later supplement to it, or a top-up of the wallet.",
            "order",
        ),
        required("method", "code", "How it was paid.", "paypal", names=METHODS),
        optional(
            "provider_txn_id", "text", "The payment provider's id, by which it is settled.", "TX-7F3A91"
        ),
        required("initiated_at", "instant", "When the customer began to pay.", "2026-03-02T21:04:00+08:00"),
        optional("succeeded_at", "instant", "When the payment was completed.", "2026-03-02T21:05:00+08:00"),
        required("status", "code", "What became of it; only `succeeded` ones count.", "succeeded"),
        required("currency_code", "currency", "Currency it was paid in.", "USD"),
        required("amount", "money", "Amount in that currency.", "39.60"),
        optional(
            "amount_cny",
            "money",
            "The price the customer was quoted, in CNY; else the official rate of the day is used.",
            "280.00",
        ),
        optional("fee_amount", "money", "The provider's fee, in the payment's currency.", "1.65"),
        optional("bonus_cny", "money", "Part of a wallet payment paid with granted bonus, in CNY.", ""),
        is_test("payment"),
        *version("2026-03-02T21:05:00+08:00"),
    ),
    rhythm_days=1,
    row_rules=(
        RowRule(
            "missing_order_type", "order_type", "purpose in ('order', 'supplement') and order_type is null"
        ),
        # The bonus is CNY, so it is compared with the payment's CNY amount. Nearly no payment has one, and reading text as a
        # number of more than 18 digits takes DuckDB longer than everything else that is checked.
        RowRule(
            "bonus_exceeds_payment",
            "bonus_cny",
            "case when bonus_cny is not null then try_cast(bonus_cny as decimal(38, 10)) > try_cast(coalesce("
            "amount_cny, case when currency_code = 'CNY' then amount end) as decimal(38, 10)) end",
        ),
    ),
)

REFUNDS = Feed(
    "refunds",
    "Money given back on a payment, and chargebacks.",
    (
        key("refund_id", "text", "The platform's id of the refund.", "RF4001"),
        required("payment_id", "text", "The payment it is taken from.", "PAY3001"),
        optional(
            "component",
            "open_code",
            "Part of the bill it gives back; empty takes the last part first.",
            "goods",
        ),
        optional("reason", "open_code", "Code of the reason.", "out_of_stock"),
        required("requested_at", "instant", "When it was asked for.", "2026-03-04T19:00:00+08:00"),
        optional("completed_at", "instant", "When the money went back.", "2026-03-05T10:00:00+08:00"),
        optional("destination", "code", "Whether it went back the way it came or to the wallet.", "original"),
        required("status", "code", "What became of it; only `completed` ones count.", "completed"),
        required("amount_cny", "money", "Amount given back, in CNY.", "130.00"),
        optional("currency_code", "currency", "Currency it was paid back in.", "USD"),
        optional("amount", "money", "Amount in that currency.", "18.39"),
        optional(
            "is_chargeback", "boolean", "Whether the bank took it back against the platform's will.", "false"
        ),
        *version("2026-03-05T10:00:00+08:00"),
    ),
)

SETTLEMENTS = Feed(
    "settlements",
    "What payment providers paid out or took, line by line.",
    (
        key("settlement_id", "text", "The provider's id of the line.", "ST6001"),
        optional(
            "provider_txn_id",
            "text",
            "The provider's id of the transaction it belongs to; required unless payment_id is given.",
            "TX-7F3A91",
        ),
        optional(
            "payment_id",
            "text",
            "The payment it belongs to, where the provider knows it: the line then settles that payment only.",
            "PAY3001",
        ),
        required("type", "code", "What the line is about; only `charge` lines close a payment.", "charge"),
        required("settled_at", "instant", "When the provider settled.", "2026-03-04T08:00:00+08:00"),
        required("currency_code", "currency", "Currency of the line.", "USD"),
        required("gross_amount", "signed_money", "Amount before the fee, in that currency.", "39.60"),
        optional("fee_amount", "signed_money", "The provider's fee, in that currency.", "1.65"),
        required("net_amount", "signed_money", "Amount after the fee, in that currency.", "37.95"),
        required("net_cny", "signed_money", "What arrived in the bank account, in CNY.", "271.20"),
        *version("2026-03-04T08:00:00+08:00"),
    ),
    row_rules=(
        RowRule("missing_value", "provider_txn_id", "provider_txn_id is null and payment_id is null"),
    ),
)

FX_RATES = Feed(
    "fx_rates",
    "Exchange rates by source, date and currency.",
    (
        key("rate_source", "open_code", "Who published it: `central_parity`, `ecb` …", "central_parity"),
        key("rate_date", "date", "Business date it was published for.", "2026-03-02"),
        key("currency_code", "currency", "The foreign currency.", "USD"),
        required("quote_value", "rate", "The rate as quoted.", "7.0712"),
        optional("quote_unit", "code", "For how many units it is quoted; 1 if empty.", "1"),
        optional(
            "quote_direction",
            "code",
            "CNY per foreign unit, or foreign units per CNY; the first if empty.",
            "cny_per_foreign",
        ),
        optional("published_at", "instant", "When it was published.", "2026-03-02T09:15:00+08:00"),
        # Publishers do not say when they changed a rate; a row without is the oldest of its key (R16).
        Column(
            "updated_at",
            "instant",
            "When the source last changed the rate; without one it is the oldest of its key.",
            "2026-03-02T09:15:00+08:00",
        ),
    ),
    row_rules=(
        # From 0.0000001 to below 10,000 CNY per unit: what a rate of ten decimals and money of two can carry.
        RowRule(
            "rate_out_of_range",
            "quote_value",
            "case when quote_direction = 'foreign_per_cny' "
            "then try_cast(coalesce(quote_unit, '1') as double) / try_cast(quote_value as double) "
            "else try_cast(quote_value as double) / try_cast(coalesce(quote_unit, '1') as double) end "
            "not between 0.0000001 and 9999.9999999999",
        ),
    ),
    publishers=("ecb", "central_parity"),
)
