"""The platform that the browser tests look at: half a year of simulated life, and names that mean harm."""

import csv
from datetime import datetime, timedelta
from pathlib import Path

import duckdb

from ingest.foundation.settings import Settings, load_settings
from ingest.land.folders import land_path
from ingest.simulator import SimulatorConfig, simulate, write_batch
from orchestration.runs.increment import increment

SHOWN_DAYS = 180
# What a code that is none is published as.
MASKED = "other"
# Names as they may come from a source: markup, quotes, the end of a script, a spreadsheet formula, another
# writing direction, great length.
HOSTILE = {
    "acquisition_channel": "<script>window.hacked=1</script>",
    "country_code": "X\"><IMG SRC=X ONERROR='WINDOW.HACKED=1'>",
    "warehouse_code": "</script></pre><style>*{display:none}</style>",
    "line_code": "=HYPERLINK(\"http://example.invalid\",'go')",
    "service_code": "מחסן \u202eתל אביב & {{ 7*7 }}",
    "reason": "long-" + "x" * 400,
}


def build_platform(home: Path) -> Settings:
    """Build it in `home`: published in the afternoon of the last day."""
    home.mkdir(parents=True)
    (home / "settings.toml").write_text(
        'official_rate_source = "ecb"\ndisplay_currencies = ["USD", "JPY"]\n', encoding="utf-8"
    )
    settings = load_settings(home)
    config = SimulatorConfig(order_count=2500, day_count=2, history_day_count=SHOWN_DAYS + 6)
    for batch in simulate(config):
        land_path(settings, write_batch(batch, home / "exports"))
    as_of = datetime(config.last_date.year, config.last_date.month, config.last_date.day, 8, 30)
    _land_hostile(settings, as_of - timedelta(days=1))
    increment(settings, as_of)
    _plant_hostile(settings)
    return settings


def _plant_hostile(settings: Settings) -> None:
    """The names in the publication itself: no such code gets that far (R20), and the pages must bear them all the same."""
    columns = {**HOSTILE, "destination_country": HOSTILE["country_code"]}
    with duckdb.connect(str(settings.published_path)) as connection:
        found = connection.execute(
            "select table_name, column_name from duckdb_columns() where schema_name = 'marts' order by all"
        ).fetchall()
        for table, column in found:
            if column in columns:
                connection.execute(
                    f"update marts.{table} set {column} = ? where {column} = ?", [columns[column], MASKED]
                )


def _land_hostile(settings: Settings, at: datetime) -> None:
    """One customer with all the names, enough money to lead the rankings, and a row for the quarantine."""
    instant = f"{at:%Y-%m-%dT%H:%M:%SZ}"
    common = {"updated_at": instant, "created_at": instant}
    user = {"user_id": "UX"}
    route = {
        "warehouse_code": HOSTILE["warehouse_code"],
        "line_code": HOSTILE["line_code"],
        "destination_country": HOSTILE["country_code"],
        "freight_cny": "3000",
        "status": "paid",
    }
    orders = {
        "purchase": (
            "purchase_orders",
            [{"order_id": "OX-P", "platform": "taobao", "goods_cny": "90000", "status": "paid"}],
        ),
        # Routes are ranked by their orders.
        "forwarding": ("forwarding_orders", [{"order_id": f"OX-F{n}", **route} for n in range(30)]),
        "service": (
            "service_orders",
            [
                {
                    "order_id": "OX-S",
                    "service_code": HOSTILE["service_code"],
                    "fee_cny": "90000",
                    "status": "paid",
                }
            ],
        ),
    }
    _land(
        settings,
        "users",
        [
            {
                **user,
                "registered_at": instant,
                "updated_at": instant,
                "acquisition_channel": HOSTILE["acquisition_channel"],
                "country_code": HOSTILE["country_code"],
            }
        ],
    )
    payments = []
    for order_type, (feed, rows) in orders.items():
        _land(settings, feed, [{**user, **common, **row} for row in rows])
        payments += [
            {
                **user,
                "payment_id": f"Y{row['order_id']}",
                "order_type": order_type,
                "order_id": row["order_id"],
                "purpose": "order",
                "method": "card",
                "initiated_at": instant,
                "succeeded_at": instant,
                "status": "succeeded",
                "currency_code": "CNY",
                "amount": row.get("freight_cny", "90000"),
                "updated_at": instant,
            }
            for row in rows
        ]
    _land(settings, "payments", [*payments, {**payments[0], "payment_id": "YOX-bad", "amount": "a lot"}])
    _land(
        settings,
        "refunds",
        [
            {
                "refund_id": "RX",
                "payment_id": "YOX-P",
                "reason": HOSTILE["reason"],
                "requested_at": instant,
                "completed_at": instant,
                "status": "completed",
                "amount_cny": "40000",
                "updated_at": instant,
            }
        ],
    )


def _land(settings: Settings, feed: str, rows: list[dict[str, str]]) -> None:
    folder = settings.home / "hostile" / feed
    folder.mkdir(parents=True)
    with (folder / f"{feed}.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    land_path(settings, folder.parent)
