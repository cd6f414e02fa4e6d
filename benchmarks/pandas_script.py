"""The platform's own script: what a developer who knows pandas writes for the figures of money, orders and users.

It reads all landing files and makes MARTS anew, one Parquet file a mart; it lands nothing, checks no row and keeps nothing
between two runs. Instants are UTC without a zone, money is whole fen until it is written. Rules are cited as in docs/contract.md.
"""

import re
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import parquet

from benchmarks.measure import ScriptCost, cost_of
from ingest.foundation.sql import quote_text

MARTS = ("core_daily", "orders_daily", "services_daily", "users_monthly")
COMPONENTS = {
    "purchase": ["goods", "domestic_freight", "service_fee"],
    "forwarding": ["freight", "surcharge", "insurance", "customs", "service"],
    "service": ["service"],
}
SLOTS = ["bill_1", "bill_2", "bill_3", "bill_4", "bill_5", "supplement", "unallocated"]
TYPES = [*COMPONENTS, "all"]
BOOKED = ["gross_paid_cny", "refund_cny", "chargeback_cny", "net_revenue_cny"]
ORDER = ["order_type", "order_id"]
RATE_FLAGS = ["is_rate_provisional", "is_rate_stale"]
RATE = ["rate_source", "rate_date", "currency_code"]
# A feed that has not spoken for longer is silent (R22).
RHYTHM = {"purchase": timedelta(days=1), "forwarding": timedelta(days=7), "service": timedelta(days=7)}
SHANGHAI = pd.Timedelta(hours=8)
STALE = pd.Timedelta(days=10)
ORDER_COLUMNS = ["order_id", "user_id", "status", "created_at", "discount_cny", "cancelled_at", "is_test"]
# Of each feed, what these marts need beside updated_at and is_deleted.
COLUMNS = {
    "users": ["user_id", "country_code", "gender", "acquisition_channel", "is_test"],
    "purchase_orders": [*ORDER_COLUMNS, "platform", "goods_cny", "domestic_freight_cny", "service_fee_cny"],
    "purchase_order_lines": ["order_id", "line_no", "quantity"],
    "forwarding_orders": [*ORDER_COLUMNS, *(f"{name}_cny" for name in COMPONENTS["forwarding"])],
    "service_orders": [*ORDER_COLUMNS, "service_code", "fee_cny"],
    "payments": [
        *ORDER,
        "payment_id",
        "user_id",
        "purpose",
        "succeeded_at",
        "status",
        "currency_code",
        "amount",
        "amount_cny",
        "is_test",
    ],
    "refunds": [
        "refund_id",
        "payment_id",
        "component",
        "completed_at",
        "status",
        "amount_cny",
        "is_chargeback",
    ],
    "fx_rates": [*RATE, "quote_value", "quote_unit", "quote_direction", "published_at"],
}

Frames = dict[str, pd.DataFrame]


def run_pandas(landing_dir: Path, out_dir: Path, as_of: datetime, *, rate_source: str = "ecb") -> ScriptCost:
    """Write MARTS of all files `landing_dir/<day>/<feed>/<file>` to `out_dir/<mart>.parquet`. `as_of` is UTC, naive."""
    feeds: Frames = {}
    out_dir.mkdir()
    read = cost_of(lambda: feeds.update({name: read_feed(landing_dir, name) for name in COLUMNS}))
    return ScriptCost(
        read, cost_of(lambda: write_marts(feeds, out_dir, pd.Timestamp(as_of).as_unit("us"), rate_source))
    )


def read_feed(landing_dir: Path, feed: str) -> pd.DataFrame:
    """All versions in landing order, typed."""
    is_rates = feed == "fx_rates"
    names = [*COLUMNS[feed], "updated_at", *([] if is_rates else ["is_deleted"])]
    files = sorted(landing_dir.glob(f"*/{feed}/*"))
    rows = pd.concat([_read_file(file, names) for file in files], ignore_index=True)
    for name in names:
        if name.endswith("_at"):
            rows[name] = _utc(rows[name])
        elif name.startswith("is_"):
            rows[name] = rows[name].isin(["true", "1"])
        elif name.endswith("_cny"):
            rows[name] = _scaled(rows[name], 2)
        elif name == "amount":
            rows[name] = _scaled(rows[name], 4)
        elif name in ("country_code", "acquisition_channel", "service_code"):
            rows[name] = rows[name].map({code: _open_code(code) for code in rows[name].dropna().unique()})
    return rows


