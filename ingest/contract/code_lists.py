"""The codes that closed columns may hold, from the seed that users may extend."""

import csv
from functools import cache
from pathlib import Path

from ingest.foundation.errors import WarehouseError

CODE_LISTS_PATH = Path(__file__).resolve().parents[2] / "dbt_project" / "seeds" / "code_lists.csv"


@cache
def _code_lists(modified_ns: int) -> dict[tuple[str, str], tuple[str, ...]]:
    """The seed's content; `modified_ns` only makes an edited file be read again."""
    lists: dict[tuple[str, str], list[str]] = {}
    with CODE_LISTS_PATH.open(encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            try:
                place = (row["feed"].strip(), row["column_name"].strip())
                lists.setdefault(place, []).append(row["code"].strip().lower())
            except (KeyError, AttributeError):
                raise WarehouseError(
                    f"{CODE_LISTS_PATH}: expected the columns feed, column_name, code in every row. "
                    "Nothing was landed. Correct the file."
                ) from None
    return {place: tuple(dict.fromkeys(codes)) for place, codes in lists.items()}


def code_list(feed: str, column: str) -> tuple[str, ...]:
    """The codes a closed column may hold, in lower case, from the seed that users may extend.

    Raises WarehouseError when the seed is missing or has no list for the column.
    """
    try:
        lists = _code_lists(CODE_LISTS_PATH.stat().st_mtime_ns)
    except OSError as error:
        raise WarehouseError(f"{CODE_LISTS_PATH}: {error.strerror}. Nothing was landed.") from None
    if (feed, column) not in lists:
        raise WarehouseError(
            f"{CODE_LISTS_PATH} has no code for column {column} of feed {feed}. Nothing was landed. "
            "Add at least one row for it."
        )
    return lists[feed, column]
