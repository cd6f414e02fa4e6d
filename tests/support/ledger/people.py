"""Users: today's attributes for all history, unknown values named (R19)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from tests.support.ledger.business_time import BusinessTime
from tests.support.ledger.feeds import Row

UNKNOWN = "unknown"
UNKNOWN_COUNTRY = "ZZ"


@dataclass(frozen=True)
class User:
    """What is known of a user."""

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
    """All users. A deleted or missing one has unknown attributes; testness survives deletion (DECISIONS)."""

    def __init__(self, versions: Iterable[Row], time: BusinessTime) -> None:
        self._users: dict[str, User] = {}
        self.registrations: list[Registration] = []
        self.test_ids: set[str] = set()
        for row in versions:
            user_id = row["user_id"]
            if row.get("is_test"):
                self.test_ids.add(user_id)
            if row.get("is_deleted"):
                continue
            gender = (row.get("gender") or UNKNOWN).lower()
            self._users[user_id] = User(
                row.get("country_code") or UNKNOWN_COUNTRY,
                row.get("acquisition_channel") or UNKNOWN,
                gender if gender in ("female", "male") else UNKNOWN,
            )
            if not row.get("is_test") and time.has_happened(row["registered_at"]):
                registered_at = row["registered_at"]
                self.registrations.append(Registration(user_id, registered_at, time.date_of(registered_at)))

    def __getitem__(self, user_id: str) -> User:
        return self._users.get(user_id, User())
