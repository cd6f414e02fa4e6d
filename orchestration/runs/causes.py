"""Why a published figure changed (R21), for publications and calibration alike.

An increment keeps in `changes.<model>` the old and the new rows of whatever it changed. A fact that an official rate
re-valued, that moved between keys, that a withdrawn landing changed, or that came, went or changed otherwise has a cause of its
own; a cell has the cause of the facts that changed beneath it: those with its key and, for money, of its kind. A cell beneath
which nothing changed is unexplained.
What a rebuild changes beyond that follows from what differed when it was made: definitions, settings, landed rows.
"""

from collections.abc import Iterable, Mapping

import duckdb

from ingest.contract.feeds import FEEDS
from ingest.foundation.fetch import fetch_rows, fetch_value
from ingest.foundation.sql import quote_identifier, quote_text
from orchestration.catalogue.tables import PublishedTable
from orchestration.runs.state import REVOKED_SINCE

LATE_LANDING = "late_landing"
RATE_FINAL = "rate_final"
ATTRIBUTE_CHANGED = "attribute_changed"
DEFINITION_CHANGE = "definition_change"
SETTINGS_CHANGE = "settings_change"
REVOKED = "revoked"
UNEXPLAINED = "unexplained"
# What describes a user, a line or a label, and so moves a fact between keys without changing it.
_OF_USERS = ("country_code", "acquisition_channel", "gender")
# A user's row says what was known of them last, and what at their registration, which is what tables by date show.
_REGISTERED = "registered_"
_ATTRIBUTES = (
    *_OF_USERS,
    *(f"{_REGISTERED}{name}" for name in _OF_USERS),
    "channel",
    "line_name",
    "preferred_currency",
)
# No rate moves these.
_COUNTED_UNITS = ("count", "g", "hours", "days")
_RATES = ("rate_cny", "rate_date", "rate_age_days", "rate_source", "next_rate_date", "is_booked_at_rate")
_COMPONENTS = (
    "goods",
    "domestic_freight",
    "service_fee",
    "freight",
    "surcharge",
    "insurance",
    "customs",
    "supplement",
)
# What ties a fact to the landed rows beneath it, the closest first.
_LINKS = ("order_key", "payment_id", "provider_txn_id", "user_id", "line_code", "traffic_date")
_MOVEMENTS = "std_money_movements"
_POSITIONS = "std_fx_positions"
_RATE_MODELS = ("std_fx_rates", "std_display_rates")


def rebuild_cause(
    *, is_redefined: bool, are_settings_changed: bool, is_landed: bool, is_only_revoked: bool
) -> str:
    """The cause of what a rebuild changed in a table, beyond what an increment would have."""
    if is_redefined:
        return DEFINITION_CHANGE
    if are_settings_changed:
        return SETTINGS_CHANGE
    if is_landed:
        return REVOKED if is_only_revoked else LATE_LANDING
    return UNEXPLAINED