def write_marts(feeds: Frames, out_dir: Path, as_of: pd.Timestamp, rate_source: str) -> None:
    users = known_attributes(feeds["users"])
    orders = bill_orders(feeds, as_of)
    payments = fill_bills(judge_payments(feeds, orders, as_of, rate_source))
    paid = pay_orders(orders, payments, as_of)
    payments = _as_of_moment(payments, users, "succeeded_at")
    money = money_rows(payments, refund_parts(feeds["refunds"], payments, as_of))
    paid = _as_of_moment(_with_services(paid), users, "paid_at")
    until = _spoken_until(feeds)
    marts = (
        core_daily(money, paid, until, as_of),
        orders_daily(money, paid),
        services_daily(money, paid),
        users_monthly(money, paid, users, until, as_of),
    )
    for name, mart in zip(MARTS, marts, strict=True):
        _write(mart, out_dir / f"{name}.parquet")


def known_attributes(versions: pd.DataFrame) -> pd.DataFrame:
    """One row a version of a user that was not deleted, with what was known from `valid_from` on (R19)."""
    rows = versions[~versions["is_deleted"]].sort_values(["user_id", "updated_at"], kind="stable")
    rows["country_code"] = rows["country_code"].mask(rows["country_code"].isin(["ZZ", "UNKNOWN"]))
    channel = rows["acquisition_channel"]
    rows["acquisition_channel"] = channel.mask(channel.str.lower() == "unknown")
    rows["gender"] = rows["gender"].where(rows["gender"].isin(["female", "male"]))
    names = ["country_code", "acquisition_channel", "gender"]
    by_user = rows.groupby("user_id", sort=False)[names]
    first_known = by_user.transform("first")
    rows[names] = by_user.ffill().fillna(first_known)
    rows = rows.fillna({"country_code": "ZZ", "acquisition_channel": "unknown", "gender": "unknown"})
    first = ~rows.duplicated("user_id")
    rows["valid_from"] = rows["updated_at"].mask(first, pd.Timestamp("1900-01-01"))
    return rows.sort_values("valid_from", kind="stable")[["user_id", "valid_from", *names]]


def bill_orders(feeds: Frames, as_of: pd.Timestamp) -> pd.DataFrame:
    """One row a current order, deleted ones too: `to_1` to `to_5`, where each component of its bill ends, and `due` (R6)."""
    lines = _latest(feeds["purchase_order_lines"], ["order_id", "line_no"])
    quantity = pd.to_numeric(lines.loc[~lines["is_deleted"], "quantity"]).astype("int64")
    quantities = quantity.groupby(lines["order_id"]).sum()
    parts = []
    for order_type, components in COMPONENTS.items():
        rows = _latest(feeds[f"{order_type}_orders"], ["order_id"]).rename(columns={"fee_cny": "service_cny"})
        bill = rows[[f"{name}_cny" for name in components]].fillna(0).to_numpy("int64")
        ends = np.cumsum(bill - _discounts(bill, rows["discount_cny"].fillna(0).to_numpy("int64")), axis=1)
        for number in range(1, 6):
            rows[f"to_{number}"] = ends[:, min(number, ends.shape[1]) - 1]
        rows["has_service"] = bill[:, -1] > 0
        parts.append(rows.assign(order_type=order_type, due=ends[:, -1]))
    orders = pd.concat(parts, ignore_index=True)
    orders["item_quantity"] = orders["order_id"].map(quantities).fillna(0).astype("int64")
    orders["item_quantity"] = orders["item_quantity"].where(orders["order_type"] == "purchase", 0)
    orders["platform"] = orders["platform"].fillna("unknown")
    orders["service_code"] = (
        orders["service_code"].fillna("unknown").mask(orders["order_type"] == "forwarding", "parcel_bundle")
    )
    orders["is_test"] |= orders["user_id"].isin(_test_users(feeds["users"]))
    orders["is_cancelled"] = (orders["status"] == "cancelled") & ~(orders["cancelled_at"] >= as_of)
    return orders


