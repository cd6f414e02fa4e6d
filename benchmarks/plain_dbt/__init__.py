"""Plain dbt's look-back on the same models: what it costs, and what it leaves wrong."""
