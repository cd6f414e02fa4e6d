"""Values that are not in the contract's form but can mean only one thing are brought into it."""

from dataclasses import replace

import duckdb

from ingest.check.values import OFFSET, PLAIN_NUMBER, check_values, faults_of, trimmed
from ingest.contract.aliases import Aliases
from ingest.contract.feeds import Column, Feed
from ingest.foundation.fetch import fetch_row, fetch_rows
from ingest.foundation.sql import quote_identifier, quote_text
from ingest.read.delivery import Delivery

# What exports write for an empty value, in every column.
_EMPTY = r"('\N', 'NULL')"
# Any text is good in these, so no fault tells that a value has another name.
_FREE_TYPES = frozenset({"text", "open_code", "upper", "currency"})
_NUMBER_TYPES = frozenset({"money", "signed_money", "measure", "rate", "integer"})

# One comma alone may be a decimal one (1,234), but not before a point, nor several.
_GROUPED_NUMBER = r"\d{1,3}(?:,\d{3})+\.\d+|\d{1,3}(?:,\d{3}){2,}"
_GROUPED_INTEGER = r"\d{1,3}(?:,\d{3})+"
_MARK = "[¥￥$€£元]|RMB|CNY|rmb|cny"
_AMOUNT = rf"([+-]?) ?({_MARK})? ?([+-]?)({{number}}) ?({_MARK})?"
# Which currency a mark may stand for: it has to be the one that the row says.
_CURRENCIES_OF_MARK = {
    ("¥", "￥"): ("CNY", "JPY"),
    ("元", "RMB", "CNY"): ("CNY",),
    ("$",): ("USD", "AUD", "CAD", "HKD", "NZD", "SGD", "TWD"),
    ("€",): ("EUR",),
    ("£",): ("GBP",),
}
# The year first, so that day and month cannot be mistaken; one or two digits, in the ways of spreadsheets.
_DAY = r"(\d{4})(?:-|/|\.|年)(\d{1,2})(?:-|/|\.|月)(\d{1,2})日?"
_TIME = rf"(?:[Tt ] ?(\d{{1,2}}):(\d{{2}})(?::(\d{{2}})(?:[.,](\d+))?)? ?([Zz]|{OFFSET})?)?"


def check_forgivingly(
    connection: duckdb.DuckDBPyConnection, delivery: Delivery, time_zone: str, aliases: Aliases
) -> tuple[str, dict[str, int]]:
    """As `check_values`, but values that can mean only one thing are read as that; and, by column, how many were.

    Only values that the check refused are converted, and other names of values where any text is good; a value in the
    contract's form keeps its meaning. A delivery without either costs one look at its texts. Values in rows that are
    refused all the same are not counted.
    """
    checked = check_values(connection, delivery, time_zone)
    conversions = {
        **_of_refused(connection, delivery, checked, aliases),
        **_of_names(connection, delivery, aliases),
    }
    if not conversions:
        return checked, {}
    formed = _table_in_form(connection, delivery, checked, conversions)
    connection.execute(f"drop table {checked}")
    checked_again = check_values(connection, replace(delivery, table=formed), time_zone)
    counts = _converted_counts(connection, list(conversions), formed, checked_again)
    connection.execute(f"drop table {formed}")
    return checked_again, counts


def _table_in_form(
    connection: duckdb.DuckDBPyConnection, delivery: Delivery, checked: str, conversions: dict[str, str]
) -> str:
    """The rows in the same order with converted values, and a flag a column that says where that is so."""
    values = [
        f"coalesce({_converted(name)}, {quote_identifier(name)}) as {quote_identifier(name)}"
        if name in conversions
        else quote_identifier(name)
        for name in delivery.columns
    ]
    flags = [f"{_converted(name)} is not null as {_is_converted(name)}" for name in conversions]
    table = f"{delivery.table}_formed"
    connection.execute(
        f"""
        create temp table {table} as
        with faulty as (
            select delivered.*, delivered.rowid as _row, ';' || checked._reject || ';' as _faults
            from {delivery.table} as delivered inner join {checked} as checked on delivered.rowid = checked.rowid
        ),
        converted as (
            select *, {", ".join(f"{sql} as {_converted(name)}" for name, sql in conversions.items())} from faulty
        )
        select {", ".join([*values, "_extra", "_line", "_reader_reject", *flags])} from converted order by _row
        """
    )
    return table


def _converted_counts(
    connection: duckdb.DuckDBPyConnection, names: list[str], formed: str, checked: str
) -> dict[str, int]:
    counts = ", ".join(f"count(*) filter (where {_is_converted(name)})" for name in names)
    row = fetch_row(
        connection,
        f"select {counts} from {formed} as formed inner join {checked} as checked on formed.rowid = checked.rowid "
        "where checked._reject is null",
    )
    return {name: count for name, count in zip(names, row or (), strict=True) if count}