def judge_payments(
    feeds: Frames, orders: pd.DataFrame, as_of: pd.Timestamp, rate_source: str
) -> pd.DataFrame:
    """One row a current payment, `is_counted` (R5) and `revenue` (R13) beside its order's bill."""
    payments = _latest(feeds["payments"], ["payment_id"])
    payments["paid_date"] = _business_date(payments["succeeded_at"])
    is_open = payments["amount_cny"].isna()
    rates = _rates(feeds["fx_rates"], as_of, rate_source)
    booked = _book(payments.loc[is_open, ["currency_code", "paid_date", "amount"]], rates)
    payments = payments.join(booked)
    payments["revenue"] = payments["amount_cny"].fillna(payments["booked"])
    payments[RATE_FLAGS] = payments[RATE_FLAGS].eq(True)
    of_order = orders[
        [*ORDER, "is_test", "is_deleted", "platform", "service_code", "due"]
        + [f"to_{number}" for number in range(1, 6)]
    ]
    payments = payments.merge(
        of_order.rename(columns={"is_test": "is_order_test", "is_deleted": "is_order_deleted"}),
        how="left",
        on=ORDER,
    )
    payments["is_order_known"] = payments["is_order_deleted"].eq(False)
    payments["is_test"] |= payments["is_order_test"].eq(True)
    payments["is_test"] |= payments["user_id"].isin(_test_users(feeds["users"]))
    payments["is_counted"] = (
        ~payments["is_deleted"]
        & ~payments["is_test"]
        & (payments["purpose"] != "topup")
        & (payments["status"] == "succeeded")
        & (payments["succeeded_at"] < as_of)
        & payments["revenue"].notna()
    )
    return payments


def fill_bills(judged: pd.DataFrame) -> pd.DataFrame:
    """Counted payments, their revenue spread over SLOTS: the bill's components end to end, then what exceeds it (R6)."""
    rows = judged[judged["is_counted"]].sort_values(["succeeded_at", "payment_id"], ignore_index=True)
    rows["revenue"] = rows["revenue"].astype("int64")
    rows["is_filling"] = (rows["purpose"] == "order") & rows["is_order_known"]
    filling = rows[rows["is_filling"]]
    rows["fill_to"] = filling.groupby(ORDER, sort=False)["revenue"].cumsum()
    fill_to = rows["fill_to"].fillna(0).to_numpy("int64")[:, None]
    revenue = rows["revenue"].to_numpy()
    ends = rows[[f"to_{number}" for number in range(1, 6)]].fillna(0).to_numpy("int64")
    starts = np.hstack([np.zeros((len(rows), 1), "int64"), ends[:, :-1]])
    filled = np.minimum(fill_to, ends) - np.maximum(fill_to - revenue[:, None], starts)
    filled = np.maximum(filled, 0) * rows["is_filling"].to_numpy()[:, None]
    rows[SLOTS[:5]] = filled
    over = revenue - filled.sum(axis=1)
    rows["supplement"] = np.where(rows["is_order_known"], over, 0)
    rows["unallocated"] = np.where(rows["is_order_known"], 0, over)
    is_known = rows["is_order_known"]
    rows["platform"] = rows["platform"].where(is_known, "unknown")
    service = np.where(rows["order_type"] == "forwarding", "parcel_bundle", "unknown")
    rows["service_code"] = rows["service_code"].where(is_known, pd.Series(service))
    return rows


