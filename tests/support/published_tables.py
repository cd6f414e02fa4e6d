"""The published tables, as the dbt project declares them."""

import tempfile
from pathlib import Path

from ingest.foundation.settings import Settings
from orchestration.catalogue.project import manifest_dict
from orchestration.catalogue.tables import audit_tables, marts
from orchestration.runs.audit import KEPT_TABLES

_MANIFEST = manifest_dict(Settings(home=Path(tempfile.gettempdir()) / "no-warehouse"))
MARTS = marts(_MANIFEST)
AUDIT_TABLES = (*KEPT_TABLES, *audit_tables(_MANIFEST))
