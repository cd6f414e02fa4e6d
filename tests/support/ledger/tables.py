"""Tables as the ledger gives them, and the sums that every mart takes over movements."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from tests.support.ledger.money import ZERO
from tests.support.ledger.movements import Movement

TableRow = dict[str, Any]
Table = dict[tuple, TableRow]

BUSINESS_TYPES = ("purchase", "forwarding", "service")
ALL = "all"

MONEY = ("gross_paid_cny", "refund_cny", "chargeback_cny", "net_revenue_cny")


class TableBuilder:
    """Rows by key, made on first sight with their measures at the start value."""

    def __init__(self, key_columns: Sequence[str], start: TableRow) -> None:
        self._key_columns = key_columns
        self._start = start
        self.rows: Table = {}

    def row(self, *key: Any) -> TableRow:
        if key not in self.rows:
            self.rows[key] = dict(zip(self._key_columns, key, strict=True)) | self._start
        return self.rows[key]


def no_money(*component_columns: str) -> TableRow:
    return dict.fromkeys((*component_columns, *MONEY), ZERO)


def add_money(row: TableRow, movement: Movement, component_columns: Sequence[str] = ()) -> None:
    """Adds a movement; component columns are paid amounts before refunds."""
    if movement.is_payment:
        row["gross_paid_cny"] += movement.amount_cny
        column = f"{movement.component}_cny"
        if column in component_columns:
            row[column] += movement.amount_cny
    else:
        row["chargeback_cny" if movement.is_chargeback else "refund_cny"] -= movement.amount_cny
    row["net_revenue_cny"] += movement.amount_cny


def count_people(
    row: TableRow, payers: Iterable[str], first_paid_at: dict[str, datetime], start: datetime, end: datetime
) -> None:
    """Payers of a window, told apart by whether their first payment lies in it (R17)."""
    payers = set(payers)
    new_count = sum(1 for user_id in payers if start <= first_paid_at[user_id] < end)
    row["paying_user_count"] = len(payers)
    row["new_user_count"] = new_count
    row["returning_user_count"] = len(payers) - new_count


def ranked(rows: Iterable[TableRow], order_by: Sequence[str], key: Sequence[str], rank_column: str) -> None:
    """Numbers the rows from 1: largest first by `order_by`, then by key ascending, so without ties."""

    def position(row: TableRow) -> tuple:
        return (*(-row[column] for column in order_by), *(row[column] for column in key))

    for number, row in enumerate(sorted(rows, key=position), start=1):
        row[rank_column] = number
