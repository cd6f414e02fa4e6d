"""Shops whose tables others published: what they hold, what a query on them says, and what the warehouse makes of them.

    python -m tests.support.shops

drafts a mapping from each on a private MariaDB, lands and publishes by it, and writes docs/shops.md: commands and what they said.
"""

import os
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.support import servers

_ROOT = Path(__file__).resolve().parents[2]
PAGE = _ROOT / "docs" / "shops.md"
_TABLES = _ROOT / "tests" / "integration" / "databases" / "shops"
_NAMES = {"woocommerce": "WooCommerce", "magento": "Magento (OpenMage)"}
_FIGURES = """from core_daily select business_date, gross_paid_cny, refund_cny, net_revenue_cny, paying_user_count
where business_type = 'all' and net_revenue_cny <> 0 order by 1"""
_HEAD = """\
# Shops that were not made for this

What `warehouse init --from` makes of the published tables of two shop systems, on a MariaDB with a few orders in it: the mapping
it drafts, what lands by that mapping as it stands, and the figures beside what a query on the shop itself says.
`tests/integration/databases/test_databases_draft.py` holds the two equal. A draft is a beginning: what it lists as missing is not
in the shop's tables, and every line that says guess is for a person to read.

`python -m tests.support.shops` writes this page (needs MariaDB).
"""

# Net of what was paid and given back by business date, the payers; each guest is a customer of its own.
SHOPS = {
    "woocommerce": """
        select cast(date(date_add(date_created_gmt, interval 8 hour)) as char) as paid_date,
            cast(sum(total_amount) as char) as net,
            count(distinct if(type = 'shop_order', coalesce(nullif(customer_id, 0), concat('guest-', id)), null)) as payers
        from wp_wc_orders where status in ('wc-completed', 'wc-processing') group by 1 order by 1
    """,
    "magento": """
        select cast(date(date_add(at, interval 8 hour)) as char) as paid_date, cast(sum(amount) as char) as net,
            count(distinct payer) as payers
        from (
            select created_at as at, base_total_paid as amount, coalesce(customer_id, concat('guest-', entity_id)) as payer
            from sales_order where base_total_paid is not null
            union all
            select created_at, -base_grand_total, null from sales_creditmemo where state = 2
        ) as movements group by 1 order by 1
    """,
}


def shop_tables(name: str) -> str:
    """The tables of a shop system with a few rows, as SQL."""
    return (_TABLES / f"{name}.sql").read_text(encoding="utf-8")


def sections() -> Iterator[str]:
    """A section a shop, each on an empty database."""
    with servers.start_mariadb(logs_queries=False) as server, tempfile.TemporaryDirectory() as folder:
        for name, title in _NAMES.items():
            server.execute(f"drop database {servers.DATABASE}; create database {servers.DATABASE};")
            server.execute(shop_tables(name))
            home = Path(folder) / name
            address = f"mysql://{servers.USER}@127.0.0.1:{server.port}/{servers.DATABASE}"
            shown = {
                str(home): "/srv/books",
                address: f"mysql://reader@shop.example/{name}",
                f"mysql://127.0.0.1:{server.port}/{servers.DATABASE}": f"mysql://shop.example/{name}",
            }
            yield f"\n## {title}\n"
            yield _asked(shown, "init", str(home), "--from", address)
            yield _cut(home / "mapping.toml")
            mapping = ("--mapping", str(home / "mapping.toml"), "--home", str(home))
            yield _asked(shown, "land", address, *mapping)
            _warehouse("increment", "--home", str(home))
            yield _asked(shown, "query", _FIGURES, "--home", str(home))
            said = subprocess.run(
                [
                    *("mariadb", "--no-defaults", "--table", "-h", "127.0.0.1", "-P", str(server.port)),
                    *("-u", servers.USER, servers.DATABASE, "-e", f"set time_zone = '+00:00'; {SHOPS[name]}"),
                ],
                env=os.environ | {"MYSQL_PWD": servers.PASSWORD},
                check=True,
                capture_output=True,
                text=True,
            ).stdout
            yield f"What the shop says:\n\n```\n{said}```"


def _asked(shown: dict[str, str], *arguments: str) -> str:
    words = (f'"{word}"' if "'" in word else shlex.quote(word) for word in arguments)
    said = f"$ warehouse {' '.join(words)}\n{_warehouse(*arguments)}"
    for hidden, text in shown.items():
        said = said.replace(hidden, text)
    return f"```\n{said}```\n"


def _warehouse(*arguments: str) -> str:
    return subprocess.run(
        [Path(sys.executable).parent / "warehouse", *arguments],
        env=os.environ
        | {"WAREHOUSE_DB_PASSWORD": servers.PASSWORD, "WAREHOUSE_FIXED_AS_OF": "2026-03-10T04:00:00Z"},
        check=True,
        capture_output=True,
        text=True,
    ).stdout


def _cut(mapping: Path) -> str:
    """The drafted mapping of the payments, of which every other feed's is like."""
    feeds = mapping.read_text(encoding="utf-8").split("[[feeds]]")[1:]
    payments = next(feed for feed in feeds if 'feed = "payments"' in feed)
    return f"Of the mapping, what it says of payments:\n\n```toml\n[[feeds]]{payments.rstrip()}\n```\n"


def page() -> str:
    """The page, made anew."""
    return "\n".join([_HEAD.rstrip(), *sections()]) + "\n"


def main() -> None:
    PAGE.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
