"""Users: who is registered, who is a test, and what was known of each at any moment (R19)."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from tests.support.ledger.business_time import BusinessTime
from tests.support.ledger.feeds import Row

UNKNOWN = "unknown"
UNKNOWN_COUNTRY = "ZZ"


@dataclass(frozen=True)
class User:
    """What is known of a user at a moment."""

    country_code: str = UNKNOWN_COUNTRY
    acquisition_channel: str = UNKNOWN
    gender: str = UNKNOWN


@dataclass(frozen=True)
class Registration:
    """A user who has registered, is neither deleted nor test."""

    user_id: str
    registered_at: datetime
    registered_date: date


class People:
    """All users.

    `current` are the current versions: they say who is registered and who is a test (testness survives
    deletion, DECISIONS). `history` are all versions, oldest first: they say what was known when.
    """

    def __init__(self, current: Iterable[Row], history: Iterable[Row], time: BusinessTime) -> None:
        self.registrations: list[Registration] = []
        self.test_ids: set[str] = set()
        for row in current:
            user_id = row["user_id"]
            if row.get("is_test"):
                self.test_ids.add(user_id)
            elif not row.get("is_deleted") and time.has_happened(row["registered_at"]):
                registered_at = row["registered_at"]
                self.registrations.append(Registration(user_id, registered_at, time.date_of(registered_at)))
        # By user and attribute: (since when, value) of every version that knows it, oldest first.
        self._known: dict[tuple[str, str], list[tuple[datetime, str]]] = defaultdict(list)
        for row in history:
            if row.get("is_deleted"):
                continue
            for attribute in ("country_code", "acquisition_channel", "gender"):
                value = row.get(attribute)
                if is_known(attribute, value):
                    said = value.lower() if attribute == "gender" else value
                    self._known[row["user_id"], attribute].append((row["updated_at"], said))

    def at(self, user_id: str, moment: datetime) -> User:
        """The user as known at a moment: the last known values by then, else the first known later ones."""
        return self._user(user_id, moment)

    def latest(self, user_id: str) -> User:
        """The user as known by the latest versions that know anything."""
        return self._user(user_id, None)

    def _user(self, user_id: str, moment: datetime | None) -> User:
        values = {}
        for attribute in ("country_code", "acquisition_channel", "gender"):
            known = self._known.get((user_id, attribute), [])
            by_then = [value for since, value in known if moment is None or since <= moment]
            if by_then:
                values[attribute] = by_then[-1]
            elif known:
                values[attribute] = known[0][1]
        return User(**values)


def is_known(attribute: str, value: str | None) -> bool:
    """Whether a version says anything of an attribute: not when empty, `unknown`, or no country (`ZZ`)."""
    if value is None or value.lower() == UNKNOWN:
        return False
    if attribute == "gender":
        return value.lower() in ("female", "male")
    return attribute != "country_code" or value != UNKNOWN_COUNTRY
