"""How a figure comes from its evidence, and the figures that many tables share.

In the SQL here `e` is a row of evidence and `f` the published row that is explained, with all its columns and
the bounds of its window. It says the same as the marts in other words: an explanation is a second calculation.
"""

from dataclasses import dataclass, replace

from orchestration.explain.evidence import orders
from orchestration.explain.evidence.rows import Evidence

SUM = "coalesce(sum(value), 0)"
COUNT = "count(*)"
# NULL where nothing is known, and where something is not.
SUM_OF_KNOWN = "sum(value)"
SUM_IF_ALL_KNOWN = "case when count(*) = count(value) then coalesce(sum(value), 0) end"
DISTINCT_ORDERS = "count(distinct order_key)"
DISTINCT_USERS = "count(distinct user_id)"
LATEST = "max(value)"
ANY = "count(*) > 0"
# A condition on a date of the evidence.
LAST_30_DATES = "e.{date} > f.run_as_of_date - 30 and e.{date} <= f.run_as_of_date"


@dataclass(frozen=True)
class Measure:
    """A figure counted from rows of evidence: those with `match` (to the published row) and `where`.

    `value` is what a row contributes, `total` how contributions make the figure (over columns `value` and
    those of the evidence). Where `measurable` (over `f`) does not hold, the figure is NULL.
    """

    evidence: Evidence
    match: str
    total: str = COUNT
    value: str = "1"
    where: str = "true"
    measurable: str = "true"
    note: str = ""


@dataclass(frozen=True)
class Ratio:
    """A figure that divides two others of its row: numerator × `scale` ÷ denominator, to `decimals`."""

    numerator: str
    denominator: str
    scale: int = 1
    decimals: int | None = None


@dataclass(frozen=True)
class Rank:
    """The place of the row among all rows of its table, by `order` (SQL over its columns)."""

    order: tuple[str, ...]


Spec = Measure | Ratio | Rank


def match_of(**columns: str) -> str:
    """Equality of columns of the published row (names) and expressions over the evidence (values)."""
    return " and ".join(f"{expression} = f.{column}" for column, expression in columns.items())


def same(*columns: str) -> str:
    return match_of(**{column: f"e.{column}" for column in columns})


def money_figures(rows: Evidence, match: str, where: str = "true") -> dict[str, Measure]:
    """The four figures of every set of movements."""
    movements = Measure(rows, match, SUM, "e.amount_cny", where)

    def of(movement_type: str, value: str) -> Measure:
        return replace(movements, value=value, where=f"{where} and e.movement_type = '{movement_type}'")

    return {
        "gross_paid_cny": of("payment", "e.amount_cny"),
        "refund_cny": of("refund", "-e.amount_cny"),
        "chargeback_cny": of("chargeback", "-e.amount_cny"),
        "net_revenue_cny": movements,
    }


def component_figures(match: str, where: str, *names: str) -> dict[str, Measure]:
    """Paid amounts of components, before refunds."""
    return {
        f"{name}_cny": Measure(
            orders.BILLED_MOVEMENTS,
            match,
            SUM,
            "e.amount_cny",
            f"{where} and e.movement_type = 'payment' and e.component = '{name}'",
        )
        for name in names
    }


def flag(rows: Evidence, match: str, where: str) -> Measure:
    return Measure(rows, match, ANY, where=where)


def percentiles(name: str, rows: Measure, earlier: str, later: str, unit: int) -> dict[str, Spec]:
    """Percentiles of the time between two instants of the rows, in units of so many microseconds."""
    elapsed = f"epoch_us({later}) - epoch_us({earlier})"

    def total(tenths: int) -> str:
        # The two values nearest to place p·(n−1) count for as many tenths as they are near to it.
        weighted = (
            f"(select sum(elapsed * greatest(10 - abs(10 * place - {tenths} * (value_count - 1)), 0)) from "
            f"(select {elapsed} as elapsed, row_number() over (order by {elapsed}) - 1 as place, "
            "count(*) over () as value_count from evidence_rows))"
        )
        rounded = f"((abs({weighted}) * 20000 + {10 * unit}) // {20 * unit})"
        return f"min(cast(sign({weighted}) * {rounded} as decimal(22, 0)) * 0.0001)"

    return {
        f"{name}_p{10 * tenths}": replace(
            rows,
            value=f"(epoch_us(e.{later}) - epoch_us(e.{earlier})) / {unit}",
            where=f"e.{earlier} is not null and e.{later} is not null",
            total=total(tenths),
            note=f"The {10 * tenths}th percentile of the values, interpolated between the two nearest.",
        )
        for tenths in (5, 9)
    }
