"""The floor: one script written for DuckDB alone, from landing files to the published marts. What every other time is divided by."""