def pay_orders(orders: pd.DataFrame, payments: pd.DataFrame, as_of: pd.Timestamp) -> pd.DataFrame:
    """Orders paid in full, with `paid_at` and `paid_date` (R7)."""
    reaching = payments[payments["is_filling"] & (payments["fill_to"] >= payments["due"])]
    reached = reaching.drop_duplicates(ORDER)[[*ORDER, "succeeded_at"]]  # The first: payments are in order.
    rows = orders[~orders["is_deleted"] & ~orders["is_test"]].merge(reached, how="left", on=ORDER)
    free = rows["created_at"].where(~rows["is_cancelled"] & (rows["created_at"] < as_of))
    rows["paid_at"] = rows["succeeded_at"].where(rows["due"] > 0, free)
    rows = rows[rows["paid_at"].notna()].reset_index(drop=True)
    rows["paid_date"] = _business_date(rows["paid_at"])
    return rows


def refund_parts(versions: pd.DataFrame, payments: pd.DataFrame, as_of: pd.Timestamp) -> pd.DataFrame:
    """Counted refunds with the columns of their payment; `service_part` is what they take from a parcel's service (R8)."""
    refunds = _latest(versions, ["refund_id"])
    refunds = refunds[
        ~refunds["is_deleted"] & (refunds["status"] == "completed") & (refunds["completed_at"] < as_of)
    ].drop(columns=["status", "updated_at", "is_deleted"])
    rows = refunds.rename(columns={"amount_cny": "refunded"}).merge(
        payments.drop(columns="amount_cny"), on="payment_id"
    )
    allowed = {f"{kind} {name}" for kind, names in COMPONENTS.items() for name in [*names, "supplement"]}
    named = rows["component"].notna()
    rows = rows[~named | (rows["order_type"] + " " + rows["component"]).isin(allowed)]
    rows["refunded"] = rows["refunded"].astype("int64")
    rows["is_unnamed"] = rows["component"].isna()
    rows = rows.sort_values(["payment_id", "is_unnamed", "completed_at", "refund_id"], ignore_index=True)
    rows = rows[_accepted(rows)].reset_index(drop=True)
    slot = pd.Series(-1, index=rows.index)
    for kind, names in COMPONENTS.items():
        for number, name in enumerate(names):
            slot = slot.mask((rows["order_type"] == kind) & (rows["component"] == name), number)
    slot = slot.mask(rows["component"] == "supplement", 5)
    is_named = ~rows["is_unnamed"].to_numpy()
    # What the named ones left of their payment, counted from its last component.
    payment = pd.factorize(rows["payment_id"])[0]
    taken = np.zeros((int(payment.max()) + 1 if len(rows) else 0, 7), "int64")
    np.add.at(taken, (payment[is_named], slot.to_numpy()[is_named]), rows["refunded"].to_numpy()[is_named])
    left = np.maximum(rows[SLOTS].to_numpy() - taken[payment], 0)[:, ::-1]
    ends = np.cumsum(left, axis=1)
    to = rows["refunded"].where(rows["is_unnamed"], 0).groupby(rows["payment_id"]).cumsum().to_numpy()
    refunded = rows["refunded"].to_numpy()
    at = len(SLOTS) - 1 - 4
    peeled = np.minimum(to, ends[:, at]) - np.maximum(to - refunded, ends[:, at] - left[:, at])
    part = np.where(is_named, np.where(slot == 4, refunded, 0), np.maximum(peeled, 0))
    rows["service_part"] = np.where(rows["is_order_known"], part, 0)
    return rows


