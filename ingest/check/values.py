"""SQL that normalises and checks every value of a delivery in one set-based pass."""

from dataclasses import dataclass

import duckdb

from ingest.contract.code_lists import code_list
from ingest.contract.feeds import Column, Feed, Range
from ingest.foundation.fetch import fetch_rows
from ingest.foundation.sql import quote_identifier, quote_text
from ingest.read.delivery import Delivery

_BLANKS = "' \t\r\n\u00a0\u3000'"
_DATE = r"\d{4}-\d{2}-\d{2}"
OFFSET = r"(?:[+-](?:0\d|1[0-4])(?::?[0-5]\d)?)"
# The forms that DuckDB casts as they are, and the rarer ones that are brought into that form first.
_INSTANT_WITH_OFFSET = rf"{_DATE}[T ]\d{{2}}:\d{{2}}:\d{{2}}(?:\.\d+)?(?:Z|{OFFSET})"
_INSTANT_NAIVE = rf"{_DATE}(?:[T ]\d{{2}}:\d{{2}}(?::\d{{2}}(?:\.\d+)?)?)?"
_INSTANT_RARE = rf"({_DATE})[Tt ](\d{{2}}:\d{{2}})(:\d{{2}})?(?:[.,](\d+))? ?([Zz]|{OFFSET})?"
_MIDNIGHT_OR_NONE = r"(?:[T ]00:00(?::00(?:\.0+)?)?)?"

PLAIN_NUMBER = r"[+-]?(?:\d+\.?\d*|\.\d+)"
_INTEGER = r"[+-]?\d+(?:\.0*)?"
_NEGATIVE = "-.*[1-9].*"


def _number_within(digits: int, decimals: int) -> str:
    """With at most so many digits before the point and so many decimals after it (further ones are zeros)."""
    return rf"[+-]?0*(?:\d{{1,{digits}}}(?:\.\d{{0,{decimals}}}0*)?|\.\d{{1,{decimals}}}0*)"


def _digits_below(range_: Range) -> int:
    """How many digits a number below the range's end has at most before the point."""
    digits = len(range_.below) - 1
    assert range_.below == "1" + "0" * digits, "the end of a range of decimals is a power of ten"
    return digits


@dataclass(frozen=True)
class _Check:
    """SQL about one column: its normalised value, whether it is good, and the reason if it is not."""

    value: str
    is_good: str
    reason: str


def check_values(connection: duckdb.DuckDBPyConnection, delivery: Delivery, time_zone: str) -> str:
    """Makes a temporary table of the delivery's rows, in the same order, and returns its name.

    Columns: the feed's columns as they go into raw, `_extra`, `_line`, and `_reject`: every fault of the row as
    `reason|column`, parted by `;`, in column order, at most one a column; NULL if the row is good. `time_zone` is
    the zone of instants without one.
    """
    table = f"{delivery.table}_checked"
    connection.execute(f"create temp table {table} as {_query(delivery, time_zone)}")
    return table


def faults_of(reject: str) -> list[tuple[str, str]]:
    """(reason, column) of every fault in a `_reject`; the first is the row's reason."""
    faults = []
    for fault in reject.split(";"):
        reason, _, column = fault.partition("|")
        faults.append((reason, column))
    return faults


def _query(delivery: Delivery, time_zone: str) -> str:
    feed = delivery.feed
    found = [column for column in feed.columns if column.name in delivery.columns]
    checks = {column.name: _check(feed, column) for column in found}
    delivered = [f"{trimmed(quote_identifier(c.name))} as {_raw(c)}" for c in found]
    parsed = [f"{expression} as {_parsed(c)}" for c in found if (expression := _parse(c, time_zone))]
    values = [
        f"{checks[name].value if name in checks else 'cast(null as varchar)'} as {quote_identifier(name)}"
        for name in feed.column_names
    ]
    # One fault a column and one a rule, each NULL in a good row.
    faults = ["_reader_reject"]
    judged: dict[str, int] = {}
    for column in found:
        branches = _faults(column, checks[column.name], delivery.may_hold_nul)
        if branches:
            judged[column.name] = len(faults)
            faults.append(f"case {' '.join(branches)} end")
    if delivery.may_hold_nul:
        faults.append("case when contains(_extra, '\\u0000') then 'nul_byte|_extra' end")
    named = [f"{fault} as _fault_{number}" for number, fault in enumerate(faults)]
    for rule in feed.row_rules:
        # A value that its own column refuses needs no second reason.
        refused = f"_fault_{judged[rule.column]} is null and " if rule.column in judged else ""
        named.append(
            f"case when {refused}({rule.is_broken}) then '{rule.reason}|{rule.column}' end as _fault_{len(named)}"
        )
    rules = named[len(faults) :]
    all_faults = ", ".join(f"_fault_{number}" for number in range(len(named)))
    return f"""
        with trimmed as (
            select {", ".join([*delivered, "_extra", "_line", "_reader_reject"])} from {delivery.table}
        ),
        parsed as (
            select *{"".join(", " + expression for expression in parsed)} from trimmed
        ),
        judged as (
            select {", ".join([*values, "_extra", "_line", *named[: len(faults)]])} from parsed
        ),
        ruled as (
            select *{"".join(", " + rule for rule in rules)} from judged
        )
        select
            {", ".join(quote_identifier(name) for name in feed.column_names)}, _extra, _line,
            case when coalesce({all_faults}) is not null then concat_ws(';', {all_faults}) end as _reject
        from ruled
    """


