"""SQL that normalises and checks every value of a feed in one set-based pass (docs/contract.md, feeds)."""

import json
from dataclasses import dataclass

import duckdb

from ingest.contract.code_lists import code_list
from ingest.contract.feeds import Column, Feed
from ingest.foundation.sql import quote_identifier, quote_text
from ingest.read.delivery import INCOMING

CHECKED = "landing_checked"

_BLANKS = "' \t\r\n\u00a0\u3000'"
_DATE = r"\d{4}-\d{2}-\d{2}"
_OFFSET = r"(?:[+-](?:0\d|1[0-4])(?::?[0-5]\d)?)"
# The forms that DuckDB casts as they are, and the rarer ones that are brought into that form first.
_INSTANT_WITH_OFFSET = rf"{_DATE}[T ]\d{{2}}:\d{{2}}:\d{{2}}(?:\.\d+)?(?:Z|{_OFFSET})"
_INSTANT_NAIVE = rf"{_DATE}(?:[T ]\d{{2}}:\d{{2}}(?::\d{{2}}(?:\.\d+)?)?)?"
_INSTANT_RARE = rf"({_DATE})[Tt ](\d{{2}}:\d{{2}})(:\d{{2}})?(?:[.,](\d+))? ?([Zz]|{_OFFSET})?"
_MIDNIGHT_OR_NONE = r"(?:[T ]00:00(?::00(?:\.0+)?)?)?"

_PLAIN_NUMBER = r"[+-]?(?:\d+\.?\d*|\.\d+)"
_NEGATIVE = "-.*[1-9].*"


def _number_within(decimals: int) -> str:
    """Below 10^13 and with at most so many decimals (further ones are zeros)."""
    return rf"[+-]?0*(?:\d{{1,13}}(?:\.\d{{0,{decimals}}}0*)?|\.\d{{1,{decimals}}}0*)"


@dataclass(frozen=True)
class _Check:
    """SQL about one column: its normalised value, whether it is good, and the reason if it is not."""

    value: str
    is_good: str
    reason: str


def checked_query(feed: Feed, present: tuple[str, ...], source_time_zone: str, may_hold_nul: bool) -> str:
    """Makes `CHECKED` from `INCOMING`, row by row in the same order.

    Columns: the feed's columns as they go into raw, `_extra`, `_line`, and `_reject` (`reason|column`, NULL
    if the row is good; the first fault in column order counts). `present` are the columns `INCOMING` has.
    """
    columns = {column.name: column for column in feed.columns}
    found = [columns[name] for name in columns if name in present]
    trimmed = [f"{_trim(quote_identifier(c.name))} as {_raw(c)}" for c in found]
    parsed = [f"{expression} as {_parsed(c)}" for c in found if (expression := _parse(c, source_time_zone))]
    checks = {column.name: _check(feed, column) for column in found}
    faults = ["when _reader_reject is not null then _reader_reject"]
    for column in found:
        if may_hold_nul:
            faults.append(f"when contains({_raw(column)}, chr(0)) then 'nul_byte|{column.name}'")
        if column.is_required:
            faults.append(f"when {_raw(column)} is null then 'missing_value|{column.name}'")
        check = checks[column.name]
        if check.is_good != "true":
            faults.append(
                f"when {_raw(column)} is not null and not {check.is_good} then {check.reason} || "
                f"'|{column.name}'"
            )
    if may_hold_nul:
        faults.append("when contains(_extra, '\\u0000') then 'nul_byte|_extra'")
    faults.extend(_row_rules(feed, set(present), checks))
    values = [
        f"{checks[name].value if name in checks else 'cast(null as varchar)'} as {quote_identifier(name)}"
        for name in feed.column_names
    ]
    return f"""
        create or replace temp table {CHECKED} as
        with trimmed as (
            select {", ".join([*trimmed, "_extra", "_line", "_reader_reject"])} from {INCOMING}
        ),
        parsed as (
            select *{"".join(", " + expression for expression in parsed)} from trimmed
        )
        select {", ".join(values)}, _extra, _line, case {" ".join(faults)} end as _reject
        from parsed
    """


