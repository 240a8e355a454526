"""Stamping a PDF as it is handed out: the TLP label, and whose copy it is, on every page.

The stamp is part of what each page draws, under no annotation and in no layer that could be switched off; the
original is left as it is, and what is handed out is a new file. It deters and it tells whose copy it was; whoever knows
how PDFs are built can take it out again, as anything that is drawn.
"""

from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC
from io import BytesIO

from django.utils import timezone
from pypdf import PdfReader, PdfWriter
from pypdf.generic import ArrayObject, DecodedStreamObject, DictionaryObject, FloatObject, NameObject

from .stamp_balance import balance
from .stamp_drawing import COLOURS, drawn

PAGES_AT_MOST = 1000
DRAWN_AT_MOST = 200_000_000  # bytes of all pages' drawing, unpacked: what is read of them takes time
SHORTEST_SIDE = 72  # points, an inch: on less no label can be read
XOBJECT = "/TechTrackStamp"
LONG_NAME = "Łukasz 王 " + "Wolfeschlegelsteinhausenbergerdorff " * 4  # as long as the request form takes


class CannotStamp(Exception):
    """Says to the organiser, in a sentence or two, why the file cannot be stamped and what to do."""


def can_be_stamped(content: bytes):
    """Raises ``CannotStamp``. Tries it with the longest stamp there is, and reads what comes out."""
    made = stamp(content, "TLP:AMBER+STRICT", LONG_NAME, timezone.now())
    with _reading():
        for number, page in enumerate(PdfReader(BytesIO(made)).pages, 1):
            last = page["/Contents"][-1].get_object().get_data()
            if XOBJECT not in page["/Resources"]["/XObject"] or XOBJECT.encode() not in last:
                raise CannotStamp(
                    f"Page {number} of this PDF came out without its stamp. Save it anew, as a plain PDF."
                )


def stamp(content: bytes, label: str, name: str = "", at=None, zone=None) -> bytes:
    """A copy of the PDF with the ``label`` on each page, and with ``name`` and the time ``at``, if there is a name.

    ``label`` is one of ``COLOURS``, or empty; ``at`` is now unless it is given, told in ``zone``, else in UTC. Raises
    ``CannotStamp``: then there is nothing to hand out.
    """
    if label and label not in COLOURS:
        raise ValueError(f"{label!r} is no label of TLP 2.0.")
    with _reading():
        writer = PdfWriter(clone_from=_opened(content))
        pages = list(writer.pages)
        boxes = [Box.of(page, number) for number, page in enumerate(pages, 1)]
    sizes = list(dict.fromkeys(box.size for box in boxes))
    strips = _strips(writer, sizes, drawn(sizes, label, name, _told(at, zone) if name else ""))
    with _reading():
        read = 0
        for page, box in zip(pages, boxes, strict=True):
            drawing, streams = _drawing_of(page)
            read += len(drawing)
            if read > DRAWN_AT_MOST:
                raise CannotStamp("The pages of this PDF draw too much. Save it anew, with plainer pictures.")
            _put(writer, page, streams, balance(drawing), _form(box.size, *strips[box.size]), box)
        made = BytesIO()
        writer.write(made)
    return made.getvalue()


@contextmanager
def _reading():
    """What libraries raise over a file that somebody uploaded is of many kinds; all of them say the same here."""
    try:
        yield
    except CannotStamp:
        raise
    except Exception as error:
        raise CannotStamp("This PDF is damaged or of an unusual kind. Open it, save it anew, and try that.") from error


def _opened(content):
    if b"%%EOF" not in content[-1024:]:
        raise CannotStamp("This PDF breaks off before its end. Upload it again, or save it anew.")
    reader = PdfReader(BytesIO(content))
    if reader.is_encrypted:
        raise CannotStamp("This PDF is protected by a password or against changes. Save it without protection.")
    if not reader.pages:
        raise CannotStamp("This PDF has no pages.")
    if len(reader.pages) > PAGES_AT_MOST:
        raise CannotStamp(f"This PDF has more than {PAGES_AT_MOST} pages. Upload it in parts.")
    root = reader.root_object
    if root.get("/AcroForm") and "/XFA" in root["/AcroForm"]:
        raise CannotStamp("This PDF is a form that draws itself (XFA). Print it into a plain PDF.")
    if "/Collection" in root or _carries_files(reader):
        raise CannotStamp("This PDF carries other files, which would leave it without a stamp. Take them out.")
    return reader


