"""R23: a figure is the same wherever it is shown: pages, console, Superset, docs, all by the published columns.

That MetricFlow answers the published columns is tests/dbt/test_semantic_layer.py.
"""

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from types import ModuleType
from typing import Any, NamedTuple

import duckdb
import pytest

from dashboard.build import PAGES
from dashboard.explained import KEYS, explain_command
from dashboard.figures import Reader
from dashboard.pages import core_overview, logistics_forwarding, order_operations, user_growth
from dashboard.pages.measure import MONEY_KEYS, Measure
from dashboard.superset.datasets import DATASETS
from ingest.foundation.settings import Settings
from orchestration.catalogue import tables
from orchestration.catalogue.metrics import metric_rows
from orchestration.catalogue.project import manifest_dict
from orchestration.explain.figures import SPECS
from orchestration.explain.figures.measures import Ratio
from orchestration.explain.request import Request
from orchestration.reading.headline import headline
from orchestration.reading.published import open_published
from tests.support.queries import PAGE, queries

RECENT = "{date} > (select max(business_date) - 30 from marts.core_daily)"
SHOWN = "{date} > (select max(business_date) - 180 from marts.core_daily)"


@pytest.fixture(scope="module")
def books(simulated: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    with open_published(simulated) as connection:
        yield connection


@pytest.fixture(scope="module")
def reader(books: duckdb.DuckDBPyConnection) -> Reader:
    return Reader(books)


def ratio_of(table: str, column: str) -> tuple[str, str] | None:
    """Numerator and denominator of a published ratio, by its explanation."""
    spec = SPECS[table].get(column)
    return (spec.numerator, spec.denominator) if isinstance(spec, Ratio) else None


def by_published_columns(measure: Measure) -> str:
    """A measure over any rows of its table: the sum of its column, a ratio from its parts."""
    parts = ratio_of(measure.table, measure.column)
    if parts is None:
        return f"sum({measure.column})"
    scale = 1000 if measure.column == "freight_per_kg_cny" else 1
    return f"{scale} * cast(sum({parts[0]}) as double) / nullif(sum({parts[1]}), 0)"


class PageTable(NamedTuple):
    """A query of a page, its measures, and the rows of their mart that it is about: grouped by, where."""

    query: str
    measures: Sequence[Measure]
    keys: list[str]
    where: str


PAGE_TABLES = [
    PageTable(
        "core_overview_types",
        [core_overview._PAID],
        ["business_type"],
        f"{RECENT} and business_type <> 'all'",
    ),
    PageTable(
        "order_operations_platforms",
        order_operations._PLATFORMS,
        ["platform"],
        RECENT,
    ),
    PageTable(
        "order_operations_countries",
        [order_operations._ORDERS, *order_operations._MONEY],
        ["country_code"],
        RECENT,
    ),
    PageTable(
        "order_operations_channels",
        [order_operations._ORDERS, *order_operations._MONEY],
        ["acquisition_channel"],
        RECENT,
    ),
    PageTable("order_operations_cohorts", order_operations._COHORTS, ["platform"], f"{SHOWN} and is_mature"),
    PageTable(
        "logistics_forwarding_lines", logistics_forwarding._LINES, ["line_code"], f"{SHOWN} and is_mature"
    ),
    PageTable("logistics_forwarding_services", logistics_forwarding._SERVICES, ["service_code"], RECENT),
    PageTable("user_growth_channels", user_growth._CHANNELS, ["acquisition_channel"], RECENT),
    PageTable(
        "user_growth_conversion", user_growth._CONVERSION, ["acquisition_channel"], f"{SHOWN} and is_mature"
    ),
]
DATES = {"forwarding_transit_daily": "shipped_date", "users_conversion_daily": "registered_date"}


@pytest.mark.parametrize("shown_table", PAGE_TABLES, ids=lambda table: table.query)
def test_page_tables_are_sums_of_published_columns(
    books: duckdb.DuckDBPyConnection, reader: Reader, shown_table: PageTable
) -> None:
    query, measures, keys, where = shown_table
    (table,) = {measure.table for measure in measures}
    shown = {
        tuple(row[key] for key in keys): [measure.of(row) for measure in measures]
        for row in reader.rows(query)
    }
    values = ", ".join(by_published_columns(measure) for measure in measures)
    expected = {
        row[: len(keys)]: list(row[len(keys) :])
        for row in books.execute(
            f"select {', '.join(keys)}, {values} from marts.{table} "
            f"where {where.format(date=DATES.get(table, 'business_date'))} group by all"
        ).fetchall()
    }
    assert shown
    assert {key: list(map(number, row)) for key, row in shown.items()} == {
        key: list(map(number, row)) for key, row in expected.items()
    }


def number(value: Any) -> Any:
    return round(value, 9) if isinstance(value, float) else value or 0


@pytest.mark.parametrize("business_type", ["all", "purchase", "forwarding"])
def test_tiles_are_the_periods(books: duckdb.DuckDBPyConnection, reader: Reader, business_type: str) -> None:
    tiles = {row["period"]: row for row in reader.rows("periods") if row["business_type"] == business_type}
    columns = [f"{before}{key}_cny" for before in ("", "previous_") for key in MONEY_KEYS]
    rows = books.execute(
        f"select period, {', '.join(columns)} from marts.core_periods where business_type = '{business_type}'"
    ).fetchall()
    assert len(rows) == 4
    for period, *values in rows:
        row = tiles[period]
        shown = [*(row[key] for key in MONEY_KEYS), *(row[f"previous_{key}_cny"] for key in MONEY_KEYS)]
        assert shown == values
        net, paid, refund, chargeback = values[:4]
        assert paid - refund - chargeback == net


def shown_by(module: ModuleType) -> list[Measure]:
    return [
        value
        for values in vars(module).values()
        for value in (values if isinstance(values, tuple | list) else [values])
        if isinstance(value, Measure)
    ]


def test_every_measure_of_the_pages_is_a_published_column(simulated: Settings) -> None:
    published = {(row["table_name"], row["column_name"]) for row in metric_rows(manifest_dict(simulated))}
    shown = {(measure.table, measure.column) for module in PAGES.values() for measure in shown_by(module)} | {
        ("core_periods", f"{key}_cny") for key in MONEY_KEYS
    }
    assert len(shown) > 30
    assert shown <= published
    assert all(
        ratio_of(table, column)
        for table, column in shown
        if column.endswith("_ratio") and table != "users_cohort_monthly"
    )


def test_every_measure_of_the_pages_has_a_command_that_explains_it(
    reader: Reader, simulated: Settings
) -> None:
    marts = tables.marts(manifest_dict(simulated))
    for table, key in KEYS.items():
        row = reader.example(table, key)
        assert row is not None
        for column in SPECS[table]:
            command = explain_command(table, column, row)
            _, _, *named, text = command.split(" ", 4)
            request = Request.parse(marts, *named)
            request.check_key_names(dict(part.split("=") for part in text.split(" ")))
    shown = {measure.table for module in PAGES.values() for measure in shown_by(module)}
    assert shown | {"core_periods"} == KEYS.keys()


def test_superset_measures_are_sums_or_published_ratios() -> None:
    for dataset in DATASETS:
        published = {ratio_of(dataset.table, column) for column in SPECS[dataset.table]}
        for measure in dataset.measures:
            percent = re.fullmatch(r"100\.0 \* SUM\((\w+)\) / NULLIF\(SUM\((\w+)\), 0\)", measure.expression)
            if percent:
                assert percent.groups() in published, measure.name
            else:
                assert re.search(rf"(SUM|MAX)\({measure.name}\)", measure.expression), measure.name


def test_console_tables_are_the_published_figures(
    books: duckdb.DuckDBPyConnection, simulated: Settings
) -> None:
    core, orders, forwarding = [
        [re.split(r"\s{2,}", line.strip()) for line in block.splitlines()[3:]]
        for block in headline(simulated).split("\n\n")[1:4]
    ]
    money = "sum(gross_paid_cny), sum(refund_cny), sum(chargeback_cny), sum(net_revenue_cny)"
    for period, business_type, *values in core:
        assert decimals(values[:4]) == list(
            books.execute(
                f"select {money} from marts.core_periods "
                f"where period = '{period}' and business_type = '{business_type}'"
            ).fetchall()[0]
        )
        paid, refund, chargeback, net = decimals(values[:4])
        assert paid - refund - chargeback == net
    for rows, table, key in (
        (orders, "orders_daily", "platform"),
        (forwarding, "forwarding_daily", "channel"),
    ):
        for code, *values in rows:
            expected = books.execute(
                f"select {money} from marts.{table} "
                f"where {key} = '{code}' and {RECENT.format(date='business_date')}"
            ).fetchall()[0]
            at = 2 if table == "orders_daily" else 3
            assert decimals(values[at : at + 4]) == list(expected), code


def decimals(texts: list[str]) -> list[Decimal]:
    return [Decimal(text.replace(",", "")) for text in texts]


def test_on_time_is_one_figure_on_page_superset_and_docs(
    books: duckdb.DuckDBPyConnection, reader: Reader
) -> None:
    (on_time_on_page,) = (line for line in logistics_forwarding._LINES if line.column == "on_time_ratio")
    page = {
        row["line_code"]: percent(on_time_on_page.of(row))
        for row in reader.rows("logistics_forwarding_lines")
    }
    (dataset,) = (dataset for dataset in DATASETS if dataset.table == "forwarding_transit_daily")
    (on_time,) = (measure for measure in dataset.measures if measure.name == "on_time_percent")
    superset = dict(
        books.execute(
            f"select line_code, {on_time.expression} from marts.forwarding_transit_daily "
            "where is_mature group by line_code"
        ).fetchall()
    )
    (query,) = (query for query in queries(PAGE.read_text(encoding="utf-8")) if "promise" in query.title)
    answer = books.execute(query.sql)
    columns = [column[0] for column in answer.description or ()]
    docs = {
        row[columns.index("line_code")]: row[columns.index("on_time_percent")] for row in answer.fetchall()
    }
    assert any(page.values())
    assert page == {line: percent(value and value / 100) for line, value in superset.items()}
    assert page == {line: percent(value and value / 100) for line, value in docs.items()}


def percent(value: float | None) -> float | None:
    return None if value is None else round(100 * value, 1)


def test_nothing_adds_chargebacks_to_refunds() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert not re.findall(r"refund_cny\s*\+\s*(?:\w+\.)?chargeback_cny", page)
