"""What OWASP's Application Security Verification Standard 5.0.0 asks of us, which test shows it, and what is not met.

Chapters 6 to 9, levels 1 and 2; the numbers are the standard's, the words are ours. A row names tests as ``cases.py``
does, and the place where a decision is written down. ``make cases`` writes docs/asvs.md; ``test_asvs.py`` fails while
it is old, an item has no row, or a name is wrong.
"""

from dataclasses import dataclass

# The levels of the items of each section, in their order; those of level 3 come last in each and are not ours.
LEVELS = {
    "6.1": "122",
    "6.2": "111111112222",
    "6.3": "1122",
    "6.4": "1122",
    "6.5": "22222",
    "6.6": "222",
    "6.8": "2222",
    "7.1": "222",
    "7.2": "1111",
    "7.3": "22",
    "7.4": "11222",
    "7.5": "22",
    "7.6": "22",
    "8.1": "12",
    "8.2": "112",
    "8.3": "1",
    "8.4": "2",
    "9.1": "111",
    "9.2": "1222",
}
ITEMS = {f"{section}.{n}": int(level) for section, levels in LEVELS.items() for n, level in enumerate(levels, 1)}

MET, IN_PART, NOT_MET, NOT_APPLICABLE = "met", "in part", "not met", "n/a"


@dataclass(frozen=True)
class Item:
    asks: str
    state: str
    tests: tuple = ()
    where: str = ""  # the heading under which it is written down: "SECURITY.md#limits"
    reason: str = ""  # what is missing and what it would take, or why it does not apply


def met(asks, *tests, where="", how=""):
    return Item(asks, MET, tests, where, how)


def in_part(asks, *tests, missing, where=""):
    return Item(asks, IN_PART, tests, where, missing)


def not_met(asks, *tests, missing, where=""):
    return Item(asks, NOT_MET, tests, where, missing)


def na(asks, *tests, why, where=""):
    return Item(asks, NOT_APPLICABLE, tests, where, why)
