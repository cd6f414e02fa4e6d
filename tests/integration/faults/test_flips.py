"""A small version of `make flips`."""

import random
from pathlib import Path

import pytest

from tests.support.flips import FILES, Flips


@pytest.mark.long
def test_a_flipped_bit_is_told_or_does_no_harm(tmp_path: Path) -> None:
    flips, chance = Flips(tmp_path), random.Random(3)
    for file in FILES:
        assert flips.flip(file, chance).faults == ()
