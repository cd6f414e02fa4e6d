"""The floor: landing files to published marts, written for DuckDB alone. What every other time is divided by."""
