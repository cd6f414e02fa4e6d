"""Check results that no check step yields: as events of their own."""

from dagster import AssetCheckEvaluation, AssetCheckResult


def evaluation(check: AssetCheckResult) -> AssetCheckEvaluation:
    """A check's result as an event of its own."""
    assert check.asset_key is not None
    assert check.check_name is not None
    return AssetCheckEvaluation(
        asset_key=check.asset_key,
        check_name=check.check_name,
        passed=check.passed,
        severity=check.severity,
        description=check.description,
        metadata=check.metadata,
    )
