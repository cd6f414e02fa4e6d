"""A backup that dies, as by a power cut, before the file named by POINT is in place: `… HOME DIR POINT`."""

import os
import signal
import sys
from pathlib import Path
from typing import Any


def main(home: str, folder: str, point: str) -> None:
    from ingest.foundation.settings import load_settings
    from orchestration.backup.backup import backup

    replace = os.replace

    def die_at_point(source: Any, target: Any) -> None:
        if point in str(Path(target).relative_to(folder)):
            os.kill(os.getpid(), signal.SIGKILL)
        replace(source, target)

    os.replace = die_at_point  # type: ignore[assignment]
    backup(load_settings(Path(home)), Path(folder))


if __name__ == "__main__":
    main(*sys.argv[1:])