def trace(
    connection: duckdb.DuckDBPyConnection,
    tables: Iterable[PublishedTable],
    source_keys: Mapping[str, tuple[str, ...]],
) -> None:
    """Set `cause` of every row of the temporary table `changed` (table_name, key, column_name, …, cause).

    `connection` has the build file open with the `changes` of the increment at hand; `source_keys` are the keys of the
    models by name.
    """
    told = {name for (name,) in fetch_rows(connection, "select distinct table_name from changed")}
    tables = [table for table in tables if table.name in told]
    present = _changed_models(connection)
    _classify_payments(connection, present)
    has_revoked = _classify_links(connection, present)
    traced: dict[str, list[str]] = {}
    connection.execute(
        "create or replace temporary table candidates (table_name varchar, key varchar, column_name varchar, "
        "cause varchar)"
    )
    # Movements first: what a rate did to a day of a user is read from them.
    sources = {source for table in tables for source in table.sources}
    for source in sorted(sources, key=lambda name: (name != _MOVEMENTS, name)):
        if source in present and source in source_keys and _has_rows(connection, source):
            traced[source] = present[source]
            _classify(
                connection,
                source,
                present[source],
                source_keys[source],
                has_movements=_MOVEMENTS in traced,
                has_revoked=has_revoked,
            )
    for table in tables:
        # Facts with the whole key of a cell tell its causes; those of its date alone only where there are none.
        for is_near in (True, False):
            columns = _list_untold(connection, table)
            measures = {column: unit for column, unit in table.measures.items() if column in columns}
            for source in table.sources:
                if source in traced and measures:
                    _match(connection, table, source, traced[source], measures, is_near=is_near)
    connection.execute(f"update changed set cause = '{UNEXPLAINED}'")
    connection.execute(
        f"""
        update changed set cause = decided.cause
        from (
            select table_name, key, column_name, case
                when bool_or(cause = '{LATE_LANDING}') then '{LATE_LANDING}'
                when bool_or(cause = '{REVOKED}') then '{REVOKED}'
                when bool_or(cause = '{ATTRIBUTE_CHANGED}') then '{ATTRIBUTE_CHANGED}'
                else '{RATE_FINAL}'
            end as cause
            from candidates
            group by table_name, key, column_name
        ) as decided
        where changed.table_name = decided.table_name and changed.key = decided.key
            and changed.column_name = decided.column_name
        """
    )
    # An order that a final rate made fully paid: the landed rate changed a count, and only money is re-booked.
    counts = ", ".join(
        f"({quote_text(table.name)}, {quote_text(column)})"
        for table in tables
        for column, unit in table.measures.items()
        if unit in _COUNTED_UNITS
    )
    if counts:
        connection.execute(
            f"update changed set cause = '{LATE_LANDING}' "
            f"where cause = '{RATE_FINAL}' and (table_name, column_name) in (values {counts})"
        )


def take_causes_of_unpublished(connection: duckdb.DuckDBPyConnection) -> None:
    """Give what `trace` left unexplained the cause that a calibration stated which then could not publish.

    Its rebuilt tables are the live ones, so what it changed has no facts in `changes`. `connection` has the last publication
    attached as `published`.
    """
    connection.execute(
        f"""
        update changed set cause = stated.cause
        from (
            select table_name, key, column_name, max_by(cause, rowid) as cause
            from audit.calibration_drift
            where run_id not in (select run_id from published.audit.runs)
            group by table_name, key, column_name
        ) as stated
        where changed.cause = '{UNEXPLAINED}' and changed.table_name = stated.table_name
            and changed.key = stated.key and changed.column_name = stated.column_name
        """
    )


def _changed_models(connection: duckdb.DuckDBPyConnection) -> dict[str, list[str]]:
    rows = fetch_rows(
        connection,
        "select table_name, list(column_name order by column_index) from duckdb_columns() "
        "where database_name = current_database() and schema_name = 'changes' group by table_name",
    )
    return dict(rows)


def _has_rows(connection: duckdb.DuckDBPyConnection, model: str) -> bool:
    return bool(fetch_rows(connection, f"select 1 from changes.{model} limit 1"))


def _list_untold(connection: duckdb.DuckDBPyConnection, table: PublishedTable) -> set[str]:
    """The changed cells of a table that have no candidate yet, as the temporary table `untold`; returns their columns."""
    name = quote_text(table.name)
    connection.execute(
        f"create or replace temporary table untold as from changed where table_name = {name} "
        f"and (key, column_name) not in (select key, column_name from candidates where table_name = {name})"
    )
    return {column for (column,) in fetch_rows(connection, "select distinct column_name from untold")}


def _classify_payments(connection: duckdb.DuckDBPyConnection, present: Mapping[str, list[str]]) -> None:
    """Which payments an official rate alone re-valued, and which orders had rows landed."""
    rerated = (
        f"""
        select payment_id, any_value(order_key) as order_key, any_value(user_id) as user_id
        from changes.std_payments
        group by payment_id
        having count(*) > 1 and ({_differs("rate_cny")} or {_differs("rate_date")})
            and not ({_differs("amount")} or {_differs("currency_code")} or {_differs("succeeded_at")})
        """
        if "std_payments" in present
        else "select '' as payment_id, '' as order_key, '' as user_id where false"
    )
    connection.execute(f"create or replace temporary table rerated as {rerated}")
    landed = [
        f"select order_key from changes.{name}"
        for name, columns in present.items()
        if name.startswith("stg_") and "order_key" in columns
    ]
    if "stg_refunds" in present:
        landed.append(
            "select order_key from staging.stg_payments "
            "where payment_id in (select payment_id from changes.stg_refunds)"
        )
    connection.execute(
        "create or replace temporary table landed_orders as "
        + (" union ".join(landed) or "select '' as order_key where false")
    )


