"""The declared feeds (CONTRACT section 3): columns, types, keys, required, personal data, closed code
lists."""

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from ingest.foundation.errors import WarehouseError

CODE_LISTS_PATH = Path(__file__).resolve().parents[2] / "dbt_project" / "seeds" / "code_lists.csv"

# text      as delivered
# upper     text in upper case (countries, preferred currency)
# code      in lower case, one of a closed list
# currency  three letters in upper case
# money     decimal text, at least 0, at most 10 decimals;  signed_money  may be negative
# measure   decimal text, at least 0 (weights, lengths, divisors);  rate  decimal text above 0
# integer   whole number, at least 0
# boolean, instant (UTC), date (business date)


@dataclass(frozen=True)
class Column:
    """One column of a feed."""

    name: str
    type: str = "text"
    is_required: bool = False
    is_key: bool = False
    is_personal: bool = False


@dataclass(frozen=True)
class Feed:
    """One feed: its columns in contract order; the key identifies the thing whose versions the rows are."""

    name: str
    columns: tuple[Column, ...]

    @property
    def column_names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)

    @property
    def key(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns if column.is_key)

    @property
    def required(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns if column.is_required)

    @property
    def personal(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns if column.is_personal)


def _key(name: str, type_: str = "text") -> Column:
    return Column(name, type_, is_required=True, is_key=True)


def _required(name: str, type_: str = "text") -> Column:
    return Column(name, type_, is_required=True)


def _optional(name: str, type_: str = "text") -> Column:
    return Column(name, type_)


def _personal(name: str) -> Column:
    return Column(name, is_personal=True)


_VERSION = (_required("updated_at", "instant"), _optional("is_deleted", "boolean"))

