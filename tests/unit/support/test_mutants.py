"""What is changed in a model: each kind once a place, and not what no row can tell."""

import duckdb
import pytest
import sqlglot

from tests.support.mutation.mutants import change, mutants

SETUP = """
create table orders as
select * from (values (1, 'paid', 5), (2, 'paid', 7), (3, 'open', 9), (4, 'paid', 8)) as o (id, status, amount);
create table refunds as select * from (values (2, 3)) as r (order_id, amount);
"""
MODEL = """
select
    orders.id,
    case when refunds.amount > 1 then 'much' else 'little' end as size,
    row_number() over (order by orders.amount desc, orders.id) as rank
from orders
left join refunds on orders.id = refunds.order_id
where orders.status = 'paid' and orders.amount > 5 and true
"""


def test_every_place_is_changed_in_its_own_way() -> None:
    kinds = [mutant.kind for mutant in mutants("m", MODEL)]
    assert sorted(kinds) == [
        "case turned round",
        "condition left out",
        "condition left out",
        "left join made inner",
        "order of a window reversed",
        "order of a window reversed",
    ]


def test_a_mutant_gives_other_rows_where_rows_can_tell() -> None:
    with duckdb.connect() as connection:
        connection.execute(SETUP)
        right = connection.execute(MODEL).fetchall()
        told = []
        for mutant in mutants("m", MODEL):
            tree = sqlglot.parse_one(MODEL, read="duckdb")
            change(tree, mutant)
            if sorted(connection.execute(tree.sql(dialect="duckdb")).fetchall()) != sorted(right):
                told.append(mutant.kind)
    assert sorted(right) == [(2, "much", 2), (4, "little", 1)]
    # No two amounts are equal, so no row can tell how ties are ordered.
    assert sorted(told) == [
        "case turned round",
        "condition left out",
        "condition left out",
        "left join made inner",
        "order of a window reversed",
    ]


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("select 1 from a inner join b on a.x = b.x where b.y > 1", 1),
        ("select 1 from a inner join b on a.x = b.x where (a.y > 1 and b.z < a.z) or b.y = 1", 1),
        ("select 1 from a inner join b on a.x = b.x where a.y > 1 or b.y = 1", 2),
        ("select 1 from a inner join b on a.x = b.x where b.y is null", 2),
        ("select list_sort(list(x) filter (x is not null))[1] from a", 0),
        ("select list(x) filter (x is not null) from a", 1),
        ("select list_sort(list(x) filter (y is not null))[1] from a", 1),
    ],
)
def test_what_no_row_can_tell_is_left_out(query: str, count: int) -> None:
    assert len(list(mutants("m", query))) == count
