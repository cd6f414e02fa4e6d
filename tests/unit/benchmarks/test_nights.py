from benchmarks.nights import NIGHT_COUNT, config, parts
from ingest.simulator import simulate


def test_as_many_nights_as_are_asked_for_have_rates() -> None:
    assert len(list(simulate(config(200, NIGHT_COUNT)))) == NIGHT_COUNT + 1


def test_parts_of_a_batch_are_its_rows_in_their_order() -> None:
    batch = next(iter(simulate(config(200, 1))))
    cut = list(parts(batch, 3))
    for feed, table in batch.feeds.items():
        assert [row for part in cut for row in part.feeds[feed].to_pylist()] == table.to_pylist()
