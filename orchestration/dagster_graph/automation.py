"""What is made without a schedule: as soon as what it is made from was made without it, as by the command line."""

from typing import Any

from dagster import (
    AssetKey,
    AssetSelection,
    AutomationCondition,
    AutomationConditionSensorDefinition,
    DefaultSensorStatus,
    SensorDefinition,
)


def whenever_made(key: AssetKey) -> AutomationCondition[Any]:
    """Once after each time that `key` was made, unless the same run makes the asset too."""
    was_made: AutomationCondition[Any] = AutomationCondition.asset_matches(
        key, AutomationCondition.newly_updated()
    )
    return was_made.since_last_handled() & ~AutomationCondition.in_progress()


def automation_sensor(*keys: AssetKey) -> SensorDefinition:
    """Watches the conditions of the assets."""
    return AutomationConditionSensorDefinition(
        "made_from_every_publication",
        target=AssetSelection.assets(*keys),
        default_status=DefaultSensorStatus.RUNNING,
        description="Makes pages, digests and the backup when the command line published or calibrated without them.",
    )
