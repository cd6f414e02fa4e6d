"""Checks of the published file: is it complete, is everything in it rated? As `warehouse status` answers."""

from collections.abc import Iterator
from zoneinfo import ZoneInfo

from dagster import (
    AssetCheckExecutionContext,
    AssetCheckResult,
    AssetChecksDefinition,
    AssetCheckSeverity,
    AssetCheckSpec,
    ResourceParam,
    multi_asset_check,
)

from ingest.foundation.settings import Settings
from orchestration.dagster_graph.failures import step_outcome
from orchestration.dagster_graph.published import PUBLISHED_KEY
from orchestration.reading.answers import Answer, complete, rated
from orchestration.reading.published import open_published
from orchestration.reading.trust import Trust, read_trust

COMPLETE = "feeds_are_complete"
RATED = "rates_are_known"


def trust_checks() -> AssetChecksDefinition:
    """Warnings: what they find is true of the data, not a fault of the run. A wrong setting is an error."""

    @multi_asset_check(
        name="published_trust",
        specs=[
            AssetCheckSpec(
                COMPLETE,
                asset=PUBLISHED_KEY,
                description="No feed is silent for longer than its expected rhythm.",
            ),
            AssetCheckSpec(
                RATED,
                asset=PUBLISHED_KEY,
                description="Every foreign amount stands on a known rate that is not too old.",
            ),
        ],
    )
    def published_trust(
        context: AssetCheckExecutionContext, settings: ResourceParam[Settings]
    ) -> Iterator[AssetCheckResult]:
        with step_outcome(context.op_execution_context), open_published(settings) as connection:
            trust = read_trust(settings, connection)
        yield from judge(trust, ZoneInfo(settings.business_time_zone))

    return published_trust


def judge(trust: Trust, zone: ZoneInfo) -> list[AssetCheckResult]:
    """The results of both checks."""
    is_wrong_setting = bool(trust.silent_sources)
    return [
        _result(COMPLETE, complete(trust, zone), AssetCheckSeverity.WARN),
        _result(
            RATED, rated(trust), AssetCheckSeverity.ERROR if is_wrong_setting else AssetCheckSeverity.WARN
        ),
    ]


def _result(name: str, answer: Answer, severity: AssetCheckSeverity) -> AssetCheckResult:
    return AssetCheckResult(
        asset_key=PUBLISHED_KEY,
        check_name=name,
        passed=bool(answer.is_good),
        severity=severity,
        description="; ".join(answer.lines),
    )
