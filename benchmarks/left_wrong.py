"""What a look-back or a strategy by key leaves wrong: its marts beside the publication."""

from datetime import date
from pathlib import Path

import duckdb

from ingest.foundation.fetch import fetch_rows, fetch_value
from ingest.foundation.sql import quote_text


def rows_left_wrong(made: Path, published: Path, first_date: date | None = None) -> tuple[int, int]:
    """Rows of the publication's marts that the file `made` has otherwise or lacks; and of how many.

    With `first_date`, only of dated marts, and dated before it: what is later, and every undated mart, was computed again.
    Whether a row is mature is left out: it follows from the as-of. SystemExit: a row computed again differs, so the two do not
    compute the same.
    """
    with duckdb.connect(":memory:") as connection:
        for name, path in (("made", made), ("published", published)):
            connection.execute(f"attach {quote_text(str(path))} as {name} (read_only)")
        marts = fetch_rows(
            connection,
            "select table_name, min_by(column_name, column_index) as first_column, string_agg(column_name, ', '), "
            "string_agg(column_name, ', ') filter (column_name <> 'is_mature') from duckdb_columns() "
            "where database_name = 'published' and schema_name = 'marts' group by table_name",
        )

        def differing(mart: str, columns: str, where: str, one: str = "published") -> int:
            other = "made" if one == "published" else "published"
            rows = " except all ".join(
                f"(select {columns} from {side}.marts.{mart} where {where})" for side in (one, other)
            )
            return int(fetch_value(connection, f"select count(*) from ({rows})"))

        wrong = row_count = 0
        for mart, date_column, columns, judged_columns in marts:
            judged, computed_again = _parts(date_column, first_date)
            if differing(mart, columns, computed_again) or differing(mart, columns, computed_again, "made"):
                raise SystemExit(f"what was computed again of {mart} differs from the publication")
            wrong += differing(mart, judged_columns, judged)
            row_count += int(
                fetch_value(connection, f"select count(*) from published.marts.{mart} where {judged}")
            )
        return wrong, row_count


def _parts(date_column: str, first_date: date | None) -> tuple[str, str]:
    """SQL: which rows of a mart are judged, and which were all computed again."""
    if first_date is None:
        return "true", "false"
    if date_column == "month":
        first = f"date_trunc('month', date '{first_date}')"
    elif date_column.endswith("date"):
        first = f"date '{first_date}'"
    else:
        return "false", "true"
    return f"{date_column} < {first}", f"{date_column} >= {first}"