def money_rows(payments: pd.DataFrame, refunds: pd.DataFrame) -> pd.DataFrame:
    """One row a payment or refund and business type (R4): BOOKED in fen, of payments the components of a purchase."""
    keys = ["user_id", "platform", "service_code", "country_code", "acquisition_channel", *RATE_FLAGS]
    is_parcel = payments["order_type"] == "forwarding"
    parcel_service = payments["bill_5"].where(is_parcel, 0)
    own = payments["revenue"] - parcel_service
    paid = payments[[*keys, "order_type", "paid_date", "succeeded_at", *SLOTS]].rename(
        columns={"paid_date": "business_date", "succeeded_at": "occurred_at"}
    )
    has_own = ~is_parcel | (own > 0) | (payments["revenue"] == 0)
    back = refunds[[*keys, "order_type", "completed_at", "is_chargeback"]].rename(
        columns={"completed_at": "occurred_at"}
    )
    back["business_date"] = _business_date(back["occurred_at"])
    rest = refunds["refunded"] - refunds["service_part"]
    is_split = refunds["service_part"] > 0
    parts = [
        paid.assign(business_type=paid["order_type"], gross_paid_cny=own)[has_own],
        paid.drop(columns=SLOTS).assign(business_type="service", gross_paid_cny=parcel_service)[
            parcel_service > 0
        ],
        back.assign(business_type=back["order_type"], taken=rest)[~is_split | (rest > 0)],
        back.assign(business_type="service", taken=refunds["service_part"])[is_split],
    ]
    rows = pd.concat(parts, ignore_index=True)
    rows["is_payment"] = rows["gross_paid_cny"].notna()
    numbers = ["gross_paid_cny", "taken", *SLOTS]
    rows[numbers] = rows[numbers].fillna(0).astype("int64")
    is_chargeback = rows["is_chargeback"].eq(True)
    rows["refund_cny"] = rows["taken"].mask(is_chargeback, 0)
    rows["chargeback_cny"] = rows["taken"].where(is_chargeback, 0)
    rows["net_revenue_cny"] = rows["gross_paid_cny"] - rows["taken"]
    return rows


def core_daily(
    money: pd.DataFrame, paid: pd.DataFrame, until: pd.Series, as_of: pd.Timestamp
) -> pd.DataFrame:
    """One row a date since the first payment and business type."""
    keys = ["business_date", "business_type"]
    sums = _with_total(money.groupby(keys)[BOOKED].sum(), "sum")
    flags = _with_total(money.groupby(keys)[RATE_FLAGS].max(), "max")
    by_type = paid.groupby(["paid_date", "business_type"]).size()
    in_all = paid[paid["is_own"]].groupby("paid_date").size()
    orders = pd.concat([by_type, pd.concat({"all": in_all}).swaplevel()]).rename_axis(keys)
    payers = _for_all(money[money["is_payment"]][["user_id", *keys]]).drop_duplicates()
    firsts = payers.groupby(["user_id", "business_type"])["business_date"].transform("min")
    paying = payers.groupby(keys).size()
    new = payers[payers["business_date"] == firsts].groupby(keys).size()
    today = _business_date(pd.Series([as_of]))[0]
    dates = pd.date_range(money.loc[money["is_payment"], "business_date"].min(), today, unit="us")
    grid = pd.MultiIndex.from_product([dates, TYPES], names=keys)
    mart = sums.reindex(grid, fill_value=0)
    for name, counts in (
        ("paid_order_count", orders),
        ("paying_user_count", paying),
        ("new_user_count", new),
    ):
        mart[name] = counts.reindex(grid, fill_value=0)
    mart["returning_user_count"] = mart["paying_user_count"] - mart["new_user_count"]
    flags = flags.reindex(grid, fill_value=False).astype(bool)
    mart["has_provisional_rate"], mart["has_stale_rate"] = (
        flags["is_rate_provisional"],
        flags["is_rate_stale"],
    )
    mart = mart.reset_index()
    mart["is_complete"] = _row_end(mart["business_date"], as_of) <= mart["business_type"].map(until)
    return mart


def orders_daily(money: pd.DataFrame, paid: pd.DataFrame) -> pd.DataFrame:
    """Purchases, one row a date, platform, country and channel."""
    keys = ["business_date", "platform", "country_code", "acquisition_channel"]
    names = {"bill_1": "goods_cny", "bill_2": "domestic_freight_cny", "bill_3": "service_fee_cny"}
    names |= {"supplement": "supplement_cny", "unallocated": "unallocated_cny"}
    of_type = money[money["business_type"] == "purchase"].rename(columns=names)
    sums = of_type.groupby(keys)[[*names.values(), *BOOKED]].sum()
    orders = paid[paid["business_type"] == "purchase"].rename(columns={"paid_date": "business_date"})
    counts = orders.groupby(keys).agg(
        paid_order_count=("order_id", "size"), item_quantity=("item_quantity", "sum")
    )
    return counts.join(sums, how="outer").fillna(0).astype("int64").reset_index()


