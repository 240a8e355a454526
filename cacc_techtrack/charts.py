"""Charts as SVG, drawn on the server: geometry alone; colours come from the stylesheet, by class.

Every chart has a table of the same numbers beside it (``templates/admin/_chart.html``), so that a picture is never the
only way to read it.
"""

from dataclasses import dataclass

LINE = 34  # height of a row of ``Rows``, in the units of its viewBox
LENGTH = 320  # of its longest bar
HEIGHT = 100  # of the highest column of ``Columns``
COLUMN, GAP = 10, 2


@dataclass(frozen=True)
class Value:
    label: str
    number: int

    @property
    def shown(self):
        return f"{self.number:,}"


@dataclass(frozen=True)
class Chart:
    """``values`` in the order in which they are drawn; ``what`` heads the labels' column of the table."""

    name: str  # unique on its page: ids are made of it
    title: str
    what: str
    values: tuple[Value, ...]

    @property
    def total(self):
        return sum(value.number for value in self.values)

    @property
    def most(self):
        return max(self.values, key=lambda value: value.number, default=Value("", 0))

    def summary(self):
        """What the picture says, for who cannot see it."""
        return (
            f"{self.total:,} in all; the most, {self.most.number:,}, for {self.most.label}." if self.total else "None."
        )


@dataclass(frozen=True)
class Rows(Chart):
    """Bars that lie, each below its name and number: for a few things of different names."""

    is_rows = True
    width = LENGTH

    @property
    def height(self):
        return LINE * len(self.values)

    def bars(self):
        for place, value in enumerate(self.values):
            top = LINE * place
            yield {
                "value": value,
                "text_y": top + 15,
                "y": top + 20,
                "length": _share(value.number, self.most.number, LENGTH),
            }


@dataclass(frozen=True)
class Columns(Chart):
    """Columns that stand, without words: for days or weeks in a row, whose first and last are named below."""

    is_rows = False
    height = HEIGHT

    @property
    def width(self):
        return max(1, len(self.values)) * (COLUMN + GAP)

    def bars(self):
        for place, value in enumerate(self.values):
            length = _share(value.number, self.most.number, HEIGHT)
            yield {"value": value, "x": place * (COLUMN + GAP), "y": HEIGHT - length, "length": length}


def _share(number, most, whole):
    """As long as it is of the most; what is not nothing is seen."""
    return max(2, round(whole * number / most)) if number else 0