_FEEDS = (
    Feed(
        "users",
        (
            _key("user_id"),
            _required("registered_at", "instant"),
            _optional("country_code", "upper"),
            _optional("gender"),
            _optional("acquisition_channel"),
            _optional("preferred_currency", "upper"),
            _personal("email"),
            _personal("phone"),
            _optional("is_test", "boolean"),
            *_VERSION,
        ),
    ),
    Feed(
        "purchase_orders",
        (
            _key("order_id"),
            _required("user_id"),
            _required("platform", "code"),
            _required("created_at", "instant"),
            _required("status", "code"),
            _required("goods_cny", "money"),
            _optional("domestic_freight_cny", "money"),
            _optional("service_fee_cny", "money"),
            _optional("discount_cny", "money"),
            _optional("purchase_cost_cny", "money"),
            _optional("purchased_at", "instant"),
            _optional("stored_at", "instant"),
            _optional("completed_at", "instant"),
            _optional("cancelled_at", "instant"),
            _optional("cancel_reason"),
            _optional("is_test", "boolean"),
            *_VERSION,
        ),
    ),
    Feed(
        "purchase_order_lines",
        (
            _key("order_id"),
            _key("line_no", "integer"),
            _optional("seller_id"),
            _optional("category"),
            _optional("title"),
            _required("quantity", "integer"),
            _required("unit_price_cny", "money"),
            *_VERSION,
        ),
    ),
    Feed(
        "forwarding_orders",
        (
            _key("order_id"),
            _required("user_id"),
            _required("warehouse_code"),
            _required("line_code"),
            _required("destination_country", "upper"),
            _required("created_at", "instant"),
            _required("status", "code"),
            _required("freight_cny", "money"),
            _optional("surcharge_cny", "money"),
            _optional("insurance_cny", "money"),
            _optional("customs_cny", "money"),
            _optional("service_cny", "money"),
            _optional("discount_cny", "money"),
            _optional("packed_at", "instant"),
            _optional("shipped_at", "instant"),
            _optional("delivered_at", "instant"),
            _optional("cancelled_at", "instant"),
            _optional("is_test", "boolean"),
            *_VERSION,
        ),
    ),
    Feed(
        "forwarding_boxes",
        (
            _key("order_id"),
            _key("box_no", "integer"),
            _optional("tracking_number"),
            _required("actual_weight_g", "measure"),
            _optional("length_mm", "measure"),
            _optional("width_mm", "measure"),
            _optional("height_mm", "measure"),
            _optional("carrier_cost_cny", "money"),
            *_VERSION,
        ),
    ),
    Feed(
        "shipping_lines",
        (
            _key("line_code"),
            _key("valid_from", "date"),
            _optional("line_name"),
            _required("channel"),
            _optional("volumetric_divisor", "measure"),
            _optional("first_weight_g", "measure"),
            _optional("first_fee_cny", "money"),
            _optional("step_weight_g", "measure"),
            _optional("step_fee_cny", "money"),
            _optional("promised_days", "integer"),
            *_VERSION,
        ),
    ),
    Feed(
        "service_orders",
        (
            _key("order_id"),
            _required("user_id"),
            _required("service_code"),
            _optional("quantity", "integer"),
            _optional("target_type"),
            _optional("target_id"),
            _required("fee_cny", "money"),
            _optional("discount_cny", "money"),
            _required("created_at", "instant"),
            _optional("done_at", "instant"),
            _optional("cancelled_at", "instant"),
            _required("status", "code"),
            _optional("is_test", "boolean"),
            *_VERSION,
        ),
    ),
    Feed(
        "payments",
        (
            _key("payment_id"),
            _required("user_id"),
            _optional("order_type", "code"),
            _optional("order_id"),
            _required("purpose", "code"),
            _required("method", "code"),
            _optional("provider_txn_id"),
            _required("initiated_at", "instant"),
            _optional("succeeded_at", "instant"),
            _required("status", "code"),
            _required("currency_code", "currency"),
            _required("amount", "money"),
            _optional("amount_cny", "money"),
            _optional("fee_amount", "money"),
            _optional("bonus_cny", "money"),
            _optional("is_test", "boolean"),
            *_VERSION,
        ),
    ),
    Feed(
        "refunds",
        (
            _key("refund_id"),
            _required("payment_id"),
            _optional("component"),
            _optional("reason"),
            _required("requested_at", "instant"),
            _optional("completed_at", "instant"),
            _optional("destination", "code"),
            _required("status", "code"),
            _required("amount_cny", "money"),
            _optional("currency_code", "currency"),
            _optional("amount", "money"),
            _optional("is_chargeback", "boolean"),
            *_VERSION,
        ),
    ),
    Feed(
        "settlements",
        (
            _key("settlement_id"),
            _required("provider_txn_id"),
            _required("type", "code"),
            _required("settled_at", "instant"),
            _required("currency_code", "currency"),
            _required("gross_amount", "signed_money"),
            _optional("fee_amount", "signed_money"),
            _required("net_amount", "signed_money"),
            _required("net_cny", "signed_money"),
            *_VERSION,
        ),
    ),
    Feed(
        "fx_rates",
        (
            _key("rate_source"),
            _key("rate_date", "date"),
            _key("currency_code", "currency"),
            _required("quote_value", "rate"),
            _optional("quote_unit", "code"),
            _optional("quote_direction", "code"),
            _optional("published_at", "instant"),
            _optional("updated_at", "instant"),
        ),
    ),
    Feed(
        "traffic_daily",
        (
            _key("traffic_date", "date"),
            _key("acquisition_channel"),
            _key("country_code", "upper"),
            _required("visitors", "integer"),
            _required("sessions", "integer"),
            _optional("cart_sessions", "integer"),
            _optional("cost_cny", "money"),
        ),
    ),
)

# In landing order.
FEEDS: dict[str, Feed] = {feed.name: feed for feed in _FEEDS}


@cache
def _code_lists(modified_ns: int) -> dict[tuple[str, str], tuple[str, ...]]:
    """The seed's content; `modified_ns` only makes an edited file be read again."""
    lists: dict[tuple[str, str], list[str]] = {}
    with CODE_LISTS_PATH.open(encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            try:
                place = (row["feed"].strip(), row["column_name"].strip())
                lists.setdefault(place, []).append(row["code"].strip().lower())
            except (KeyError, AttributeError):
                raise WarehouseError(
                    f"{CODE_LISTS_PATH}: expected the columns feed, column_name, code in every row. "
                    "Nothing was landed. Correct the file."
                ) from None
    return {place: tuple(dict.fromkeys(codes)) for place, codes in lists.items()}


def code_list(feed: str, column: str) -> tuple[str, ...]:
    """The codes a closed column may hold, in lower case, from the seed that users may extend.

    Raises WarehouseError when the seed is missing or has no list for the column.
    """
    try:
        lists = _code_lists(CODE_LISTS_PATH.stat().st_mtime_ns)
    except OSError as error:
        raise WarehouseError(f"{CODE_LISTS_PATH}: {error.strerror}. Nothing was landed.") from None
    if (feed, column) not in lists:
        raise WarehouseError(
            f"{CODE_LISTS_PATH} has no code for column {column} of feed {feed}. Nothing was landed. "
            "Add at least one row for it."
        )
    return lists[feed, column]