def services_daily(money: pd.DataFrame, paid: pd.DataFrame) -> pd.DataFrame:
    """Services, one row a date and service code."""
    keys = ["business_date", "service_code"]
    sums = money[money["business_type"] == "service"].groupby(keys)[BOOKED].sum()
    orders = paid[paid["business_type"] == "service"].rename(columns={"paid_date": "business_date"})
    counts = orders.groupby(keys).size().rename("paid_order_count").to_frame()
    return counts.join(sums, how="outer").fillna(0).astype("int64").reset_index()


def users_monthly(
    money: pd.DataFrame, paid: pd.DataFrame, users: pd.DataFrame, until: pd.Series, as_of: pd.Timestamp
) -> pd.DataFrame:
    """One row a month, business type, country, channel and gender."""
    keys = ["user_id", "business_type", "month"]
    sums = _for_all(
        money.assign(month=_month(money["business_date"]))
        .groupby(keys, as_index=False)
        .agg(
            gross_paid_cny=("gross_paid_cny", "sum"),
            net_revenue_cny=("net_revenue_cny", "sum"),
            is_paying=("is_payment", "max"),
        )
    )
    sums = sums.groupby(keys).agg({"gross_paid_cny": "sum", "net_revenue_cny": "sum", "is_paying": "max"})
    dated = paid.assign(month=_month(paid["paid_date"]))
    orders = pd.concat([dated, dated[dated["is_own"]].assign(business_type="all")]).groupby(keys).size()
    rows = sums.join(orders.rename("paid_order_count"), how="outer").reset_index()
    numbers = ["gross_paid_cny", "net_revenue_cny", "paid_order_count"]
    rows[numbers] = rows[numbers].fillna(0).astype("int64")
    rows["is_paying"] = rows["is_paying"].eq(True)
    # Of the whole history: the first paying month is the one of the first payment.
    first = (
        rows["month"]
        .where(rows["is_paying"])
        .groupby([rows["user_id"], rows["business_type"]])
        .transform("min")
    )
    rows["is_new"] = rows["is_paying"] & (rows["month"] == first)
    month_end = rows["month"] + pd.offsets.MonthBegin(1)
    rows["ends_at"] = _until(month_end - SHANGHAI, as_of)
    rows = _as_of_moment(rows, users, "ends_at")
    groups = ["month", "business_type", "country_code", "acquisition_channel", "gender"]
    mart = (
        rows.groupby(groups)
        .agg(
            paying_user_count=("is_paying", "sum"),
            new_user_count=("is_new", "sum"),
            paid_order_count=("paid_order_count", "sum"),
            gross_paid_cny=("gross_paid_cny", "sum"),
            net_revenue_cny=("net_revenue_cny", "sum"),
        )
        .reset_index()
    )
    mart["returning_user_count"] = mart["paying_user_count"] - mart["new_user_count"]
    last_date = mart["month"] + pd.offsets.MonthEnd(1)
    mart["is_complete"] = _row_end(last_date, as_of) <= mart["business_type"].map(until)
    return mart


def make_database(out_dir: Path, path: Path) -> None:
    """MARTS in schema marts of a DuckDB file, as `differing_marts` compares them."""
    with duckdb.connect(":memory:") as connection:
        connection.execute(f"attach {quote_text(str(path))} as out")
        connection.execute("create schema out.marts")
        for mart in MARTS:
            source = quote_text(str(out_dir / f"{mart}.parquet"))
            connection.execute(f"create table out.marts.{mart} as from {source}")


def _read_file(path: Path, names: list[str]) -> pd.DataFrame:
    suffixes = path.suffixes
    if ".parquet" in suffixes:
        return pd.read_parquet(path, columns=names)
    if {".jsonl", ".json"} & set(suffixes):
        return pd.read_json(path, lines=True, dtype=False)[names]
    # Namibia is NA.
    return pd.read_csv(path, usecols=names, dtype=str, keep_default_na=False, na_values=[""])[names]


