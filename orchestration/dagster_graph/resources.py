"""What assets and checks are given: the settings of the warehouse, the same that the command line reads."""

from dagster import ResourceDefinition

from ingest.foundation.settings import Settings


def warehouse_resources(settings: Settings) -> dict[str, ResourceDefinition]:
    """The resource `settings`. It has no configuration, so the UI never shows the webhook's address."""
    return {"settings": ResourceDefinition.hardcoded_resource(settings)}
