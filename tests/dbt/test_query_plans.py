"""No model joins by comparing every pair of rows: quick on small data, hours on large."""

from ingest.foundation.settings import Settings
from orchestration.runs.build_file import open_build

# One side is a single row of bounds.
JOINS_WITH_A_SINGLE_ROW = {"std_fx_rates", "std_reporting_dates"}


def test_no_join_compares_every_pair(simulated: Settings) -> None:
    models = simulated.dbt_target_dir / "compiled" / "daigou_warehouse" / "models"
    compiled = [path for path in models.rglob("*.sql") if path.parent.suffix != ".yml"]
    assert len(compiled) > len(JOINS_WITH_A_SINGLE_ROW)
    with open_build(simulated, read_only=True) as connection:
        planned = {
            path.stem
            for path in compiled
            if any(
                "BLOCKWISE_NL_JOIN" in plan
                for _, plan in connection.execute(f"explain {path.read_text(encoding='utf-8')}").fetchall()
            )
        }
    assert planned - JOINS_WITH_A_SINGLE_ROW == set()
