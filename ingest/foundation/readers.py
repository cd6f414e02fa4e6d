"""Who may read what is published: the owner, and the group of the setting `reader_group`. Others never."""

import grp
import os
from pathlib import Path

from ingest.foundation.errors import UsageError, WarehouseError
from ingest.foundation.settings import Settings

_FOLDER_MODE, _FILE_MODE = 0o750, 0o640


def let_readers_in(settings: Settings, path: Path) -> None:
    """Give a folder, or a file that is complete, to readers: mode 0750 or 0640, and the group where one is set.

    Raises UsageError where the group does not exist, WarehouseError where the account may not give it anything.
    """
    if settings.reader_group is not None:
        try:
            os.chown(path, -1, grp.getgrnam(settings.reader_group).gr_gid)
        except KeyError:
            raise UsageError(
                f"reader_group {settings.reader_group!r} is no group of this machine. Readers keep what they have. Make the "
                "group, or correct the setting."
            ) from None
        except PermissionError:
            raise WarehouseError(
                f"{path} could not be given to the group {settings.reader_group}: this account is not in it. Readers keep "
                "what they have. Add the account to the group, or correct the setting reader_group."
            ) from None
    path.chmod(_FOLDER_MODE if path.is_dir() else _FILE_MODE)
