"""Superset: imports the bundle and asks each chart's query. Argument: the zip.

Prints a line of JSON, {"dashboard": title, "tabs": charts by tab, "charts": {uuid: rows}}, waits for a line on its
standard input and prints another, asked anew.
"""

import json
import sys
from typing import Any
from zipfile import ZipFile

from superset.app import create_app


def main() -> None:
    app = create_app()
    with app.app_context():
        from flask_appbuilder import Model
        from superset import appbuilder, db, security_manager

        Model.metadata.create_all(db.engine)
        security_manager.create_db()
        # As `superset init` does.
        appbuilder.add_permissions(update_perms=True)
        security_manager.sync_role_definitions()
        admin = security_manager.add_user(
            "admin", "Ad", "Min", "admin@example.org", security_manager.find_role("Admin"), "admin"
        )
        with app.test_request_context("/"):
            from superset.utils.core import override_user

            with override_user(admin):
                _import(sys.argv[1])
                _say(_answers())
                sys.stdin.readline()
                _say(_answers())


def _say(answer: dict[str, Any]) -> None:
    """As Superset itself sends numbers to a browser."""
    from superset.utils import json as superset_json

    line = superset_json.dumps(answer, default=superset_json.json_iso_dttm_ser, ignore_nan=True)
    print(line, flush=True)


def _import(path: str) -> None:
    from superset.commands.dashboard.importers.dispatcher import ImportDashboardsCommand
    from superset.commands.importers.v1.utils import get_contents_from_bundle

    with ZipFile(path) as archive:
        ImportDashboardsCommand(get_contents_from_bundle(archive), overwrite=True).run()


def _answers() -> dict[str, Any]:
    from superset import db
    from superset.models.dashboard import Dashboard

    (dashboard,) = db.session.query(Dashboard).all()
    tabs = {
        item["meta"]["text"]: _charts(dashboard.position, item["id"])
        for item in dashboard.position.values()
        if isinstance(item, dict) and item["type"] == "TAB"
    }
    return {
        "dashboard": dashboard.dashboard_title,
        "tabs": tabs,
        "charts": {str(chart.uuid): _rows(chart) for chart in dashboard.slices},
    }


def _charts(position: dict[str, Any], item_id: str) -> list[str]:
    item = position[item_id]
    if item["type"] == "CHART":
        return [item["meta"]["uuid"]]
    return [uuid for child in item["children"] for uuid in _charts(position, child)]


def _rows(chart: Any) -> list[dict[str, Any]]:
    from superset.charts.schemas import ChartDataQueryContextSchema
    from superset.commands.chart.data.get_data_command import ChartDataCommand

    command = ChartDataCommand(
        ChartDataQueryContextSchema().load({**json.loads(chart.query_context), "force": True})
    )
    command.validate()
    (query,) = command.run()["queries"]
    assert not query.get("error"), query["error"]
    return query["data"]


main()
