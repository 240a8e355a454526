"""Rows of texts as a workbook (XLSX), in which none is a formula."""

import tempfile

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE


def written(lines):
    """A file on disk that is gone once closed; rows are written one by one."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("requests")
    for line in lines:
        sheet.append([_text_cell(sheet, text) for text in line])
    file = tempfile.TemporaryFile()  # noqa: SIM115  # whoever sends it closes it
    book.save(file)
    file.seek(0)
    return file


def _text_cell(sheet, text):
    cell = WriteOnlyCell(sheet, value=ILLEGAL_CHARACTERS_RE.sub("\ufffd", text))
    cell.data_type = "s"  # openpyxl takes what begins with = for a formula
    return cell
