"""The customers: who they are, when they register, what they change, and what is in their wallets."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from ingest.simulator import text
from ingest.simulator.catalogue import (
    CHANNEL_NAMES,
    CHANNEL_WEIGHTS,
    CNY,
    COUNTRIES,
    COUNTRY_CODES,
    COUNTRY_CURRENCIES,
    COUNTRY_WEIGHTS,
    CURRENCIES,
    FIRST_NAMES,
    GENDER_WEIGHTS,
    GENDERS,
)
from ingest.simulator.chance import Chance, between, weighted
from ingest.simulator.config import DAY_SECONDS, SimulatorConfig, day_start
from ingest.simulator.rhythm import instants_of_day
from ingest.simulator.text import NEVER, Array
from ingest.simulator.versions import Deliveries, Life, is_deleted, seen

_REGISTERED_BEFORE_SHARE = 0.65
_REGISTERED_BEFORE_DAYS = 400
_RECENT_DAYS = 10
# A year's share of users who move, whose channel was recorded wrongly, who switch to another currency.
_MOVES_A_YEAR = 0.04
_CORRECTIONS_A_YEAR = 0.01
_SWITCHES_A_YEAR = 0.04


class People:
    """All users, sorted by registration, as arrays indexed by user number; wallets in fen."""

    def __init__(self, config: SimulatorConfig, chance: Chance, deliveries: Deliveries) -> None:
        rng = chance.generator("people")
        count = config.user_count
        before = round(count * _REGISTERED_BEFORE_SHARE)
        start = config.life_start_day
        days = np.concatenate(
            [
                between(rng, start - _REGISTERED_BEFORE_DAYS, start, before),
                between(rng, start, start + config.life_day_count, count - before),
            ]
        )
        self.registered_at = np.sort(instants_of_day(rng, days))
        self._before = int(np.searchsorted(self.registered_at, day_start(start)))
        self._popularity = rng.permutation(self._before).astype(np.int32)
        seq = np.arange(count, dtype=np.int32)
        self.country = weighted(rng, COUNTRY_WEIGHTS, count)
        self.country[chance.hits("user without country", seq, "user", 0.01)] = -1
        self.channel = weighted(rng, CHANNEL_WEIGHTS, count)
        self.channel[chance.hits("user without channel", seq, "user", 0.02)] = -1
        self.currency = np.where(self.country >= 0, COUNTRY_CURRENCIES[self.country], CURRENCIES.index("USD"))
        self.currency[rng.random(count) < 0.12] = CURRENCIES.index("USD")
        self.currency[rng.random(count) < 0.05] = CNY
        self.is_test = chance.hits("test user", seq, "user", 0.004)
        self.wallet = np.zeros(count, np.int64)
        self.wallet_bonus = np.zeros(count, np.int64)
        self._deliver(config, chance, deliveries, rng, seq)

    def _deliver(
        self,
        config: SimulatorConfig,
        chance: Chance,
        deliveries: Deliveries,
        rng: np.random.Generator,
        seq: Array,
    ) -> None:
        count = len(seq)
        years = config.day_count / 365
        moves = chance.hits("user moves", seq, "user", _MOVES_A_YEAR * years, 3)
        rechannels = chance.hits("user channel corrected", seq, "user", _CORRECTIONS_A_YEAR * years, 2)
        switches = chance.hits("user switches currency", seq, "user", _SWITCHES_A_YEAR * years, 2)
        changes = moves | rechannels | switches
        earliest = np.maximum(self.registered_at.astype(np.int64), day_start(config.first_day))
        spread = (rng.random(count) * np.maximum(day_start(config.last_day + 1) - earliest, 1)).astype(
            np.int64
        )
        in_life = self.registered_at >= day_start(config.first_day)
        late = in_life & chance.hits("user delivered late", seq, "user", 0.012, 40)
        life: Life = {
            "seq": seq,
            "registered_at": self.registered_at,
            "country": self.country,
            "later_country": np.where(moves, weighted(rng, COUNTRY_WEIGHTS, count), self.country),
            "channel": self.channel,
            "later_channel": np.where(rechannels, weighted(rng, CHANNEL_WEIGHTS, count), self.channel),
            "currency": self.currency.astype(np.int8),
            "later_currency": np.where(switches, CURRENCIES.index("EUR"), self.currency).astype(np.int8),
            "changed_at": np.where(changes, earliest + spread, NEVER).astype(np.int32),
            "gender": weighted(rng, GENDER_WEIGHTS, count),
            "first_name": rng.integers(0, len(FIRST_NAMES), count, dtype=np.int8),
            "phone": rng.integers(0, 10_000_000, count, dtype=np.int32),
            "is_test": self.is_test,
            "late_days": np.where(late, 2 + seq % 5, 0).astype(np.int8),
        }
        deliveries.schedule("users", life, [life["registered_at"], life["changed_at"]], "user", 0.002)

    def buyers(self, rng: np.random.Generator, day: int, created_at: Array) -> tuple[Array, Array]:
        """Who places the orders of a day; those of users who register that day move to after that.

        Returns user numbers and creation instants.
        """
        count = len(created_at)
        bounds = np.searchsorted(
            self.registered_at, [day_start(day - _RECENT_DAYS), day_start(day), day_start(day + 1)]
        )
        recent_from, today_from, today_to = (int(max(bound, self._before)) for bound in bounds)
        kind = rng.random(count)
        draw = rng.random(count)
        users = self._popularity[np.minimum((self._before * draw**2.2).astype(np.int64), self._before - 1)]
        if today_from > recent_from:
            recent = kind < 0.30
            users[recent] = recent_from + (draw[recent] * (today_from - recent_from)).astype(np.int32)
        created_at = created_at.copy()
        if today_to > today_from:
            today = kind > 0.92
            users[today] = today_from + (draw[today] * (today_to - today_from)).astype(np.int32)
            created_at[today] = self.registered_at[users[today]] + rng.integers(
                120, DAY_SECONDS // 6, today.sum()
            )
        return users, created_at


def render(life: Life, seen_at: Array) -> dict[str, pa.Array]:
    """The `users` feed; naive instants (Shanghai wall clock)."""
    changed = seen(life["changed_at"], seen_at) != NEVER
    country = np.where(changed, life["later_country"], life["country"])
    user_id = text.ids("U", life["seq"])
    dialling = [country.dialling_code for country in COUNTRIES]
    joined = pa.compute.binary_join_element_wise
    return {
        "user_id": user_id,
        "registered_at": text.instants(life["registered_at"], "naive"),
        "country_code": text.codes(COUNTRY_CODES, country),
        "gender": text.codes(GENDERS, life["gender"]),
        "acquisition_channel": text.codes(
            CHANNEL_NAMES, np.where(changed, life["later_channel"], life["channel"])
        ),
        "preferred_currency": text.codes(
            CURRENCIES, np.where(changed, life["later_currency"], life["currency"])
        ),
        "email": joined(text.codes(FIRST_NAMES, life["first_name"]), ".", user_id, "@example.com", ""),
        "phone": joined(
            "+", text.codes(dialling, np.maximum(country, 0)), "555", text.integers(life["phone"]), ""
        ),
        "is_test": text.booleans(life["is_test"]),
        "updated_at": text.instants(seen_at, "naive"),
        "is_deleted": text.booleans(is_deleted(life, seen_at)),
    }
