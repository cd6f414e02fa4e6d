"""What can be explained: a figure of a published table and the key of a row."""

from collections.abc import Mapping
from dataclasses import dataclass

from ingest.foundation.errors import UsageError
from orchestration.catalogue.tables import PublishedTable
from orchestration.explain.figures import SPECS, STATED


@dataclass(frozen=True)
class Request:
    """A table and a column of it that can be explained."""

    table: PublishedTable
    column: str

    @classmethod
    def parse(cls, marts: Mapping[str, PublishedTable], table: str, column: str) -> "Request":
        """Raises UsageError naming what there is instead."""
        name = table.removeprefix("marts.")
        if name not in marts:
            raise UsageError(f"no published table {table!r}. Tables: {', '.join(marts)}.")
        specs = SPECS[name]
        if column not in specs:
            explainable = f"Figures of {name} that can be explained: {', '.join(specs)}."
            if column in marts[name].key:
                raise UsageError(f"{column} is part of the key of {name}, not a figure. {explainable}")
            if column in STATED:
                raise UsageError(f"{name}.{column} is not counted from rows: {STATED[column]}. {explainable}")
            raise UsageError(f"{name} has no figure {column!r}. {explainable}")
        return cls(marts[name], column)

    def check_key_names(self, key: Mapping[str, str]) -> None:
        """Raises UsageError unless exactly the key columns are given."""
        expected = f"{self.table.name} needs {' '.join(f'{name}=…' for name in self.table.key)}"
        unknown = [name for name in key if name not in self.table.key]
        if unknown:
            raise UsageError(f"{', '.join(unknown)} is not part of the key. {expected}.")
        missing = [name for name in self.table.key if name not in key]
        if missing:
            raise UsageError(f"missing {', '.join(missing)}. {expected}.")
