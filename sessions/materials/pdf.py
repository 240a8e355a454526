"""PDF: that it is one from the first byte to the last, does nothing by itself, and what it tells of people."""

import io
import re

from pypdf import PdfReader
from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject

from .checking import Refused
from .names import one_line

MOST_OBJECTS = 250_000
MOST_UNPACKED = 100_000_000  # bytes of objects that are packed together
WHITE = b"\0\t\n\f\r "
ZIP_LOOKS_BACK = 66_000  # bytes from the end in which a reader of ZIP looks for its last record

# ISO 32000-2: what a reader does on its own or at a click, beyond going to a page or to an address of the web.
ACTIONS = {
    **{"/JavaScript": "a script", "/Launch": "an order to start a program", "/SubmitForm": "a form that is sent away"},
    **{"/ImportData": "an order to load data", "/GoToR": "a link into another file", "/GoToE": "a file within it"},
    **{
        "/Rendition": "a film or sound",
        "/Movie": "a film",
        "/Sound": "a sound",
        "/RichMediaExecute": "a film or a model",
    },
}
KEYS = {
    **{"/JS": "a script", "/JavaScript": "a script", "/EF": "a file within it", "/EmbeddedFiles": "a file within it"},
    **{"/XFA": "a form that is a program", "/RichMediaContent": "a film or a model"},
}
KINDS = {
    **{
        "/RichMedia": "a film or a model",
        "/3D": "a model",
        "/Screen": "a film",
        "/Movie": "a film",
        "/Sound": "a sound",
    },
    **{"/FileAttachment": "a file within it", "/EmbeddedFile": "a file within it"},
}
COMMENTS = {
    *("/Text", "/FreeText", "/Highlight", "/Underline", "/Squiggly", "/StrikeOut", "/Caret", "/Ink", "/Stamp"),
    "/Redact",
}
NEVER = ACTIONS | KEYS | KINDS
HIDDEN = {"/JS", "/JavaScript", "/Launch", "/EmbeddedFile", "/EmbeddedFiles", "/XFA", "/RichMedia"}
ADDRESSES = ("http:", "https:", "mailto:", "tel:", "#", "www.")
PEOPLE = {"/Author": "author", "/Company": "company", "/Manager": "manager", "/LastModifiedBy": "last changed by"}

_STREAM = re.compile(rb"(?<!end)stream\r?\n.*?endstream", re.DOTALL)
_NAME = re.compile(rb"/[^\x00\t\n\f\r ()<>\[\]{}/%]{1,60}")
_ESCAPED = re.compile(rb"#([0-9A-Fa-f]{2})")
_PAGE = re.compile(rb"<(?:!doctype|html|script|\?php)", re.IGNORECASE)


def look_into(content):
    """``(what it tells of people, why it cannot be stamped or "")``. Raises ``Refused``."""
    _is_nothing_else(content)
    try:
        found = _found_in(content)
    except Refused:
        raise
    except Exception:  # a reader of strangers' bytes fails in many ways
        raise Refused("This PDF cannot be read: it is damaged. Print it into a PDF anew, and try again.") from None
    return found, _cannot_be_stamped(content)


def _is_nothing_else(content):
    if not content.rstrip(WHITE).endswith(b"%%EOF"):
        raise Refused(
            "This PDF does not end as one: it is cut off, or something follows it. Save it anew, and try again."
        )
    if b"PK\x05\x06" in content[-ZIP_LOOKS_BACK:]:
        raise Refused("This file is of two kinds at once.")
    outside = _STREAM.sub(b"", content)
    if _PAGE.search(outside):
        raise Refused("This file is of two kinds at once.")
    names = {_ESCAPED.sub(lambda code: bytes([int(code[1], 16)]), name) for name in _NAME.findall(outside)}
    for name in HIDDEN:  # also of objects that no table names, which some readers find all the same
        if name.encode() in names:
            raise _does_more(NEVER[name])


def _does_more(what):
    return Refused(f"This PDF holds {what}, which may not be handed out. Print it into a PDF anew, and try again.")


def _found_in(content):
    reader = PdfReader(io.BytesIO(content))
    if reader.is_encrypted:
        raise Refused("This PDF is protected by a password or against changes. Save it without, and try again.")
    if not reader.pages:
        raise Refused("This PDF has no page.")
    comments = False
    for one in _dictionaries(reader):
        _look_at(one)
        comments = comments or str(_value(one, "/Subtype")) in COMMENTS
    found = _people(reader)
    if comments:
        found.append("comments or marks")
    return found


def _dictionaries(reader):
    """Every dictionary of every object that the file's tables name, whether a page leads there or not."""
    _is_of_a_fair_size(reader)
    for number, generation in _numbers(reader):
        ahead = [reader.get_object(IndirectObject(number, generation, reader))]
        while ahead:
            one = ahead.pop()
            if isinstance(one, DictionaryObject):
                yield one
                ahead += dict.values(one)
            elif isinstance(one, ArrayObject):
                ahead += list.__iter__(one)
    yield reader.trailer


def _numbers(reader):
    yield from ((number, generation) for generation, there in list(reader.xref.items()) for number in list(there))
    yield from ((number, 0) for number in list(reader.xref_objStm))


def _is_of_a_fair_size(reader):
    objects = sum(len(there) for there in reader.xref.values()) + len(reader.xref_objStm)
    unpacked = 0
    for packed in {packed for packed, _ in reader.xref_objStm.values()}:
        unpacked += len(reader.get_object(IndirectObject(packed, 0, reader)).get_data())
        if unpacked > MOST_UNPACKED:
            break
    if objects > MOST_OBJECTS or unpacked > MOST_UNPACKED:
        raise Refused("This PDF unpacks to more than can be looked at. Print it into a PDF anew, and try again.")


def _look_at(one):
    for key in one:
        if key in KEYS:
            raise _does_more(KEYS[key])
    for key, known in (("/S", ACTIONS), ("/Subtype", KINDS), ("/Type", KINDS)):
        value = _value(one, key)
        if isinstance(value, str) and value in known:
            raise _does_more(known[value])
    address = _value(one, "/URI")
    if isinstance(address, bytes | str) and _leads_astray(_text(address).strip().lower()):
        raise _does_more("a link to something that is no page of the web")


def _leads_astray(address):
    return ":" in address and not address.startswith(ADDRESSES)


def _value(one, key):
    value = one.get(key)
    return value.get_object() if isinstance(value, IndirectObject) else value


def _text(value):
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)


def _people(reader):
    told = reader.metadata or {}
    found = [f"{said}: {one_line(told[key])}" for key, said in PEOPLE.items() if str(told.get(key) or "").strip()]
    if not any(line.startswith("author") for line in found):
        packet = reader.root_object.get("/Metadata")
        packet = packet.get_object().get_data() if packet is not None else b""
        creator = re.search(rb"<dc:creator>.*?<rdf:li[^>]*>([^<]+)<", packet, re.DOTALL)
        if creator and creator[1].strip():
            found.append(f"author: {one_line(creator[1].decode(errors='replace'))}")
    return found


def _cannot_be_stamped(content):
    from .stamping import CannotStamp, can_be_stamped

    try:
        can_be_stamped(content)
    except CannotStamp as error:
        return str(error)
    return ""
