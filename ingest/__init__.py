"""Lands sources in raw. Knows nothing of dbt or Dagster."""
