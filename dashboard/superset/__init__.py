"""A dashboard for Apache Superset over the published file: its definition, its files, the zip to import."""
