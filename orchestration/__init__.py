"""Runs the warehouse: the pipeline as plain functions, the command line, and the Dagster graph around them."""