def _trim(text: str) -> str:
    """SQL for text without surrounding blanks, NULL if nothing is left.

    Looking at the ends first makes it three times as fast as trimming: the ends of nearly every value are
    plain ASCII.
    """
    ends = f"{text} < '!' or {text} >= chr(127) or {text}[-1] <= ' ' or {text}[-1] >= chr(127)"
    return f"case when {ends} then nullif(trim({text}, {_BLANKS}), '') else {text} end"


def _raw(column: Column) -> str:
    return quote_identifier(f"{column.name}__raw")


def _parsed(column: Column) -> str:
    return quote_identifier(f"{column.name}__parsed")


def _parse(column: Column, source_time_zone: str) -> str | None:
    """SQL that is computed once per value because both its check and its normalised form need it."""
    raw = _raw(column)
    match column.type:
        case "instant":
            date, minutes, seconds, fraction, offset = (
                f"regexp_extract({raw}, '^{_INSTANT_RARE}$', {group})" for group in range(1, 6)
            )
            local = (
                f"{date} || 'T' || {minutes} || coalesce(nullif({seconds}, ''), ':00') || "
                f"case when {fraction} = '' then '' else '.' || {fraction} end"
            )

            def in_zone(text: str) -> str:
                return f"timezone({quote_text(source_time_zone)}, try_cast({text} as timestamp))"

            return (
                f"case when regexp_full_match({raw}, '{_INSTANT_WITH_OFFSET}') then try_cast({raw} as "
                f"timestamptz) "
                f"when regexp_full_match({raw}, '{_INSTANT_NAIVE}') then {in_zone(raw)} "
                f"when not regexp_full_match({raw}, '{_INSTANT_RARE}') then null "
                f"when {offset} = '' then {in_zone(local)} "
                f"else try_cast({local} || upper({offset}) as timestamptz) end"
            )
        case "date":
            return (
                f"case when regexp_full_match({raw}, '{_DATE}{_MIDNIGHT_OR_NONE}') "
                f"then try_cast(left({raw}, 10) as date) end"
            )
        case "integer":
            return (
                f"case when regexp_full_match({raw}, '[+-]?\\d+(?:\\.0*)?') "
                f"then try_cast(split_part({raw}, '.', 1) as integer) end"
            )
        case "boolean":
            return (
                f"case when lower({raw}) in ('true', '1', 't', 'yes') then true "
                f"when lower({raw}) in ('false', '0', 'f', 'no') then false end"
            )
    return None


def _check(feed: Feed, column: Column) -> _Check:  # noqa: PLR0911  one per type
    raw, parsed = _raw(column), _parsed(column)
    match column.type:
        case "upper":
            return _Check(f"upper({raw})", "true", "null")
        case "code":
            codes = ", ".join(quote_text(code) for code in code_list(feed.name, column.name))
            return _Check(f"lower({raw})", f"lower({raw}) in ({codes})", "'unknown_code'")
        case "currency":
            is_good = f"regexp_full_match({raw}, '[A-Za-z]{{3}}')"
            return _Check(f"upper({raw})", is_good, "'not_a_currency_code'")
        case "money" | "signed_money" | "measure" | "rate":
            return _number_check(column)
        case "integer":
            return _Check(
                f"cast({parsed} as varchar)",
                f"coalesce({parsed} >= 0, false)",
                f"case when {parsed} < 0 then 'negative_number' "
                f"when regexp_full_match({raw}, '[+-]?\\d+(?:\\.0*)?') then 'number_out_of_range' "
                "else 'not_an_integer' end",
            )
        case "boolean":
            return _Check(f"cast({parsed} as varchar)", f"({parsed} is not null)", "'not_a_boolean'")
        case "instant":
            in_range = (
                f"({parsed} >= timestamptz '2000-01-01 00:00:00+00' "
                f"and {parsed} < timestamptz '2100-01-01 00:00:00+00')"
            )
            return _Check(
                f"strftime(make_timestamp(epoch_us({parsed})), '%Y-%m-%d %H:%M:%S.%f')",
                f"coalesce({in_range}, false)",
                f"case when {parsed} is null then 'not_a_timestamp' else 'date_out_of_range' end",
            )
        case "date":
            in_range = f"({parsed} >= date '1900-01-01' and {parsed} < date '2100-01-01')"
            return _Check(
                f"cast({parsed} as varchar)",
                f"coalesce({in_range}, false)",
                f"case when {parsed} is null then 'not_a_date' else 'date_out_of_range' end",
            )
        case _:
            return _Check(raw, "true", "null")