def _utc(texts: pd.Series) -> pd.Series:
    """Without an offset it is Shanghai's."""
    texts = texts.astype("str")
    has_offset = texts.str.contains(r"(?:Z|[+-]\d\d(?::?\d\d)?)$", regex=True, na=True)
    return (
        pd.to_datetime(texts.where(has_offset, texts + "+08:00"), format="ISO8601", utc=True)
        .dt.tz_localize(None)
        .astype("datetime64[us]")
    )


def _scaled(texts: pd.Series, digits: int) -> pd.Series:
    """Decimal text as whole units of its last digit; doubles are exact to far larger sums than are paid."""
    return (pd.to_numeric(texts.astype("str")) * 10**digits).round().astype("Int64")


def _open_code(code: str) -> str:
    """R20."""
    is_one = re.fullmatch(r"[\w.+/-]{1,64}", code) and (len(code) <= 6 or any(map(str.isalpha, code)))
    return code if is_one else "other"


def _latest(versions: pd.DataFrame, key: list[str]) -> pd.DataFrame:
    """R16."""
    in_order = versions.sort_values("updated_at", kind="stable", na_position="first")
    return in_order.drop_duplicates(key, keep="last").reset_index(drop=True)


def _test_users(versions: pd.DataFrame) -> pd.Series:
    users = _latest(versions, ["user_id"])
    return users.loc[users["is_test"], "user_id"]


def _business_date(instants: pd.Series) -> pd.Series:
    return (instants + SHANGHAI).dt.normalize()


def _month(dates: pd.Series) -> pd.Series:
    return dates - pd.to_timedelta(dates.dt.day - 1, unit="D").astype("timedelta64[us]")


def _row_end(dates: pd.Series, as_of: pd.Timestamp) -> pd.Series:
    return _until(dates + pd.Timedelta(days=1) - SHANGHAI, as_of)


def _until(instants: pd.Series, as_of: pd.Timestamp) -> pd.Series:
    return instants.where(instants < as_of, as_of)


def _discounts(bill: np.ndarray, discount: np.ndarray) -> np.ndarray:
    """What each component is less by: in proportion, whole fen, by largest remainder (R6)."""
    gross = bill.sum(axis=1)
    spread = bill * np.minimum(discount, gross)[:, None]
    divisor = np.maximum(gross, 1)[:, None]
    parts, remainders = spread // divisor, spread % divisor
    missing = np.minimum(discount, gross) - parts.sum(axis=1)
    places = np.argsort(np.argsort(-remainders, axis=1, kind="stable"), axis=1, kind="stable")
    return parts + (places < missing[:, None])


def _rates(versions: pd.DataFrame, as_of: pd.Timestamp, rate_source: str) -> pd.DataFrame:
    """The official source's rates in ten-billionths of a CNY per unit, by date; `is_last` of its currency."""
    rows = versions[versions["rate_source"] == rate_source]
    rows = _latest(rows, ["rate_date", "currency_code"])
    rows = rows[~(rows["published_at"] >= as_of) & (rows["currency_code"] != "CNY")]
    rows["rate_date"] = pd.to_datetime(rows["rate_date"]).astype("datetime64[us]")
    unit = rows["quote_unit"].fillna("1").astype(int)
    rows["rate"] = [
        (unit * 2 * 10**20 + value) // (value * 2)
        if direction == "foreign_per_cny"
        else (value * 2 + unit) // (unit * 2)
        for value, unit, direction in zip(
            map(_ten_digits, rows["quote_value"]), unit, rows["quote_direction"], strict=True
        )
    ]
    rows = rows[rows["rate"] > 0].sort_values("rate_date")
    rows["is_last"] = ~rows.duplicated("currency_code", keep="last")
    return rows[["currency_code", "rate_date", "rate", "is_last"]]


def _ten_digits(text: str) -> int:
    return int(Decimal(text).scaleb(10))


