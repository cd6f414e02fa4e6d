"""docs/trust.md names every audit table, and every code has a name in both languages."""

import re

from ingest.contract.reasons import FILE_REASONS, MODELLING_REASONS, NOTICES, ROW_REASONS
from orchestration.catalogue.trust_codes import CAUSES, labels
from tests.support.published_tables import AUDIT_TABLES
from tests.unit.docs.pages import ROOT


def test_every_audit_table_is_explained() -> None:
    page = (ROOT / "docs" / "trust.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `audit\.(\w+)` \|", page, re.M)) == set(AUDIT_TABLES)


def test_every_code_that_is_named_is_explained() -> None:
    # Codes of a later version may stand in the seed before they can occur, never the other way round.
    assert set(labels("change_cause")) == set(CAUSES)
    assert {*ROW_REASONS, *MODELLING_REASONS, *NOTICES} <= set(labels("quarantine_reason"))
    assert set(FILE_REASONS) <= set(labels("rejection_reason"))


def test_modelling_refuses_for_no_other_reason() -> None:
    models = ROOT / "dbt_project" / "models" / "standardised"
    refunds = (models / "by_order" / "std_refunds.sql").read_text(encoding="utf-8")
    (decided,) = re.findall(r"case((?:(?!\bcase\b).)*?)end as quarantine_reason", refunds, re.S)
    payments = re.findall(
        r"uncounted_reason = '(\w+)'", (models / "quality" / "std_quarantine.sql").read_text(encoding="utf-8")
    )
    assert {*re.findall(r"then '(\w+)'", decided), *payments} == set(MODELLING_REASONS)