def _classify_links(connection: duckdb.DuckDBPyConnection, present: Mapping[str, list[str]]) -> bool:
    """What ties facts to the changed rows of feeds, as the temporary table `links` (name, value, is_revoked).

    `is_revoked` says that the row changed by a withdrawal, or its undoing, and that no other version of its key landed.
    Returns whether there is any such row; without one, the table is not made.
    """
    if not fetch_value(connection, f"select count(*) from ({REVOKED_SINCE})"):
        return False
    connection.execute(
        "create or replace temporary table links (name varchar, value varchar, is_revoked boolean)"
    )
    for feed in FEEDS.values():
        staged = f"stg_{feed.name}"
        if staged not in present:
            continue
        key = ", ".join(map(quote_identifier, feed.key))
        landed_key = ", ".join(
            f"cast({quote_identifier(column.name)} as date)"
            if column.type == "date"
            else quote_identifier(column.name)
            for name in feed.key
            for column in feed.columns
            if column.name == name
        )
        connection.execute(
            f"""
            create or replace temporary table touched as
            select *, ({key}) in (
                select ({landed_key})
                from raw.{feed.name} cross join (select published_seq from meta.watermarks where feed = '{feed.name}')
                group by {landed_key}
                having bool_or(_batch_id in ({REVOKED_SINCE}))
                    and not bool_or(_landing_seq > published_seq and _batch_id not in ({REVOKED_SINCE}))
            ) as is_revoked
            from changes.{staged}
            """
        )
        for name in _LINKS:
            if name in present[staged]:
                connection.execute(
                    f"insert into links select distinct '{name}', {name}, is_revoked from touched"
                )
        if feed.name == "fx_rates":
            connection.execute("insert into links select distinct 'rate', 'rate', is_revoked from touched")
        if feed.name == "refunds":
            payments = "from staging.stg_payments"
            if "stg_payments" in present:
                payments += " union select payment_id, order_key, user_id from changes.stg_payments"
            for name in ("order_key", "user_id"):
                connection.execute(
                    f"insert into links select distinct '{name}', {name}, is_revoked from touched "
                    f"inner join (select payment_id, order_key, user_id {payments}) using (payment_id)"
                )
    return True


def _is_revoked(columns: list[str], *, has_movements: bool) -> str:
    """SQL telling whether a fact changed because a landing was withdrawn or restored: its closest link says so."""
    cases = []
    if has_movements and _is_total(columns):
        found = f"{_movements_of_total(columns)} where cause"
        cases += [f"when {found} = '{LATE_LANDING}') then false", f"when {found} = '{REVOKED}') then true"]
    for name in _LINKS:
        if name in columns:
            found = f"cast({name} as varchar) in (select value from links where name = '{name}' and"
            cases += [f"when {found} not is_revoked) then false", f"when {found} is_revoked) then true"]
    by_rate = "(select bool_and(is_revoked) from links where name = 'rate')"
    # Where nothing landed, what no link reaches (a day that is no longer in the calendar) changed by the withdrawal too.
    is_all = "(select bool_and(is_revoked) from links)"
    linked = f"case {' '.join(cases)} else {is_all} end" if cases else is_all
    return f"coalesce(case when is_by_rate then {by_rate} else {linked} end, false)"


