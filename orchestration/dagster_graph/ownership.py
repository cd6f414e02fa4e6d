"""Who answers for the assets: what Dagster shows, filters and routes by."""

OWNERS = ["team:data-platform"]
