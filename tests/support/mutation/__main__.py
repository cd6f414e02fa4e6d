"""Mutants of the models: `python -m tests.support.mutation [--sample 60] [--seed 1] [--model NAME]`.

Each WHERE, JOIN, CASE and order of a window in the standardised and mart models is changed, one at a time. A mutant is caught
where one of the model's dbt unit tests fails, where a published cell of the random histories or of the simulated platform moves
(the independent ledger agrees with both, and would not any more), or where a data test fails on them. Unit tests of models that
read the mutated one have inputs of their own, which no mutant reaches. Prints who caught how many, and every survivor.

What no test can catch gives the same rows whatever landed: `same_rows.py` names each such change with its reason. They are told
apart from the survivors. Exits with 1 where a change stands there that a test catches or that no model has.
"""

import argparse
import collections
import json
import random
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.support.mutation.judge import STILLBORN, SURVIVED, Judge
from tests.support.mutation.mutants import Mutant
from tests.support.mutation.same_rows import why_no_row_changes, without_mutant


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.support.mutation", description=__doc__)
    parser.add_argument("--sample", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--model", help="mutants of this model only")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        judge = Judge(Path(folder))
        every = [mutant for mutant in judge.mutants() if given.model in (None, mutant.model)]
        chosen = random.Random(given.seed).sample(every, min(given.sample, len(every)))
        judged = [(mutant, judge.verdict(mutant)) for mutant in chosen]
    told = summary(len(every), judged)
    told["wrong_in_same_rows"] += [] if given.model else without_mutant(every)
    print(json.dumps(told, indent=1, ensure_ascii=False))
    return 1 if told["wrong_in_same_rows"] else 0


def summary(mutant_count: int, judged: Sequence[tuple[Mutant, str]]) -> dict[str, Any]:
    """What is printed of the mutants that were judged, of `mutant_count` that there are."""
    tried = [(mutant, verdict) for mutant, verdict in judged if verdict != STILLBORN]
    caught = [mutant for mutant, verdict in tried if verdict != SURVIVED]
    left = [mutant for mutant, verdict in tried if verdict == SURVIVED]
    reasons = collections.Counter(filter(None, map(why_no_row_changes, left)))
    return {
        "mutant_count": mutant_count,
        "tried_count": len(tried),
        "caught_count": len(caught),
        "same_rows_count": reasons.total(),
        "verdicts": dict(sorted(collections.Counter(verdict for _, verdict in judged).items())),
        "same_rows_by_reason": dict(sorted(reasons.items())),
        "survivors": [_name(mutant) for mutant in left if why_no_row_changes(mutant) is None],
        "wrong_in_same_rows": [_name(mutant) for mutant in caught if why_no_row_changes(mutant)],
    }


def _name(mutant: Mutant) -> str:
    return f"{mutant.model}: {mutant.kind} ({mutant.number}): {mutant.place}"


if __name__ == "__main__":
    sys.exit(main())
