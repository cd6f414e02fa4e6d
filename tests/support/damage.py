"""Damage to files, as a disk does it."""

from pathlib import Path

import duckdb


def flip(path: Path, place: int) -> None:
    content = bytearray(path.read_bytes())
    content[place] ^= 0xFF
    path.write_bytes(content)


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-300_000])


def flip_the_last_table(path: Path) -> None:
    """The rows of a table, not where the tables stand."""
    with duckdb.connect(str(path)) as connection:
        connection.execute(
            "create table main.filler as select md5(range::varchar) as text from range(200_000)"
        )
        connection.execute("checkpoint")
        (block,) = connection.execute(
            "select max(block_id) from pragma_storage_info('main.filler') where column_name = 'text' and block_id > 0"
        ).fetchone()
    content = bytearray(path.read_bytes())
    content[3 * 4096 + block * 262_144 + 1000] ^= 0xFF
    path.write_bytes(content)