def _classify(
    connection: duckdb.DuckDBPyConnection,
    source: str,
    columns: list[str],
    key: tuple[str, ...],
    *,
    has_movements: bool,
    has_revoked: bool,
) -> None:
    """The changed rows of a model, once for each cause, as `traced_<model>`."""
    attributes = [name for name in columns if name in _ATTRIBUTES and name not in key]
    revalued = [
        name
        for name in columns
        if name not in key and (name.endswith("_cny") or name in _RATES or name.startswith("is_rate_"))
    ]
    others = [name for name in columns if name not in (*key, *attributes, *revalued)]
    # Money is judged by what was paid, whatever became of the counts beside it or of the order it pays.
    is_told_by_money = "true" if source == _MOVEMENTS or (has_movements and _is_total(columns)) else "false"
    keys = ", ".join(quote_identifier(name) for name in key)
    is_revoked = (
        _is_revoked(columns, has_movements=has_movements and source != _MOVEMENTS) if has_revoked else "false"
    )
    connection.execute(
        f"""
        create or replace temporary table traced_{source} as
        with judged as (
            select {keys}, count(*) = 1 as is_single, {_any_differs(attributes)} as is_moved,
                {_any_differs(revalued)} as is_revalued, {_any_differs(others)} as is_other
            from changes.{source} group by {keys}
        ),
        rated as (
            select facts.*, is_single, is_moved, is_revalued, is_other,
                (is_single or is_revalued) and (not is_other or {is_told_by_money})
                    and {_is_by_rate(source, columns, has_movements)} as is_by_rate
            from changes.{source} as facts inner join judged using ({keys})
        )
        select * exclude (is_single, is_moved, is_revalued, is_other, is_by_rate), unnest(list_filter(
            case when {is_revoked} then ['{REVOKED}'] else [
                case when is_by_rate then '{RATE_FINAL}' end,
                case when is_moved then '{ATTRIBUTE_CHANGED}' end,
                case when (is_other or is_single or is_revalued) and not is_by_rate then '{LATE_LANDING}' end
            ] end, lambda cause: cause is not null)) as cause
        from rated
        """
    )


def _is_by_rate(source: str, columns: list[str], has_movements: bool) -> str:
    """SQL telling whether a fact that changed in money only did so by an official rate."""
    if source in _RATE_MODELS:
        return "true"
    shifted = "order_key in (select order_key from rerated) and order_key not in (select order_key from landed_orders)"
    if "payment_id" in columns:
        own = "payment_id in (select payment_id from rerated)"
        # Money of one payment moves that of the next along the bill (R6).
        return f"({own} or ({shifted}))" if "order_key" in columns else own
    if "order_key" in columns:
        return f"({shifted})"
    if has_movements and _is_total(columns):
        found = f"{_movements_of_total(columns)} where cause"
        return f"({found} = '{RATE_FINAL}') and not {found} = '{LATE_LANDING}'))"
    return "false"


def _is_total(columns: list[str]) -> bool:
    """Whether a fact sums up what a user did on a date or in a month."""
    return "user_id" in columns and ("business_date" in columns or "month" in columns)


def _movements_of_total(columns: list[str]) -> str:
    """SQL telling whether a total has a movement for which the condition that follows holds; the caller closes it."""
    if "month" in columns:
        dated = "cast(date_trunc('month', business_date) as date)"
        return f"(user_id, month) in (select user_id, {dated} from traced_{_MOVEMENTS}"
    return f"(user_id, business_date) in (select user_id, business_date from traced_{_MOVEMENTS}"


def _match(
    connection: duckdb.DuckDBPyConnection,
    table: PublishedTable,
    source: str,
    columns: list[str],
    measures: Mapping[str, str],
    *,
    is_near: bool,
) -> None:
    """Note the causes of the changed facts beneath each untold cell of a table: with its whole key, or of its date alone.

    `measures` are the units of its changed figures.
    """
    # Where no attribute is part of the key, none can move a figure.
    of_cause = "true" if set(table.key) & set(_ATTRIBUTES) else f"facts.cause <> '{ATTRIBUTE_CHANGED}'"
    places = table.places.get(source) or [{}]
    chosen: dict[tuple[str, str], list[str]] = {}
    for column, unit in measures.items():
        kind = _of_its_kind(table, source, column, unit, is_near=is_near)
        # A sum of money adds up the movements of its own date; a margin stands on the date of the order, too.
        counted = places[:1] if _is_money(column, unit) else places
        where = " or ".join(f"({_at(table, source, columns, place, is_near=is_near)})" for place in counted)
        chosen.setdefault((kind, where), []).append(column)
    # A row once, not for each of its figures, and its key read once, not for each pair; of facts what tells them apart here.
    keys = ", ".join(
        f"json_extract_string(key, {quote_text(f'$.{name}')}) as {_key_name(name)}" for name in table.key
    )
    for (kind, where), names in chosen.items():
        is_cell = f"column_name in ({', '.join(map(quote_text, names))})"
        told = [
            name
            for name in columns
            if any(f"facts.{form}" in where + kind for form in (name, quote_identifier(name)))
        ]
        connection.execute(
            f"""
            insert into candidates
            with cells as (
                select distinct key, row_change, {keys} from untold where {is_cell}
            ),
            facts as (
                select distinct {", ".join(map(quote_identifier, [*told, "cause"]))} from traced_{source}
            ),
            matched as (
                select distinct cells.key, facts.cause
                from cells inner join facts on ({where}) and {kind} and {of_cause}
            )
            select table_name, key, column_name, matched.cause
            from untold inner join matched using (key)
            where {is_cell}
            """
        )


