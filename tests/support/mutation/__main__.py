"""Mutants of the models: `python -m tests.support.mutation [--sample 60] [--seed 1] [--model NAME]`.

Each WHERE, JOIN, CASE and order of a window in the standardised and mart models is changed, one at a time. A mutant is caught
where one of the model's dbt unit tests fails, where a published cell of the random histories or of the simulated platform moves
(the independent ledger agrees with both, and would not any more), or where a data test fails on them. Unit tests of models that
read the mutated one have inputs of their own, which no mutant reaches. Prints who caught how many, and every survivor.

What no test can catch gives the same rows whatever landed: a condition that only narrows what is read before a later step asks
for the same, and a join whose partner is always there, because both sides come from the same rows or a rule upstream holds it.
"""

import argparse
import collections
import json
import random
import sys
import tempfile
from pathlib import Path

from tests.support.mutation.judge import STILLBORN, SURVIVED, Judge


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
    tried = [(mutant, verdict) for mutant, verdict in judged if verdict != STILLBORN]
    print(
        json.dumps(
            {
                "mutant_count": len(every),
                "tried_count": len(tried),
                "caught_count": sum(verdict != SURVIVED for _, verdict in tried),
                "verdicts": dict(sorted(collections.Counter(verdict for _, verdict in judged).items())),
                "survivors_by_kind": dict(
                    sorted(
                        collections.Counter(
                            mutant.kind for mutant, verdict in tried if verdict == SURVIVED
                        ).items()
                    )
                ),
                "survivors": [
                    f"{mutant.model}: {mutant.kind} ({mutant.number}): {mutant.place}"
                    for mutant, verdict in tried
                    if verdict == SURVIVED
                ],
            },
            indent=1,
            ensure_ascii=False,
        )
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
