"""What the README tells a newcomer to type does what it says."""

import re
import shlex

import duckdb

from ingest.foundation.settings import Settings
from orchestration.cli import warehouse
from tests.support.readme import README, first_query
from tests.unit.docs.pages import ROOT, tracked


def test_first_query_runs_on_a_published_file(simulated: Settings) -> None:
    with duckdb.connect(str(simulated.published_path), read_only=True) as books:
        rows = books.sql(first_query()).fetchall()
    assert len(rows) == 4
    total = max(rows, key=lambda row: row[1] == "all")
    assert total[4] == sum(row[4] for row in rows if row[1] != "all")


def test_first_query_is_shown_with_its_output() -> None:
    shown = re.search(
        r"<!-- first-query:.*?-->\n```\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL
    )
    assert shown
    assert "net_revenue_cny" in shown[1]


def test_commands_exist() -> None:
    commands = re.findall(r"^warehouse (.*?)(?:  +#.*)?$", README.read_text(encoding="utf-8"), re.MULTILINE)
    assert len(commands) >= 8
    root = warehouse.make_context("warehouse", ["status"])
    for line in commands:
        _, command, words = warehouse.resolve_command(root, shlex.split(line.split(" && ")[0]))
        assert command
        command.make_context(command.name, words, parent=root)


def test_the_map_names_every_folder_of_the_repository() -> None:
    text = README.read_text(encoding="utf-8")
    drawn = re.search(r"^## Where things are\n\n```\n(.*?)```", text, flags=re.M | re.S)
    assert drawn
    named = re.findall(r"^(\S+)/ ", drawn[1], flags=re.M)
    folders = {path.relative_to(ROOT).parts[0] for path in tracked() if path.parent != ROOT}
    assert sorted(named) == sorted(folder for folder in folders if not folder.startswith("."))


def test_messages_are_those_of_the_program() -> None:
    section = README.read_text(encoding="utf-8").split("## When something is wrong")[1].split("\n## ")[0]
    messages = re.findall(r"^\| (?:a file |rows )?`([^`]+?)(?: …)?` \|", section, flags=re.M)
    assert len(messages) >= 5
    code = "".join(path.read_text(encoding="utf-8") for path in tracked("ingest/*.py", "orchestration/*.py"))
    assert [message for message in messages if message not in code] == []