def _number_check(column: Column) -> _Check:
    raw = _raw(column)
    is_money = column.type in ("money", "signed_money")
    within = f"regexp_full_match({raw}, '{_number_within(10 if is_money else 20)}')"
    conditions = [within]
    reasons = [
        f"when not regexp_full_match({raw}, '{_PLAIN_NUMBER}') then 'not_a_number'",
        f"when regexp_matches({raw}, '^[+-]?0*[1-9]\\d{{13}}') then 'number_out_of_range'",
        f"when not {within} then 'too_many_decimals'",
    ]
    is_negative = f"regexp_full_match({raw}, '{_NEGATIVE}')"
    if column.type == "rate":
        conditions.append(f"regexp_full_match({raw}, '[^-]*[1-9].*')")
        reasons.append("else 'rate_not_positive'")
    elif column.type != "signed_money":
        # Nearly no number has a sign, so its first character is looked at before any pattern.
        conditions.append(f"(not starts_with({raw}, '-') or not {is_negative})")
        reasons.append(f"else '{'negative_money' if is_money else 'negative_number'}'")
    return _Check(raw, f"({' and '.join(conditions)})", f"case {' '.join(reasons)} end")


def _row_rules(feed: Feed, present: set[str], checks: dict[str, _Check]) -> list[str]:
    """Rules about several columns of a row, as branches of the CASE that names the first fault."""

    def value(name: str) -> str:
        return f"({checks[name].value})" if name in present else "cast(null as varchar)"

    def raw(name: str) -> str:
        return quote_identifier(f"{name}__raw")

    if feed.name == "settlements":
        return [
            f"when {value('provider_txn_id')} is null and {value('payment_id')} is null "
            "then 'missing_value|provider_txn_id'"
        ]
    if feed.name != "payments":
        return []
    rules = [
        f"when {value('purpose')} in ('order', 'supplement') and {value('order_type')} is null "
        "then 'missing_order_type|order_type'"
    ]
    if "bonus_cny" in present:
        # The bonus is CNY, so it is compared with the payment's CNY amount.
        whole = f"case when {value('currency_code')} = 'CNY' then {raw('amount')} end"
        if "amount_cny" in present:
            whole = f"coalesce({raw('amount_cny')}, {whole})"
        rules.append(
            f"when {raw('bonus_cny')} is not null and cast({raw('bonus_cny')} as decimal(38, 10)) "
            f"> cast({whole} as decimal(38, 10)) then 'bonus_exceeds_payment|bonus_cny'"
        )
    return rules


def fitting_counts(
    connection: duckdb.DuckDBPyConnection, feed: Feed, column: Column, unknown_column: str
) -> tuple[int, int]:
    """How many values an unknown column of `INCOMING` has, and how many of them `column` would accept."""
    path = "$." + json.dumps(unknown_column, ensure_ascii=False)
    check = _check(feed, column)
    parse = _parse(column, "UTC")
    row = connection.execute(
        f"""
        with trimmed as (
            select {_trim("value")} as {_raw(column)}
            from (select json_extract_string(_extra, ?) as value from {INCOMING})
        ),
        parsed as (select *{f", {parse} as {_parsed(column)}" if parse else ""} from trimmed)
        select count({_raw(column)}), count(*) filter (where {_raw(column)} is not null and {check.is_good})
        from parsed
        """,
        [path],
    ).fetchone()
    assert row is not None
    return row[0], row[1]
