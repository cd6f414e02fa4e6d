"""One kind of row that figures are counted from, and how its raw rows are found."""

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class RawLink:
    """The raw rows of a feed behind a row of evidence.

    `match` is the condition between `e` (evidence), `r` (raw row) and, where needed, `v` (the relation `via`
    between the two).
    """

    feed: str
    match: str
    via: str = ""


@dataclass(frozen=True)
class Evidence:
    """One kind of row that figures are counted from; `noun` names them (plural).

    `relation` is a query of the build file; `shown` are its columns that people see, the identifying one
    first; `order` is how they are listed.
    """

    noun: str
    relation: str
    shown: tuple[str, ...]
    order: str
    links: tuple[RawLink, ...] = ()

    def with_links(self, *links: RawLink) -> "Evidence":
        """The same rows with further raw rows behind them."""
        return replace(self, links=(*self.links, *links))
