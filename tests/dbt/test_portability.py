"""What another engine needs: its own syntax stands in macros, and no product of decimals is wider than every engine keeps."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from ingest.foundation.settings import Settings

# Only DuckDB, or few engines, know these; macros/ has the forms that are dispatched.
OF_ONE_ENGINE = {
    "qualify": r"\bqualify\b",
    "integer division": r"//",
    "by name": r"\bby name\b",
    "lists": r"\bunnest\b|\blist_\w+|\blist\(|\bgenerate_series\b|\brange\(",
    "exclude and replace": r"\*\s+(exclude|replace)\b",
    "group by all": r"\b(group|order) by all\b",
    "filter of aggregates": r"\bfilter \(",
    "casts by operator": r"::",
    "time zones": r"\bat time zone\b|\bepoch_us\b",
    "recursion": r"\brecursive\b",
    "text without a length": r"\bas varchar\)",
    "quantiles": r"\bquantile\w*\(|\barg_m(ax|in)\(|\bany_value\(",
}
# The digits of both sides of a product and one more: beyond, some engines drop decimals without a word.
MOST_DIGITS = 38
ENDS_IN_CAST = re.compile(r"as decimal\((\d+), \d+\)\s*\)$")


@pytest.mark.parametrize("form", OF_ONE_ENGINE)
def test_models_hold_no_syntax_of_one_engine(form: str, manifest: dict[str, Any]) -> None:
    models = [node for node in manifest["nodes"].values() if node["resource_type"] == "model"]
    assert models
    for model in models:
        sql = re.sub(r"--[^\n]*|\{%.*?%\}|'[^'\n]*'", "", model["raw_code"])
        assert not re.search(OF_ONE_ENGINE[form], sql, re.IGNORECASE), model["name"]


def products(sql: str) -> Iterator[tuple[int, int]]:
    """Digits of both sides of each product of two casts to a decimal."""
    for found in re.finditer(r"\*\s*cast\(", sql):
        left = ENDS_IN_CAST.search(sql[: found.start()].rstrip())
        depth, end = 1, found.end()
        while depth:
            depth += {"(": 1, ")": -1}.get(sql[end], 0)
            end += 1
        right = ENDS_IN_CAST.search(sql[found.end() : end])
        if left and right:
            yield int(left[1]), int(right[1])


def test_products_of_decimals_keep_every_decimal(simulated: Settings) -> None:
    compiled = simulated.dbt_target_dir / "compiled" / "daigou_warehouse" / "models"
    found = [
        (path.stem, *digits)
        for path in compiled.rglob("*.sql")
        for digits in products(path.read_text(encoding="utf-8"))
    ]
    assert {"std_payments", "std_fx_positions", "stg_fx_rates"} <= {name for name, *_ in found}
    assert [product for product in found if product[1] + product[2] + 1 > MOST_DIGITS] == []
