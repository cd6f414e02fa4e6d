"""Packs the bundle as the zip that Superset imports.

python -m dashboard.superset.pack superset.zip [--database /path/as/superset/sees/it/warehouse.duckdb]
"""

import argparse
import zipfile
from pathlib import Path

from dashboard.superset.write import DATABASE_URI, FOLDER
from ingest.foundation.settings import load_settings


def pack(target: Path, published_path: Path) -> None:
    """Write the zip; its database is the file at `published_path`, absolute, on Superset's machine."""
    uri = f"duckdb:///{published_path}"
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(FOLDER.rglob("*.yaml")):
            text = file.read_text(encoding="utf-8").replace(DATABASE_URI, uri)
            archive.writestr(f"daigou_warehouse/{file.relative_to(FOLDER)}", text)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m dashboard.superset.pack", description=__doc__)
    parser.add_argument("zip", type=Path)
    parser.add_argument(
        "--database", type=Path, default=None, help="default: the published file of this warehouse"
    )
    arguments = parser.parse_args()
    pack(arguments.zip, (arguments.database or load_settings(None).published_path).absolute())
    print(f"{arguments.zip}: import it in Superset under Dashboards > Import dashboards")


if __name__ == "__main__":
    main()
