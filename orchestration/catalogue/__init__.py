"""What there is: the parsed dbt project, the published tables, their measures."""