def _carries_files(reader):
    names = reader.root_object.get("/Names")
    if names and "/EmbeddedFiles" in names.get_object() and any(reader.attachment_list):
        return True
    notes = (note.get_object() for page in reader.pages for note in page.annotations or ())
    return any(note.get("/Subtype") == "/FileAttachment" for note in notes)


def _told(at, zone):
    return f"{(at or timezone.now()).astimezone(zone or UTC):%Y-%m-%d %H:%M} {zone or 'UTC'}"


@dataclass(frozen=True)
class Box:
    """The part of a page that is seen, in its own units, and by how many degrees it is turned when it is shown."""

    left: float
    bottom: float
    width: float
    height: float
    turned: int

    @classmethod
    def of(cls, page, number):
        media, crop = (_upright(box) for box in (page.mediabox, page.cropbox))
        left, bottom = max(media[0], crop[0]), max(media[1], crop[1])
        width, height = min(media[2], crop[2]) - left, min(media[3], crop[3]) - bottom
        if not min(width, height) >= SHORTEST_SIDE:  # nor where they do not meet, or are no numbers
            raise CannotStamp(f"Page {number} of this PDF is too small for a label that can be read.")
        return cls(left, bottom, width, height, round(page.rotation / 90) * 90 % 360)

    @property
    def size(self):
        """As it is shown."""
        sides = (self.height, self.width) if self.turned in {90, 270} else (self.width, self.height)
        return tuple(round(side, 2) for side in sides)

    @property
    def matrix(self):
        """From the page as it is shown, its origin at the left below, to the page's own units (ISO 32000-2, 8.3.3)."""
        right, top = self.left + self.width, self.bottom + self.height
        return {
            0: (1, 0, 0, 1, self.left, self.bottom),
            90: (0, 1, -1, 0, right, self.bottom),
            180: (-1, 0, 0, -1, right, top),
            270: (0, -1, 1, 0, self.left, top),
        }[self.turned]


def _upright(box):
    across, up = sorted((float(box[0]), float(box[2]))), sorted((float(box[1]), float(box[3])))
    return across[0], up[0], across[1], up[1]


def _strips(writer, sizes, drawings):
    """``{size: (what draws the strips on a page of that size, its fonts)}``."""
    return {
        size: (page.get_contents().get_data(), page["/Resources"].clone(writer))
        for size, page in zip(sizes, PdfReader(BytesIO(drawings)).pages, strict=True)
    }


def _form(size, drawing, resources):
    """One for each page, so that taking out one takes it from no other; the fonts are the same."""
    form = DecodedStreamObject()
    form.set_data(drawing)
    form = form.flate_encode()
    form[NameObject("/Type")] = NameObject("/XObject")
    form[NameObject("/Subtype")] = NameObject("/Form")
    form[NameObject("/BBox")] = ArrayObject(FloatObject(number) for number in (0, 0, *size))
    form[NameObject("/Resources")] = resources
    return form


def _drawing_of(page):
    """``(all that it draws, unpacked; the streams of that)``."""
    contents = page.get("/Contents")
    contents = contents.get_object() if contents is not None else ArrayObject()
    streams = list(contents) if isinstance(contents, ArrayObject) else [page.raw_get("/Contents")]
    return b"\n".join(stream.get_object().get_data() for stream in streams), streams


def _put(writer, page, streams, unbalanced, form, box):
    """Draw the form over the page. What the page drew is kept as it is, between a state saved and that state again."""
    resources = DictionaryObject(page.get("/Resources", DictionaryObject()).get_object())  # others may share them
    known = DictionaryObject(resources.get("/XObject", DictionaryObject()).get_object())
    name = next(name for number in range(len(known) + 1) if (name := f"{XOBJECT}{number or ''}") not in known)
    known[NameObject(name)] = writer._add_object(form)
    resources[NameObject("/XObject")] = known
    page[NameObject("/Resources")] = resources
    never_saved, never_restored = unbalanced
    matrix = " ".join(f"{number:.4f}" for number in box.matrix)
    before = b"q\n" * (1 + never_saved)
    after = b"\n" + b"Q\n" * (1 + never_restored) + f"q {matrix} cm {name} Do Q\n".encode()
    page[NameObject("/Contents")] = ArrayObject([_stream(writer, before), *streams, _stream(writer, after)])


def _stream(writer, content):
    made = DecodedStreamObject()
    made.set_data(content)
    return writer._add_object(made)
