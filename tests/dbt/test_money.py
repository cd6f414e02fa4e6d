"""The macros of money, rendered by dbt and run on DuckDB."""

from pathlib import Path

import duckdb

from ingest.foundation.settings import Settings
from tests.support.rendered import rendered

# Halves of a fen, their neighbours, both signs, the smallest and the largest that fit; then whatever chance brings.
AMOUNTS_AND_RATES = """
select cast(amount as decimal(18, 4)) as amount, cast(rate as decimal(20, 10)) as rate
from (
    values
    (0.005, 1), (-0.005, 1), (1.005, 1), (-1.005, 1), (0.0149, 1), (0.0151, 1), (1.1, 0.95), (-1.1, 0.95),
    (2.5, 0.0020000000), (2.5, 0.0019999999), (2.5, 0.0020000001), (-2.5, 0.0019999999), (0, 7), (7, 0),
    (0.0001, 0.0000000001), (9999999999.9999, 1), (1428571428.5715, 7), (9999999999.9999, 9999.9999999999),
    (-9999999999.9999, 9999.9999999999), (null, 7), (7, null)
) as listed (amount, rate)
union all
select
    cast((random() - 0.5) * power(10, number % 11) as decimal(18, 4)),
    cast(random() * power(10, number % 8 - 3) as decimal(20, 10))
from range(500000) as numbers (number)
union all
-- Beside a half of a fen by less than floating point tells at this size, on either side.
select
    cast(1000000000 + number as decimal(18, 4)),
    cast(cast((1000000000 + number) * 3 + 0.005 as decimal(18, 3)) / (1000000000 + number) as decimal(20, 10))
from range(10000) as numbers (number)
union all
-- Halves of a fen alone.
select
    cast(number * 0.005 as decimal(18, 4)) * case when number % 3 = 0 then -1 else 1 end,
    cast(1 as decimal(20, 10))
from range(10000) as numbers (number)
"""


def test_a_foreign_amount_is_its_exact_product_rounded_once(tmp_path: Path) -> None:
    made = rendered(Settings(home=tmp_path), "{{ foreign_to_cny('amount', 'rate') }}")
    exact = "cast(amount * cast(rate as decimal(19, 10)) as decimal(18, 2))"
    assert (
        duckdb.sql(
            f"select amount, rate, {made} as made, {exact} as exact from ({AMOUNTS_AND_RATES}) "
            f"where {made} is distinct from {exact}"
        ).fetchall()
        == []
    )