def _of_refused(
    connection: duckdb.DuckDBPyConnection, delivery: Delivery, checked: str, aliases: Aliases
) -> dict[str, str]:
    """SQL by column for values that the check refused: the contract's form, NULL where there is none."""
    refused = {
        name
        for (reject,) in fetch_rows(
            connection, f"select distinct _reject from {checked} where _reject is not null"
        )
        for _, name in faults_of(reject)
    }
    found = [
        column
        for column in delivery.feed.columns
        if column.name in delivery.columns and column.name in refused and column.type not in _FREE_TYPES
    ]
    return {
        column.name: f"case when contains(_faults, {quote_text(f'|{column.name};')}) then "
        f"{_in_form(delivery, column, aliases)} end"
        for column in found
    }


def _of_names(connection: duckdb.DuckDBPyConnection, delivery: Delivery, aliases: Aliases) -> dict[str, str]:
    """SQL by column for values of columns in which any text is good, where the delivery has other names for them."""
    found = [
        column
        for column in delivery.feed.columns
        if column.name in delivery.columns and column.type in _FREE_TYPES
    ]
    if not found:
        return {}
    conversions = {column.name: _name_in_form(delivery.feed, column, aliases) for column in found}
    present = ", ".join(f"count({sql}) > 0" for sql in conversions.values())
    row = fetch_row(connection, f"select {present} from {delivery.table}") or ()
    return {name: sql for (name, sql), is_there in zip(conversions.items(), row, strict=True) if is_there}


def _converted(name: str) -> str:
    return quote_identifier(f"{name}__converted")


def _is_converted(name: str) -> str:
    return quote_identifier(f"{name}__is_converted")


def _in_form(delivery: Delivery, column: Column, aliases: Aliases) -> str:
    text = trimmed(quote_identifier(column.name))
    if column.type in _NUMBER_TYPES:
        rule = _number_in_form(delivery, column, text, aliases)
    elif column.type in ("instant", "date"):
        rule = _time_in_form(column, text)
    else:
        rule = _named(text, aliases.of(delivery.feed, column))
    return f"case when upper({text}) in {_EMPTY} then '' else {rule} end"


def _name_in_form(feed: Feed, column: Column, aliases: Aliases) -> str:
    text = quote_identifier(column.name)
    named = _named(trimmed(text), aliases.of(feed, column))
    return f"case when {text} in {_EMPTY} then '' else {named} end"


def _named(text: str, names: dict[str, str]) -> str:
    if not names:
        return "cast(null as varchar)"
    listed = ", ".join(quote_text(name) for name in names)
    branches = " ".join(f"when {quote_text(name)} then {quote_text(value)}" for name, value in names.items())
    return f"case when lower({text}) in ({listed}) then case lower({text}) {branches} end end"


def _number_in_form(delivery: Delivery, column: Column, text: str, aliases: Aliases) -> str:
    grouped = _GROUPED_INTEGER if column.type == "integer" else _GROUPED_NUMBER
    number = f"{grouped}|{PLAIN_NUMBER.removeprefix('[+-]?')}"
    pattern = quote_text(f"^{_AMOUNT.format(number=number)}$")
    sign, before, second_sign, digits, after = (
        f"regexp_extract({text}, {pattern}, {group})" for group in range(1, 6)
    )
    currency = _currency_of(delivery, column, aliases)
    fitting = " and ".join(_mark_fits(mark, currency) for mark in (before, after))
    return (
        f"case when regexp_full_match({text}, {pattern}) and {fitting} "
        f"then {sign} || {second_sign} || replace({digits}, ',', '') end"
    )


def _currency_of(delivery: Delivery, column: Column, aliases: Aliases) -> str | None:
    """SQL for the currency an amount is in; None for what is no amount of money."""
    if column.name.endswith("_cny"):
        return "'CNY'"
    named = next((c for c in delivery.feed.columns if c.type == "currency"), None)
    if column.type not in ("money", "signed_money") or named is None or named.name not in delivery.columns:
        return None
    text = trimmed(quote_identifier(named.name))
    return f"coalesce({_named(text, aliases.of(delivery.feed, named))}, upper({text}))"


def _mark_fits(mark: str, currency: str | None) -> str:
    if currency is None:
        return f"{mark} = ''"
    allowed = " or ".join(
        f"upper({mark}) in ({_listed(marks)}) and {currency} in ({_listed(currencies)})"
        for marks, currencies in _CURRENCIES_OF_MARK.items()
    )
    return f"coalesce({mark} = '' or {allowed}, false)"


def _listed(texts: tuple[str, ...]) -> str:
    return ", ".join(quote_text(text) for text in texts)


def _time_in_form(column: Column, text: str) -> str:
    pattern = quote_text(f"^{_DAY}{_TIME}$")
    year, month, day, hour, minute, second, fraction, offset = (
        f"regexp_extract({text}, {pattern}, {group})" for group in range(1, 9)
    )
    date = f"{year} || '-' || lpad({month}, 2, '0') || '-' || lpad({day}, 2, '0')"
    time = (
        f"'T' || lpad({hour}, 2, '0') || ':' || {minute} || ':' || coalesce(nullif({second}, ''), '00') || "
        f"case when {fraction} = '' then '' else '.' || {fraction} end || upper({offset})"
    )
    whole = f"case when {hour} = '' then {date} else {date} || {time} end"
    return f"case when regexp_full_match({text}, {pattern}) then {whole} end"