def _faults(column: Column, check: _Check, may_hold_nul: bool) -> list[str]:
    """Branches of the CASE that names what is wrong with a column's value."""
    raw = _raw(column)
    branches = []
    if may_hold_nul:
        branches.append(f"when contains({raw}, chr(0)) then 'nul_byte|{column.name}'")
    if column.is_required:
        branches.append(f"when {raw} is null then 'missing_value|{column.name}'")
    if check.is_good != "true":
        branches.append(
            f"when {raw} is not null and not {check.is_good} then {check.reason} || '|{column.name}'"
        )
    return branches


def trimmed(text: str) -> str:
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
                f"case when regexp_full_match({raw}, '{_INTEGER}') "
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
    allowed = column.allowed or Range("", "")
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
                f"coalesce({parsed} >= {allowed.minimum} and {parsed} < {allowed.below}, false)",
                f"case when {parsed} < 0 then 'negative_number' "
                f"when regexp_full_match({raw}, '{_INTEGER}') then 'number_out_of_range' "
                "else 'not_an_integer' end",
            )
        case "boolean":
            return _Check(f"cast({parsed} as varchar)", f"({parsed} is not null)", "'not_a_boolean'")
        case "instant":
            return _Check(
                f"strftime(make_timestamp(epoch_us({parsed})), '%Y-%m-%d %H:%M:%S.%f')",
                f"coalesce({parsed} >= timestamptz '{allowed.minimum}' and {parsed} < timestamptz '{allowed.below}', "
                "false)",
                f"case when {parsed} is null then 'not_a_timestamp' else 'date_out_of_range' end",
            )
        case "date":
            return _Check(
                f"cast({parsed} as varchar)",
                f"coalesce({parsed} >= date '{allowed.minimum}' and {parsed} < date '{allowed.below}', false)",
                f"case when {parsed} is null then 'not_a_date' else 'date_out_of_range' end",
            )
        case _:
            return _Check(raw, "true", "null")


def _number_check(column: Column) -> _Check:
    raw = _raw(column)
    assert column.allowed is not None
    allowed = column.allowed
    is_money = column.type in ("money", "signed_money")
    digits = _digits_below(allowed)
    within = f"regexp_full_match({raw}, '{_number_within(digits, 10 if is_money else 20)}')"
    conditions = [within]
    reasons = [
        f"when not regexp_full_match({raw}, '{PLAIN_NUMBER}') then 'not_a_number'",
        f"when regexp_matches({raw}, '^[+-]?0*[1-9]\\d{{{digits}}}') then 'number_out_of_range'",
        f"when not {within} then 'too_many_decimals'",
    ]
    is_negative = f"regexp_full_match({raw}, '{_NEGATIVE}')"
    if column.type == "rate":
        conditions.append(f"regexp_full_match({raw}, '[^-]*[1-9].*')")
        reasons.append(f"when not regexp_full_match({raw}, '[^-]*[1-9].*') then 'rate_not_positive'")
    elif column.type != "signed_money":
        # Nearly no number has a sign, so its first character is looked at before any pattern.
        conditions.append(f"(not starts_with({raw}, '-') or not {is_negative})")
        reasons.append(f"when {is_negative} then '{'negative_money' if is_money else 'negative_number'}'")
    if column.type != "signed_money" and allowed.minimum != "0":
        number = f"try_cast({raw} as decimal(38, 20))"
        zero = f"{number} = 0 or " if allowed.or_zero else ""
        conditions.append(f"({zero}{number} >= {allowed.minimum})")
        reasons.append("else 'number_out_of_range'")
    return _Check(raw, f"({' and '.join(conditions)})", f"case {' '.join(reasons)} end")


def fitting_counts(
    connection: duckdb.DuckDBPyConnection, delivery: Delivery, column: Column, unknown_column: str
) -> tuple[int, int]:
    """How many values an unknown column of the delivery has, and how many of them `column` would accept."""
    # A JSON pointer: in a path, `*` would be all columns.
    pointer = "/" + unknown_column.replace("~", "~0").replace("/", "~1")
    check = _check(delivery.feed, column)
    parse = _parse(column, "UTC")
    ((filled, fitting),) = fetch_rows(
        connection,
        f"""
        with trimmed as (
            select {trimmed("value")} as {_raw(column)}
            from (select json_extract_string(_extra, ?) as value from {delivery.table})
        ),
        parsed as (select *{f", {parse} as {_parsed(column)}" if parse else ""} from trimmed)
        select count({_raw(column)}), count(*) filter (where {_raw(column)} is not null and {check.is_good})
        from parsed
        """,
        [pointer],
    )
    return filled, fitting
