"""Stripe's API versions: their order and families. Pure functions of the version string.

A version is a date, since 2024-09-30 with the name of its family: `2025-03-31.basil`. Within a family versions only add.
"""

import re
from typing import NamedTuple

NEWEST = "2026-10-28.endive"
OLDEST_TYPED = "2023-10-16"  # the first version that an official SDK describes in full

# The first version of each family; families before 2024-09-30 are one version each and named by it.
FAMILIES = (
    "2020-08-27", "2022-08-01", "2022-11-15", "2023-08-16", "2023-10-16", "2024-04-10", "2024-06-20",
    "2024-09-30.acacia", "2025-03-31.basil", "2025-09-30.clover", "2026-03-25.dahlia", "2026-09-30.endive",
)  # fmt: skip
_NAMED = {first.partition(".")[2]: first for first in FAMILIES if "." in first}
_VERSION = re.compile(r"(\d{4}-\d{2}-\d{2})(?:\.(\w+))?")


class Version(NamedTuple):
    """A version's parts, in the order of versions."""

    date: str
    name: str = ""


def parse(version: str) -> Version | None:
    """The parts of a version string, null where it is none; beta flags after a `;` are left out."""
    found = _VERSION.match(version.strip())
    return Version(found[1], found[2] or "") if found else None


def date(version: str | None) -> str:
    """The date that decides what a version holds: today's newest where the version is null or unreadable."""
    found = parse(version) if version else None
    return found.date if found else NEWEST[:10]


def family(version: str | None) -> str:
    """The family's name (`basil`), or its first version where it has none; an unknown one gives the family that its date falls into."""
    found = parse(version) if version else None
    if found and found.name in _NAMED:
        return found.name
    when = date(version)
    first = max((first for first in FAMILIES if first[:10] <= when), default=FAMILIES[0])
    return first.partition(".")[2] or first


def at_least(version: str | None, floor: str) -> bool:
    """Whether a version is `floor` or later; null is the newest."""
    return date(version) >= date(floor)


def within(version: str | None, since: str | None = None, until: str | None = None) -> bool:
    """Whether a version lies in a lifetime: from `since` on, and before `until`, which is the first version without the thing."""
    return (since is None or at_least(version, since)) and (until is None or not at_least(version, until))


def ordered(versions: list[str]) -> list[str]:
    """Versions from the oldest to the newest; what is no version comes first."""
    return sorted(versions, key=lambda version: parse(version) or Version(""))
