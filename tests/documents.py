"""Reading what the repository's documents say: tables, and figures in words."""

import re
from datetime import timedelta

from .environment import BASE_DIR

UNITS = {"day": 24 * 3600, "hour": 3600, "minute": 60}


def text(name):
    return (BASE_DIR / name).read_text()


def tables(name):
    """``{heading: [{column: cell}, …]}`` of each table, under the heading that it follows."""
    found, heading, columns = {}, "", None
    for line in text(name).splitlines():
        if line.startswith("#"):
            heading = line.lstrip("# ")
        cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] if line.startswith("|") else []
        if not cells:
            columns = None
        elif columns is None:
            columns = cells
        elif not set(line) <= set("|- "):
            found.setdefault(heading, []).append(dict(zip(columns, cells, strict=True)))
    return found


def commands(name):
    """The text of each block of shell commands."""
    return re.findall(r"^```sh\n(.*?)^```$", text(name), re.MULTILINE | re.DOTALL)


def anchors(path):
    """The headings of a document, as links name them."""
    headings = re.findall(r"^#+ (.*)$", path.read_text(), re.MULTILINE) if path.exists() else []
    return {re.sub(r"[^\w -]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


def quoted(cell):
    """What stands between backquotes."""
    return re.findall(r"`([^`]+)`", cell)


def in_words(value):
    """A time as ``10 minutes``, a limit as ``600 in 10 minutes``, a count as it is."""
    if isinstance(value, timedelta):
        seconds = int(value.total_seconds())
        unit, size = next((unit, size) for unit, size in UNITS.items() if seconds % size == 0)
        count = seconds // size
        return f"{count} {unit}" + ("" if count == 1 else "s")
    if hasattr(value, "at_most"):
        return f"{value.at_most} in {in_words(value.span)}"
    return str(value)
