"""Drawing a stamp: a strip at the head and one at the foot of a page, as a PDF of its own by fpdf2.

The label is written as FIRST's TLP 2.0 asks for documents (https://www.first.org/tlp/): in its colour on black, in
capitals, at the right, of 12 points at least, in header and footer.
"""

from dataclasses import dataclass

from fpdf import FPDF
from fpdf.enums import Align, MethodReturnValue

from . import stamp_fonts

COLOURS = {
    "TLP:CLEAR": (255, 255, 255),
    "TLP:GREEN": (51, 255, 0),
    "TLP:AMBER": (255, 192, 0),
    "TLP:AMBER+STRICT": (255, 192, 0),
    "TLP:RED": (255, 43, 43),
}
WHITE = (255, 255, 255)
SMALLEST = 12  # points, of a label
SIDE = 40  # the label's height is this part of the shorter side, where that is more
NAME = 0.7  # of the label's height
NAME_SMALLEST = 0.5  # where it has to be narrower; below that it is written on lines of its own


def drawn(sizes, label, name, time) -> bytes:
    """A PDF with one page for each of ``sizes``, ``[(width, height)]`` in points, empty but for the strips."""
    name, others = stamp_fonts.fonts_for(name)
    pdf = FPDF(unit="pt")
    pdf.set_auto_page_break(False)
    pdf.set_margin(0)
    pdf.c_margin = 0
    pdf.add_font("stamp", fname=stamp_fonts.path(stamp_fonts.REGULAR))
    pdf.add_font("stamp", style="B", fname=stamp_fonts.path(stamp_fonts.BOLD))
    for font in others:
        pdf.add_font(font, fname=stamp_fonts.path(font))
    pdf.set_fallback_fonts(others, exact_match=False)
    pdf.set_fill_color(0)
    for size in sizes:
        pdf.add_page(format=size)
        lines = _lines(pdf, label, [name, time] if name else [])
        tall = [max(part.size for part in line) * 1.3 for line in lines]
        _strip(pdf, lines, tall, 0)
        _strip(pdf, lines[1:] + lines[:1], tall[1:] + tall[:1], pdf.h - sum(tall))  # the label outermost
    return bytes(pdf.output())


@dataclass(frozen=True)
class Part:
    text: str
    size: float  # points
    style: str = ""
    colour: tuple = WHITE


def _lines(pdf, label, texts) -> list[list[Part]]:
    """The label, and the texts beside it where there is room, else on lines of their own."""
    size, room = max(SMALLEST, min(pdf.w, pdf.h) / SIDE), pdf.w
    marked = []
    if label:
        size *= min(1, pdf.w / _width(pdf, Part(label, size, "B")))
        marked = [Part(label, size, "B", COLOURS[label])]
        room -= _width(pdf, *marked)
    small = size * NAME
    needed = sum(_width(pdf, Part(text, small)) for text in texts)
    if needed and small * room / needed < size * NAME_SMALLEST:
        small = size * NAME_SMALLEST
        broken = [line for text in texts for line in _broken(pdf, text, small)]
        return [one for one in (marked, *([Part(line, small)] for line in broken)) if one]
    small = min(small, small * room / needed) if needed else small
    return [[*(Part(text, small) for text in texts), *marked]]


def _strip(pdf, lines, tall, top):
    """Each line at the right, on a black ground as wide as it is."""
    for line, height in zip(lines, tall, strict=True):
        left = pdf.w - sum(_width(pdf, part) for part in line)
        for part in line:
            with (
                pdf.local_context()
            ):  # fpdf2 would take the font that the part before ended with for the one it began with
                width = _width(pdf, part)
                pdf.set_text_color(*part.colour)
                pdf.set_xy(left, top)
                pdf.cell(width, height, part.text, align=Align.C, fill=True)
            left += width
        top += height


def _width(pdf, part):
    """With its margins; leaves the font set."""
    _set(pdf, part)
    return pdf.get_string_width(part.text) + part.size


def _set(pdf, part):
    pdf.set_font("stamp", part.style, part.size)
    pdf.set_text_shaping(stamp_fonts.is_to_be_shaped(part.text))


def _broken(pdf, text, size):
    """The text in as many lines as it needs."""
    _set(pdf, Part(text, size))
    return pdf.multi_cell(pdf.w - size, size, text, dry_run=True, output=MethodReturnValue.LINES)
