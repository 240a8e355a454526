"""The directory of organisations as a CSV file: what one would change, line by line, and that done for real.

The same for both: what a dry run showed is what is done, or nothing.
"""

import csv
import io
import json
import re
from dataclasses import dataclass, field

from django.core.exceptions import ValidationError
from django.db import transaction

from cacc_techtrack.sealing import digest
from sessions.models import Organisation
from sessions.programme_file.faults import Wrong
from sessions.programme_file.keys import ORGANISATION
from sessions.programme_file.reading import same_name

from .fields import check_visible
from .models import Deed, Record

MOST_BYTES = 256_000
MOST_LINES = 2_000
COLUMNS = {
    "name": "name",
    "full_name": "full_name",
    "website": "website",
    "domains": "email_domains",
    "member": "member",
}
YES, NO = {"yes", "y", "true", "1", "x"}, {"no", "n", "false", "0", ""}
EXAMPLE = (
    "name,full_name,website,domains,member\r\n"
    "Example Platform,Example Platform Incorporated,https://platform.example/,platform.example uk.example,yes\r\n"
    "Example Hotline,,,hotline.example,no\r\n"
)


class Unreadable(ValueError):
    """The file as a whole; its text is for the person."""


class Outdated(Exception):
    """The directory is another than when the file was looked at."""


@dataclass(frozen=True)
class Line:
    number: int  # in the file, of the line on which it begins
    values: dict  # of the columns that the file has


@dataclass
class Plan:
    """What a file would do to the directory as it is now."""

    added: list = field(default_factory=list)  # values
    changed: list = field(default_factory=list)  # (row as it is, {field: (before, after)})
    left: list = field(default_factory=list)  # rows
    faults: list = field(default_factory=list)  # (line's number, what is wrong)
    seen: str = ""  # stands for the directory as it was
    rows_added: list = field(default_factory=list)  # once it is done

    @property
    def may_be_done(self):
        return not self.faults and bool(self.added or self.changed)

    def lines_of_changes(self):
        """``(row, [(column, before, after)])``, as people read them."""
        label = {name: column for column, name in COLUMNS.items()}
        for row, changes in self.changed:
            yield row, [(label[name], *map(_in_words, values)) for name, values in changes.items()]

    @property
    def figures(self):
        return {"added": len(self.added), "changed": len(self.changed), "left": len(self.left)}


def read(content: bytes):
    """``(lines, faults)``: what is sound, and ``(number, text)`` of what is not. Raises ``Unreadable``."""
    if len(content) > MOST_BYTES:
        raise Unreadable(f"The file is larger than {MOST_BYTES // 1000} kB. Divide it.")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Unreadable("This is no text in UTF-8. Save it as “CSV UTF-8”.") from None
    first = text.partition("\n")[0]
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=max(";,\t", key=first.count), strict=True)
    lines, faults, begins = [], [], 1
    try:
        columns = _columns(next(rows, []))
        for cells in rows:
            number, begins = begins + 1, rows.line_num
            if any(cell.strip() for cell in cells):
                _read_line(number, cells, columns, lines, faults)
            if len(lines) + len(faults) > MOST_LINES:
                raise Unreadable(f"The file has more than {MOST_LINES:,} lines. Divide it.")
    except csv.Error as error:
        raise Unreadable(f"Line {rows.line_num} cannot be read as CSV: {error}.") from None
    if not lines and not faults:
        raise Unreadable("The file names no organisation.")
    return lines, faults


def _columns(header):
    names = [cell.strip().lower() for cell in header]
    unknown = [name[:40] for name in names if name not in COLUMNS]
    if unknown or len(set(names)) < len(names) or "name" not in names:
        raise Unreadable(
            "The first line must name the columns: name and, as you have them, full_name, website, domains, member."
            + (f" It has {', '.join(map(repr, unknown[:5]))}." if unknown else "")
        )
    return names


def _read_line(number, cells, columns, lines, faults):
    if len(cells) != len(columns):
        faults.append((number, f"has {len(cells)} cells; the first line names {len(columns)} columns"))
        return
    values, wrong = {}, []
    for column, cell in zip(columns, cells, strict=True):
        try:
            values[COLUMNS[column]] = _value(column, cell.strip())
        except Wrong as error:
            wrong.append((number, f"{column} {error}"))
        except ValidationError as error:
            wrong.append((number, f"{column}: {' '.join(error.messages)}"))
    faults += wrong
    if not wrong:
        lines.append(Line(number, values))


def _value(column, cell):
    check_visible(cell)
    if column == "member":
        if cell.lower() not in YES | NO:
            raise Wrong(f"must be yes or no; this is {cell[:20]!r}")
        return cell.lower() in YES
    if column == "domains":
        return ORGANISATION["email_domains"].check(re.split(r"[\s,;]+", cell) if cell else [])
    if column == "website" and cell and "://" not in cell:
        cell = f"https://{cell}"
    return ORGANISATION[column].check(cell)


def plan(lines, faults) -> Plan:
    """One query, however many lines."""
    rows = list(Organisation.objects.order_by("pk"))
    by_name = {same_name(row.name): row for row in rows}
    found = Plan(faults=list(faults), seen=_stands_for(rows))
    first_at = {}
    for line in lines:
        name = same_name(line.values["name"])
        if first_at.setdefault(name, line.number) != line.number:
            found.faults.append((line.number, f"{line.values['name']} stands already on line {first_at[name]}"))
        elif name not in by_name:
            found.added.append(line.values)
        else:
            _compare(by_name[name], line.values, found)
    found.faults += _domains_of_two(lines, rows, by_name)
    found.faults.sort(key=lambda fault: fault[0])
    return found


def _compare(row, values, found):
    changes = {name: (getattr(row, name), value) for name, value in values.items() if getattr(row, name) != value}
    if changes:
        found.changed.append((row, changes))
    else:
        found.left.append(row)


def _domains_of_two(lines, rows, by_name):
    """A domain is one organisation's, as all will be once the file is done."""
    told_anew = {same_name(line.values["name"]) for line in lines if "email_domains" in line.values}
    held = {domain: row.name for row in rows if same_name(row.name) not in told_anew for domain in row.email_domains}
    for line in lines:
        for domain in line.values.get("email_domains", ()):
            if same_name(held.setdefault(domain, line.values["name"])) != same_name(line.values["name"]):
                yield line.number, f"{domain} is a domain of {held[domain]} already"


def _stands_for(rows):
    return digest(
        "organisations", json.dumps([[row.pk, *(getattr(row, name) for name in COLUMNS.values())] for row in rows])
    )


def load(content: bytes, *, seen, by) -> Plan:
    """Do what the file says of the directory that ``seen`` stands for, or raise ``Outdated`` and change nothing."""
    with transaction.atomic():
        Organisation.objects.locked()
        done = plan(*read(content))
        if done.seen != seen or not done.may_be_done:
            raise Outdated
        done.rows_added = [_saved(Organisation(**values)) for values in done.added]
        for row, changes in done.changed:
            for name, (_, after) in changes.items():
                setattr(row, name, after)
            _saved(row)
        Record.objects.write(Deed.LOADED, by=by, about="organisations, from a file", figures=done.figures)
    return done


def _in_words(value):
    if isinstance(value, bool):
        return "yes" if value else "no"
    return (", ".join(value) if isinstance(value, list) else value) or "(empty)"


def _saved(row):
    row.give_address()
    row.save()
    return row