def _key_name(column: str) -> str:
    """The column of a changed cell's key, as `_match` reads it."""
    return quote_identifier(f"key_{column}")


def _is_money(column: str, unit: str) -> bool:
    """Whether a figure is a sum of movements; costs and margins are of other facts, too."""
    return unit in ("CNY", "foreign") and "cost" not in column and "margin" not in column


def _at(
    table: PublishedTable, source: str, columns: list[str], place: Mapping[str, str], *, is_near: bool
) -> str:
    """SQL matching cells with the facts that have their whole key, or their date alone."""
    date_column = table.closes.date_column if table.closes else None
    conditions = (
        _key_column(table, source, columns, column, place.get(column), is_near=is_near)
        for column in table.key
        if is_near or column == date_column
    )
    return " and ".join(filter(None, conditions)) or "true"


def _key_column(
    table: PublishedTable,
    source: str,
    columns: list[str],
    column: str,
    declared: str | None,
    *,
    is_near: bool,
) -> str | None:
    """SQL matching one key column of a cell with a fact, None where the fact says nothing of it.

    `declared` is the column of the fact that the mart's `affected_by` names.
    """
    cell = f"cells.{_key_name(column)}"
    named = (name for name in (f"{_REGISTERED}{column}", column) if name in columns)
    place = declared or next(named, None)
    if table.closes and table.closes.is_month and column == table.closes.date_column and place is None:
        dated = next((name for name in ("business_date", "paid_date") if name in columns), None)
        return (
            f"{cell} = cast(cast(date_trunc('month', facts.{dated}) as date) as varchar)" if dated else None
        )
    if place is None:
        if source == _POSITIONS and column == "business_date" and not is_near:
            # A position counts from its payment on.
            return f"cast({cell} as date) >= facts.paid_date"
        return None
    fact = f"facts.{quote_identifier(place)}"
    reach = table.reach_days.get(source, 0)
    if reach:
        return f"cast({cell} as date) between {fact} and {fact} + {reach}"
    matched = f"{cell} is not distinct from cast({fact} as varchar)"
    return f"({cell} = 'all' or {matched})" if column == "business_type" else matched


def _of_its_kind(table: PublishedTable, source: str, column: str, unit: str, *, is_near: bool) -> str:
    """SQL choosing the facts and cells of which a source tells."""
    if source == _POSITIONS and is_near and "currency_code" in table.key:
        return _of_position(column)
    if not _is_money(column, unit) or _MOVEMENTS not in table.sources:
        return "true"
    if source == _MOVEMENTS:
        return _of_movement(column)
    # Money shown abroad moves with the rate it is shown at, too.
    if unit == "foreign" and source in _RATE_MODELS:
        return "true"
    # A row may come or go with a fact of its key, whatever sum of the date's money stands in it.
    return "cells.row_change <> 'changed'"


def _of_position(column: str) -> str:
    """SQL choosing the positions that move a day's figure of a currency: paid on it, settled on it, or open at its end."""
    date = f"cast(cells.{_key_name('business_date')} as date)"
    if column.startswith(("open_", "unrealised_")):
        return f"(facts.paid_date = {date} or facts.settled_date <= {date})"
    return f"facts.{'settled_date' if column.startswith(('settled_', 'realised_')) else 'paid_date'} = {date}"


def _of_movement(column: str) -> str:
    """SQL choosing the movements that a sum of money adds up; the same quantity has the same name in every mart."""
    component = column.removesuffix("_cny")
    if column.startswith("net_"):
        return "true"
    if component in ("refund", "chargeback"):
        return f"facts.movement_type = {quote_text(component)}"
    if component in _COMPONENTS:
        return f"facts.movement_type = 'payment' and facts.component = {quote_text(component)}"
    return "facts.movement_type = 'payment'"


def _differs(column: str) -> str:
    name = quote_identifier(column)
    return f"(min({name}) is distinct from max({name}) or count({name}) not in (0, count(*)))"


def _any_differs(columns: list[str]) -> str:
    return " or ".join(_differs(name) for name in columns) or "false"
