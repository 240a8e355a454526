"""A list of addresses, pasted or as a CSV file: what each line says, or what is wrong with it."""

import csv
import io
import re
from dataclasses import dataclass
from email.utils import parseaddr

from django.core.exceptions import ValidationError

from .addresses import normalise
from .fields import LineField

MOST_BYTES = 1_000_000
MOST_LINES = 1_000
LONGEST_ADDRESS = 600  # with the name before it
COLUMNS = {
    "address": {"address", "email", "e-mail", "mail", "email address", "e-mail address", "correo"},
    "full_name": {"name", "full name", "full_name", "nombre"},
    "organisation": {"organisation", "organization", "company", "organización", "empresa"},
}
_NAME = LineField(max_length=150, required=False)
_ORGANISATION = LineField(max_length=200, required=False)


class Unreadable(ValueError):
    """The list as a whole; its text is for the person."""


@dataclass
class Line:
    number: int  # in the list, of the line on which it begins
    address: str = ""
    full_name: str = ""
    organisation: str = ""
    fault: str = ""  # why it is not invited
    note: str = ""  # what to know of it besides


def text_of(content: bytes):
    """``(text, remark)``: what spreadsheets write is UTF-8, UTF-16 or, from older ones, Windows-1252."""
    if len(content) > MOST_BYTES:
        raise Unreadable(f"The file is larger than {MOST_BYTES // 1_000_000} MB. Divide it.")
    try:
        if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
            return content.decode("utf-16"), ""
        return content.decode("utf-8-sig"), ""
    except UnicodeDecodeError:
        pass
    try:
        text = content.decode("cp1252")
    except UnicodeDecodeError:
        raise Unreadable("This is no text in UTF-8 or Windows-1252. Save it as “CSV UTF-8”.") from None
    remark = "The file is not in UTF-8 and was read as Windows-1252: look whether names with accents are right."
    return text, remark


def read(text) -> list[Line]:
    """A ``Line`` for each that is not empty. Raises ``Unreadable``."""
    text = text.removeprefix("\ufeff")
    begin = text.splitlines()[:20]
    delimiter = max("\t;,", key=lambda sign: sum(sign in line for line in begin))
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=True)
    lines, columns, begins = [], None, 1
    try:
        for cells in rows:
            number, begins = begins, rows.line_num + 1
            cells = [cell.strip() for cell in cells]
            if not any(cells):
                continue
            if columns is None:
                columns = _columns(cells)
                if not any("@" in cell for cell in cells):
                    continue  # a header
            lines.append(_line(number, cells, columns))
            if len(lines) > MOST_LINES:
                raise Unreadable(f"There are more than {MOST_LINES:,} lines. Divide the list.")
    except csv.Error as error:
        raise Unreadable(f"Line {rows.line_num} cannot be read as CSV: {error}.") from None
    if not lines:
        raise Unreadable("No address was found.")
    _mark_doubles(lines)
    return lines


def _columns(cells):
    """Which cell is what, as the first line has it: by its names, or by where the address stands."""
    at = next((place for place, cell in enumerate(cells) if "@" in cell), None)
    if at is not None:
        rest = [place for place in range(3) if place != at]
        return {"address": at, "full_name": rest[0], "organisation": rest[1]}
    names = [cell.lower() for cell in cells]
    found = {
        what: next((place for place, name in enumerate(names) if name in known), None)
        for what, known in COLUMNS.items()
    }
    if found["address"] is None:
        raise Unreadable(
            "The first line is neither an address nor a line that names the columns: email and, as you have them, "
            "name, organisation."
        )
    return found


def _line(number, cells, columns):
    said = {what: cells[at] if at is not None and at < len(cells) else "" for what, at in columns.items()}
    line = Line(number)
    if "<" in said["address"] and len(said["address"]) <= LONGEST_ADDRESS:  # what is longer is none, nor looked into
        name, said["address"] = parseaddr(said["address"])
        said["full_name"] = said["full_name"] or name
    line.address = said["address"][:80]  # as typed, for whoever reads what is wrong with it
    try:
        line.address = normalise(said["address"])
        line.full_name = _NAME.clean(re.sub(r"\s+", " ", said["full_name"]))
        line.organisation = _ORGANISATION.clean(re.sub(r"\s+", " ", said["organisation"]))
    except ValidationError as error:
        line.fault = " ".join(error.messages)
    return line


def _mark_doubles(lines):
    first_at = {}
    for line in lines:
        if not line.fault and first_at.setdefault(line.address, line.number) != line.number:
            line.fault = f"Stands on line {first_at[line.address]} already."
