"""`warehouse doctor`: whether a home is sound, and what to do where it is not."""

import json
from dataclasses import asdict

import click

from ingest.foundation.settings import Settings
from ingest.foundation.shown import printable
from orchestration.commands.options import Command, json_option, pass_settings


@click.command(cls=Command)
@json_option
@pass_settings
def doctor(settings: Settings, *, is_json: bool) -> int:
    """Check a home; say what to do.

    Looks at its files (each is read to its end, which compares checksums), their rights, the lock, versions, room on
    the disk, and the settings against what landed. Changes nothing. Exit status 1 where something is wrong.
    """
    from orchestration.reading.doctor import examine

    findings = examine(settings)
    wrong = [one for one in findings if not one.is_good]
    if is_json:
        values = {
            "home": str(settings.home),
            "is_sound": not wrong,
            "findings": [asdict(one) for one in findings],
        }
        print(json.dumps(values, ensure_ascii=False, indent=2))
        return 1 if wrong else 0
    for one in findings:
        print(printable(f"{'ok   ' if one.is_good else 'WRONG'} {one.subject:<20} {one.found}"))
        if one.to_do:
            print(printable(f"{'':<27}to do: {one.to_do}"))
    print(f"{len(wrong)} of {len(findings)} wrong" if wrong else "nothing is wrong")
    return 1 if wrong else 0
