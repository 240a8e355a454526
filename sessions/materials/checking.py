"""What an uploaded file is, by what it holds and never by its name, and whether it may be handed out.

An allow-list: each kind has a reader of its own that takes all of the file to be of that kind, from the first byte to
the last, so that no other program sees another kind in it; what none of them takes is refused. Libraries that guess a
kind from the first bytes do less than that, and are not asked.

``look_at`` may take seconds for a large file, and so runs before a transaction begins; one file at a time in a process,
so that memory stays within bounds.
"""

import re
import threading
from dataclasses import dataclass, field

from django.conf import settings
from django.template.defaultfilters import filesizeformat

from ..models import Material
from . import names

MEGABYTE = 2**20
KINDS = "PDF, PowerPoint (.pptx), Word (.docx), OpenDocument (.odp, .odt), PNG, JPEG or plain text (UTF-8)"

_one_at_a_time = threading.Lock()

# What some program would take for more than text, wherever in it or at its beginning.
_MARKUP = re.compile(r"<(?:!doctype|html|head|body|script|svg|iframe|object|embed|img|\?xml|\?php|%)", re.IGNORECASE)
_BEGINNINGS = ("<", "#!", "{\\rtf", "%!", "MZ")
_ELSEWHERE = b"%PDF-"  # readers look for it in the first kilobyte


class Refused(Exception):
    """In words for whoever uploaded the file."""


@dataclass(frozen=True)
class Checked:
    name: str
    content: bytes
    content_type: str
    found: list[str] = field(default_factory=list)  # what of people it holds, for the organiser to look at
    removed: list[str] = field(default_factory=list)  # what was taken out of it
    cannot_be_stamped: str = ""  # why not, of a PDF


def look_at(upload) -> Checked:
    """``upload`` is Django's file of a form. Raises ``Refused``."""
    most = settings.MATERIAL_MAX_MB * MEGABYTE
    if upload.size > most:
        raise Refused(
            f"This file has {filesizeformat(upload.size)}; it may have {settings.MATERIAL_MAX_MB} MB. "
            "Make its pictures smaller, or divide it."
        )
    with _one_at_a_time:
        return look_into(upload.name or "", upload.read())


def look_into(name, content) -> Checked:
    if not content:
        raise Refused("This file is empty.")
    if content.startswith(b"%PDF-"):
        return _pdf(name, content)
    if content.startswith(b"PK\x03\x04"):
        return _package(name, content)
    if content.startswith((b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff")):
        return _image(name, content)
    return _text(name, content)


# The readers are loaded only once there is something to read: few processes ever have.


def _pdf(name, content):
    from . import pdf

    found, cannot_be_stamped = pdf.look_into(content)
    return Checked(names.cleaned(name, ".pdf"), content, Material.Kind.PDF, found, cannot_be_stamped=cannot_be_stamped)


def _package(name, content):
    from . import packages

    if _ELSEWHERE in content[:1100]:
        raise Refused("This file is of two kinds at once.")
    content_type, ending, found = packages.look_into(content)
    return Checked(names.cleaned(name, ending), content, content_type, found)


def _image(name, content):
    from . import images

    written, content_type, ending, removed = images.written_anew(content)
    return Checked(names.cleaned(name, ending), written, content_type, removed=removed)


def _text(name, content):
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Refused(f"This is none of the kinds that are taken: {KINDS}.") from None
    if any(ord(letter) < 32 and letter not in "\t\n\r\f" for letter in text) or "\x7f" in text:
        raise Refused(f"This is none of the kinds that are taken: {KINDS}.")
    if _MARKUP.search(text) or text.lstrip().startswith(_BEGINNINGS) or _ELSEWHERE in content[:1100]:
        raise Refused(
            "This is a page, a picture or a program written as text. Save it as a PDF, or without its markup."
        )
    turned = any(letter in text for letter in "\u202a\u202b\u202d\u202e\u2066\u2067\u2068")
    found = ["characters that turn a line around"] if turned else []
    return Checked(names.cleaned(name, ".txt"), content, Material.Kind.TEXT, found)
