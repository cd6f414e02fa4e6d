"""The increment, the calibration and the publication as plain functions. Knows nothing of Dagster."""
