"""`warehouse query SQL`: one question to the published file, answered as text, CSV, JSON or Parquet."""

import io
import sys
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import click

from ingest.foundation.errors import UsageError, WarehouseError
from ingest.foundation.settings import Settings
from ingest.foundation.shown import printable
from orchestration.commands.options import Command, pass_settings

if TYPE_CHECKING:
    import duckdb

FORMATS = ("table", "csv", "json", "parquet")


@click.command(cls=Command)
@click.argument("sql", required=False, metavar="[SQL]")
@click.option(
    "--file",
    "-f",
    type=click.Path(path_type=Path, allow_dash=True),
    metavar="FILE",
    help="Read the query from FILE, - for standard input.",
)
@click.option("--format", "format_", type=click.Choice(FORMATS), default="table", help="Default: table.")
@click.option(
    "--output",
    "-o",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Write to FILE, which is replaced whole (default: standard output).",
)
@pass_settings
def query(
    settings: Settings, *, sql: str | None, file: Path | None, format_: str, output: Path | None
) -> None:
    """Ask the published file in SQL.

    Reads the last publication, at any moment, also while a run works. Tables may be named with or without their
    schema (marts, audit); instants are UTC. In CSV, NULL is empty; in JSON, decimals are text, so that no reader
    makes a float of money.

    \b
    Examples:
      warehouse query "from core_daily where business_type = 'all' order by business_date desc limit 7"
      warehouse query "describe orders_daily"
      warehouse query -f revenue.sql --format parquet -o revenue.parquet
    """
    from orchestration.reading.query import answer

    if format_ == "parquet" and output is None and sys.stdout.isatty():
        raise UsageError("Parquet is not for a terminal: give --output FILE, or send it into a file.")
    with answer(settings, _sql(sql, file)) as result:
        if output is None:
            _write(result, format_, sys.stdout.buffer)
        else:
            _replace(output, result, format_)


def _sql(sql: str | None, file: Path | None) -> str:
    if (sql is None) == (file is None):
        raise UsageError('give the query, as in `warehouse query "from core_daily"`, or --file FILE.')
    if file is None:
        return str(sql)
    try:
        return sys.stdin.read() if str(file) == "-" else file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{file} cannot be read: {error}. Nothing was run.") from None


def _replace(output: Path, result: "duckdb.DuckDBPyConnection", format_: str) -> None:
    aside = output.with_name(f".{output.name}.part")
    try:
        with aside.open("wb") as file:
            _write(result, format_, file)
        aside.replace(output)
    except OSError as error:
        raise WarehouseError(
            f"{output} could not be written: {error.strerror}. What was there before still is."
        ) from None
    finally:
        aside.unlink(missing_ok=True)


def _write(result: "duckdb.DuckDBPyConnection", format_: str, file: BinaryIO) -> None:
    from orchestration.commands import tables

    if format_ == "parquet":
        tables.write_parquet(result.to_arrow_table(), file)
        return
    columns = [column[0] for column in result.description or ()]
    write = {"table": tables.write_text, "csv": tables.write_csv, "json": tables.write_json}[format_]
    text = io.StringIO(newline="")
    write(columns, result.fetchall(), text)
    said = text.getvalue()
    if file is sys.stdout.buffer and sys.stdout.isatty():
        said = printable(said, kept="\r\n\t")
    file.write(said.encode())
