"""The Dagster graph around the pipeline: one concept per file, put together in `graph.build_defs`.

Assets call the same functions as the command line; nothing here computes a figure.
"""
