"""A line of the table, and the table."""

import statistics
from dataclasses import dataclass

HEAD = ("what", "measured", "goal", "held", "spread", "note")
HELD = {True: "yes", False: "**NO**", None: ""}
NOISY = 0.10  # a spread above this is measured again


@dataclass(frozen=True)
class Row:
    """What is printed: texts as they stand there; ``held`` None where there is no goal, ``spread`` a share, or None."""

    what: str
    measured: str
    goal: str
    held: bool | None
    spread: float | None = None
    note: str = ""

    @property
    def noisy(self):
        return self.spread is not None and self.spread > NOISY

    @property
    def cells(self):
        spread = "" if self.spread is None else f"{self.spread:.0%}{' (noisy)' if self.noisy else ''}"
        return (self.what, self.measured, self.goal, HELD[self.held], spread, self.note)


def ratio(what, ratios, *, at_least=None, at_most=None, note=""):
    """The row of a ratio that was measured in several rounds: their median, and how far apart they are."""
    middle = statistics.median(ratios)
    if at_least is not None:
        goal, held = f"≥ {at_least}", middle >= at_least
    elif at_most is not None:
        goal, held = f"≤ {at_most}", middle <= at_most
    else:
        goal, held = "report", None
    return Row(what, f"{middle:.2f}" if middle >= 0.1 else f"{middle:.4f}", goal, held, spread(ratios), note)


def spread(values):
    """How far apart the least and the most are, as a share of the median."""
    return (max(values) - min(values)) / statistics.median(values)


def as_table(rows):
    return lined_up([HEAD, *(row.cells for row in rows)])


def lined_up(lines):
    """A Markdown table of texts, the first line its head."""
    widths = [max(len(line[place]) for line in lines) for place in range(len(lines[0]) - 1)]

    def line(cells):
        padded = [f"{cell:{width}}" for cell, width in zip(cells, widths, strict=False)]
        return f"| {' | '.join([*padded, cells[-1]])} |"

    return [line(lines[0]), f"|{' --- |' * len(lines[0])}", *map(line, lines[1:])]
