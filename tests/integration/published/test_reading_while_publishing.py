"""A small version of `make readers`: whoever opens the published file sees one publication, whole."""

from pathlib import Path

from tests.support.readers import publish_in_place, read_while_publishing
from tests.support.small_platform import with_one_payment


def test_readers_see_whole_publications(tmp_path: Path) -> None:
    read = read_while_publishing(with_one_payment(tmp_path).settings, readers=2, publications=6)
    assert (read.failure_count, read.refused_count) == (0, 0), read.failures
    assert read.read_count > 6
    assert read.seen_count > 1


def test_a_script_that_writes_in_place_is_caught(tmp_path: Path) -> None:
    read = read_while_publishing(
        with_one_payment(tmp_path).settings, readers=2, publications=6, publish_once=publish_in_place
    )
    assert read.failure_count + read.refused_count > 0