def _book(payments: pd.DataFrame, rates: pd.DataFrame) -> pd.DataFrame:
    """By index: fen at the official rate, rounded once, and how good the rate is (R12); rows of payments with a rate."""
    paid = payments[payments["paid_date"].notna()].reset_index().sort_values("paid_date")
    rows = pd.merge_asof(paid, rates, left_on="paid_date", right_on="rate_date", by="currency_code")
    rows["rate"] = rows["rate"].mask(rows["currency_code"] == "CNY", 10**10)
    rows = rows[rows["rate"].notna()].set_index("index")
    age = rows["paid_date"] - rows["rate_date"]
    # Products of both outgrow 64 bits.
    exact = rows["amount"].astype(object) * rows["rate"].astype("int64").astype(object)
    return pd.DataFrame(
        {
            "booked": ((exact + 5 * 10**11) // 10**12).astype("Int64"),
            "is_rate_provisional": rows["is_last"].eq(True) & (age > pd.Timedelta(0)),
            "is_rate_stale": age > STALE,
        }
    )


def _accepted(refunds: pd.DataFrame) -> np.ndarray:
    """Whether each, in order, leaves its payment at 0 or more; one that does not takes nothing."""
    claimed = refunds.groupby("payment_id")["refunded"].transform("sum")
    accepted: np.ndarray = np.array(claimed <= refunds["revenue"])
    places = np.flatnonzero(~accepted)
    left: dict[str, int] = {}
    for place, payment_id, revenue, amount in zip(
        places, *(refunds[name].iloc[places] for name in ("payment_id", "revenue", "refunded")), strict=True
    ):
        before = left.setdefault(payment_id, revenue)
        if amount <= before:
            left[payment_id] = before - amount
            accepted[place] = True
    return accepted


def _with_services(paid: pd.DataFrame) -> pd.DataFrame:
    """Paid orders by business type: a parcel order that bills a service stands as `service` too, not of its own type."""
    bundles = paid[(paid["order_type"] == "forwarding") & paid["has_service"]]
    return pd.concat(
        [
            paid.assign(business_type=paid["order_type"], is_own=True),
            bundles.assign(business_type="service", is_own=False),
        ],
        ignore_index=True,
    )


def _as_of_moment(rows: pd.DataFrame, users: pd.DataFrame, moment: str) -> pd.DataFrame:
    """The rows with their user's attributes of the moment (R19)."""
    known = pd.merge_asof(
        rows.sort_values(moment, kind="stable"), users, left_on=moment, right_on="valid_from", by="user_id"
    )
    return known.fillna({"country_code": "ZZ", "acquisition_channel": "unknown", "gender": "unknown"})


def _for_all(rows: pd.DataFrame) -> pd.DataFrame:
    return pd.concat([rows, rows.assign(business_type="all")], ignore_index=True)


def _with_total(by_type: pd.DataFrame, how: str) -> pd.DataFrame:
    """Rows by date and type, and those of `all`."""
    total = by_type.groupby("business_date").agg(how).assign(business_type="all")
    return pd.concat([by_type, total.set_index("business_type", append=True)])


def _spoken_until(feeds: Frames) -> pd.Series:
    """By business type, the instant up to which its feeds have spoken."""
    payments = feeds["payments"]["updated_at"].max() + timedelta(days=1)
    until = {
        kind: min(payments, feeds[f"{kind}_orders"]["updated_at"].max() + rhythm)
        for kind, rhythm in RHYTHM.items()
    }
    return pd.Series({**until, "all": min(until.values())})


def _write(mart: pd.DataFrame, path: Path) -> None:
    table = pa.Table.from_pandas(mart, preserve_index=False)
    for number, name in enumerate(table.column_names):
        if name.endswith("_cny"):
            fen = table[name].cast(pa.decimal128(19, 0))
            yuan = pc.multiply(fen, pa.scalar(Decimal("0.01"))).cast(pa.decimal128(18, 2))
            table = table.set_column(number, name, yuan)
        elif pa.types.is_timestamp(table[name].type):
            table = table.set_column(number, name, table[name].cast(pa.date32()))
    parquet.write_table(table, path)
