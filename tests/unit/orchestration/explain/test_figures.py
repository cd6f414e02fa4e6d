"""Every figure of every published table is declared for `warehouse explain`, or stated not to be one."""

from pathlib import Path

import pytest
import yaml

from ingest.contract.feeds import FEEDS
from ingest.foundation.errors import UsageError
from orchestration.explain.explain import _equal, _ratio, _shown
from orchestration.explain.figures import SPECS, STATED
from orchestration.explain.figures.measures import Measure, Ratio
from orchestration.explain.request import Request
from tests.support.published_tables import MARTS

MODELS = Path(__file__).parents[4] / "dbt_project" / "models" / "marts"


def columns_of_marts() -> dict[str, list[str]]:
    """As the dbt project declares and enforces them."""
    return {
        model["name"]: [column["name"] for column in model["columns"]]
        for file in MODELS.glob("*/*.yml")
        for model in yaml.safe_load(file.read_text(encoding="utf-8")).get("models", [])
    }


def test_every_column_is_a_key_a_figure_or_stated_to_be_none() -> None:
    unaccounted = {
        f"{table}.{column}"
        for table, columns in columns_of_marts().items()
        for column in columns
        if column not in {*MARTS[table].key, *SPECS[table], *STATED}
    }
    assert not unaccounted


def test_nothing_is_declared_that_is_not_published() -> None:
    columns = columns_of_marts()
    assert set(SPECS) == set(columns) == set(MARTS)
    assert not {
        f"{table}.{column}"
        for table, specs in SPECS.items()
        for column in specs
        if column not in columns[table]
    }


def test_ratios_divide_figures_that_are_counted_from_rows() -> None:
    ratios = [
        (specs, spec) for table, specs in SPECS.items() for spec in specs.values() if isinstance(spec, Ratio)
    ]
    assert ratios
    for specs, ratio in ratios:
        assert isinstance(specs[ratio.numerator], Measure)
        assert isinstance(specs[ratio.denominator], Measure)


def test_no_evidence_shows_personal_data() -> None:
    personal = {name for feed in FEEDS.values() for name in feed.personal}
    assert personal
    for specs in SPECS.values():
        for spec in specs.values():
            if isinstance(spec, Measure):
                assert personal.isdisjoint(spec.evidence.shown)


@pytest.mark.parametrize(
    ("table", "column", "said"),
    [
        ("core_dialy", "net_revenue_cny", "Tables: core_daily, "),
        ("core_daily", "net_revenue", "can be explained: gross_paid_cny, refund_cny, "),
        ("core_daily", "business_date", "part of the key"),
        ("orders_cohort_daily", "is_mature", "not counted from rows: whether the window"),
    ],
)
def test_what_cannot_be_explained_names_what_can(table: str, column: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        Request.parse(MARTS, table, column)


def test_a_table_may_be_named_with_its_schema() -> None:
    assert Request.parse(MARTS, "marts.core_daily", "net_revenue_cny").table is MARTS["core_daily"]


def test_key_columns_are_given_exactly() -> None:
    request = Request.parse(MARTS, "core_daily", "net_revenue_cny")
    with pytest.raises(UsageError, match="missing business_type"):
        request.check_key_names({"business_date": "2026-10-20"})
    with pytest.raises(UsageError, match="date is not part of the key"):
        request.check_key_names({"date": "2026-10-20", "business_type": "all"})


def test_a_rounded_ratio_rounds_half_away_from_zero_once() -> None:
    per_kg = Ratio("freight_cny", "chargeable_weight_g", scale=1000, decimals=2)
    assert str(_ratio(per_kg, 1, 200_000)) == "0.01"
    assert str(_ratio(per_kg, 1, 200_001)) == "0.00"
    assert _ratio(per_kg, 1, 0) is None
    assert _ratio(per_kg, None, 5) is None


def test_only_doubles_are_compared_with_a_tolerance() -> None:
    assert _equal(0.1 + 0.2, 0.3)
    assert not _equal(0.1, 0.10001)
    assert not _equal(0.1, None)
    assert _equal(None, None)
    assert not _equal(100, 101)


def test_evidence_shows_no_id_that_is_none() -> None:
    names = ("payment_id", "order_key", "detail", "amount_cny")
    assert _shown(names, ["P-1", "purchase:anna@example.com", "amount: not a number", 5]) == {
        "payment_id": "P-1",
        "order_key": "***",
        "detail": "amount: not a number",
        "amount_cny": 5,
    }
