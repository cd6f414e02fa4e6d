"""What a mistyped name may have meant."""

import difflib
from collections.abc import Iterable


def suggestion(name: str, known: Iterable[str]) -> str:
    """What follows an unknown name in a message: ` (did you mean payments?)`, or all names that are known."""
    names = list(known)
    like = difflib.get_close_matches(name, names, n=1, cutoff=0.75)
    return f" (did you mean {like[0]}?)" if like else f"; known are {', '.join(names)}"
