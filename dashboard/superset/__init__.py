"""A dashboard for Apache Superset over the published file: its definition, and the zip to import."""
