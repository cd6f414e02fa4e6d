"""What of the suite catches a mutant, the cheapest first."""

import collections
from collections.abc import Iterator
from pathlib import Path

import duckdb

from ingest.foundation.settings import Settings
from tests.properties.histories import random_history
from tests.properties.side_by_side import land_all
from tests.support.books import disagreements, published_as_of
from tests.support.mutation.figures import Figures
from tests.support.mutation.mutants import Mutant, change, mutants
from tests.support.mutation.unit_tests import UnitTest, passes, read_unit_tests
from tests.support.simulated import build_simulated_warehouse

HISTORIES = 10
SURVIVED, STILLBORN = "survived", "does not run"
# What DuckDB does not take at all. A query that it takes and that fails over its rows fails the run: nobody overlooks it.
_NO_QUERY = (duckdb.BinderException, duckdb.ParserException, duckdb.CatalogException)


class Judge:
    """The dbt tests of the project, the random histories and the simulated platform."""

    def __init__(self, folder: Path) -> None:
        histories = Settings(home=folder / "histories", full_refresh_share=0)
        as_of = land_all(histories, [random_history(seed) for seed in range(HISTORIES)], folder / "landing")
        assert disagreements(histories, as_of) == {}
        platform = build_simulated_warehouse(folder / "platform")
        assert disagreements(platform, published_as_of(platform)) == {}
        # Before the build file is held open: dbt reads the columns of its inputs from it.
        unit_tests = read_unit_tests(platform, folder / "dbt")
        self._figures = {
            "random histories": Figures(histories, folder / "right_histories.duckdb"),
            "simulated platform": Figures(platform, folder / "right_platform.duckdb"),
        }
        self._connection = duckdb.connect()
        self._connection.execute("set TimeZone = 'UTC'")
        self._unit_tests: dict[str, list[UnitTest]] = collections.defaultdict(list)
        for test in unit_tests:
            assert passes(self._connection, test.changed(lambda model: None)), test.name
            self._unit_tests[test.model].append(test)

    def mutants(self) -> Iterator[Mutant]:
        """Every mutant of every model, in the order in which they are built."""
        (figures, *_) = self._figures.values()
        for model in figures.models.values():
            yield from mutants(model.name, model.sql)

    def verdict(self, mutant: Mutant) -> str:
        """What catches a mutant, else SURVIVED; STILLBORN where its SQL is none."""
        try:
            for test in self._unit_tests[mutant.model]:
                if not passes(self._connection, test.changed(lambda model: change(model, mutant))):
                    return "unit test"
            for name, figures in self._figures.items():
                caught_by = figures.catch(mutant)
                if caught_by is not None:
                    return f"{caught_by} of the {name}"
        except _NO_QUERY:
            return STILLBORN
        except duckdb.Error:
            return "failing run"
        return SURVIVED
