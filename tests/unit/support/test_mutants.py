"""What is changed in a model: each kind once a place, and not what no row can tell."""

import duckdb
import pytest
import sqlglot

from tests.support.mutation.__main__ import summary
from tests.support.mutation.judge import STILLBORN, SURVIVED
from tests.support.mutation.mutants import Mutant, change, mutants
from tests.support.mutation.same_rows import without_mutant

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


def test_survivors_that_change_no_row_are_told_apart_with_their_reason() -> None:
    narrowing = Mutant("std_bills", 4, "condition left out", "discount_cny > 0")
    other = Mutant("std_bills", 9, "condition left out", "not is_deleted")
    judged = [(narrowing, SURVIVED), (other, SURVIVED), (other, "unit test"), (other, STILLBORN)]
    told = summary(534, judged)
    assert (told["tried_count"], told["caught_count"], told["same_rows_count"]) == (3, 1, 1)
    assert told["survivors"] == ["std_bills: condition left out (9): not is_deleted"]
    assert told["wrong_in_same_rows"] == []


def test_what_is_said_to_change_no_row_is_no_more_than_that() -> None:
    caught = Mutant("std_bills", 4, "condition left out", "discount_cny > 0")
    assert summary(1, [(caught, "unit test")])["wrong_in_same_rows"] == [
        "std_bills: condition left out (4): discount_cny > 0"
    ]
    assert "std_bills: condition left out: discount_cny > 0" not in without_mutant([caught])
    assert "std_bills: condition left out: discount_cny > 0" in without_mutant([])
