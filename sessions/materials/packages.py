"""OOXML and OpenDocument: a ZIP file whose every part is known, and none of which does anything by itself.

The ZIP itself is read strictly: it begins with its first entry and ends with its own last record, nothing lies between
the entries, and no entry is there twice; so every reader sees the same parts in it, and nothing else.
"""

import io
import posixpath
import re
import struct
import zipfile

from ..models import Material
from . import parts
from .checking import Refused
from .images import tells_where

MOST_ENTRIES = 3_000
MOST_UNPACKED = 200_000_000  # bytes
MOST_TIMES = 100  # as large unpacked, of an entry that is large
LARGE = 2_000_000
PIECE = 2**16
END = struct.Struct("<4sHHHHIIH")  # the last record: APPNOTE.TXT 4.3.16
LOCAL = struct.Struct("<4sHHHHHIIIHH")  # what stands before an entry: 4.3.7
DESCRIPTORS = {12, 16, 20, 24}  # bytes that may stand after one whose size was not known before it: 4.3.9
HAS_DESCRIPTOR, IS_ENCRYPTED = 8, 1

MAIN = "application/vnd.openxmlformats-officedocument.{}.main+xml"
OOXML = {
    MAIN.format("presentationml.presentation"): (Material.Kind.PPTX, ".pptx"),
    MAIN.format("wordprocessingml.document"): (Material.Kind.DOCX, ".docx"),
}
WORKBOOK = MAIN.format("spreadsheetml.sheet")  # within another, behind its charts
OPENDOCUMENT = {
    kind.value: (kind, ending) for kind, ending in [(Material.Kind.ODP, ".odp"), (Material.Kind.ODT, ".odt")]
}

PICTURES = {"png", "jpg", "jpeg", "jpe", "jfif", "gif", "webp", "bmp", "tif", "tiff", "emf", "wmf", "wdp", "svm"}
FILMS = {"mp4", "m4v", "mov", "m4a", "mp3", "wav"}
FONTS = {"fntdata", "odttf", "ttf", "otf"}
XML = {"xml", "rels", "vml", "rdf", "svg"}
SETTINGS_OF_PRINTERS = re.compile(r"printerSettings\d*\.bin")
KNOWN = PICTURES | FONTS | XML | FILMS


def look_into(content):
    """``(content_type, ending, what it tells of people)``. Raises ``Refused``."""
    return _reading(content, _document)


def _reading(content, look):
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            _is_plain(package, content)
            return look(package)
    except Refused:
        raise
    except Exception:  # a reader of strangers' bytes fails in many ways
        raise Refused("This file cannot be read: it is damaged. Save it anew, and try again.") from None


# The ZIP


def _is_plain(package, content):
    entries = sorted(package.infolist(), key=lambda entry: entry.header_offset)
    if not 0 < len(entries) <= MOST_ENTRIES or sum(entry.file_size for entry in entries) > MOST_UNPACKED:
        raise Refused("This file unpacks to more than can be looked at. Make it smaller, and try again.")
    _is_whole(package, content, entries)
    if len({entry.filename.lower() for entry in entries}) < len(entries):
        raise Refused("This file has a part twice. Save it anew, and try again.")
    for entry in entries:
        if entry.flag_bits & IS_ENCRYPTED:
            raise Refused("This file is protected by a password. Save it without, and try again.")
        if entry.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED} or not _is_inside(entry):
            raise Refused("This file is packed as no such document is. Save it anew, and try again.")
        if entry.file_size > LARGE and entry.file_size > MOST_TIMES * entry.compress_size:
            raise Refused("This file unpacks to more than can be looked at. Make it smaller, and try again.")
    for entry in entries:
        with package.open(entry) as part:  # which compares name and checksum
            while part.read(PIECE):
                pass


def _is_inside(entry):
    """Whether its name leads below where it is unpacked, and it is a file or a folder."""
    name, kind = entry.filename, entry.external_attr >> 28
    return (
        name.isprintable()
        and not any(odd in name for odd in ("\\", ":"))
        and not name.startswith("/")
        and ".." not in name.split("/")
        and kind in {0, 0o4, 0o10}
        and len(name) < 250
    )


def _is_whole(package, content, entries):
    """Each byte belongs to an entry, to the list of them, or to the last record."""
    at, described = 0, False
    for entry in entries:
        mark, *_, name, extra = LOCAL.unpack_from(content, entry.header_offset)
        gap = entry.header_offset - at
        if mark != b"PK\x03\x04" or (gap and not (at and gap in DESCRIPTORS and described)):
            raise _has_more()
        at = entry.header_offset + LOCAL.size + name + extra + entry.compress_size
        described = bool(entry.flag_bits & HAS_DESCRIPTOR)
    gap = package.start_dir - at
    mark, *_, listed, start, comment = END.unpack_from(content, len(content) - END.size)
    ends_well = mark == b"PK\x05\x06" and comment == 0 and start == package.start_dir
    if (gap and not (gap in DESCRIPTORS and described)) or not ends_well:
        raise _has_more()
    if start + listed + END.size != len(content):
        raise _has_more()


def _has_more():
    return Refused("This file holds more than its parts: something stands before, between or after them. Save it anew.")


# The document


def _document(package):
    names = set(package.namelist())
    if "mimetype" in names:
        return _opendocument(package)
    if "[Content_Types].xml" in names:
        return _ooxml(package, OOXML)
    raise Refused("This is a ZIP file and no document. Unpack it, and upload what is in it one by one.")


def _opendocument(package):
    first = min(package.infolist(), key=lambda entry: entry.header_offset)
    kind = package.read(first).decode("ascii", "replace") if first.file_size < 100 else ""
    if first.filename != "mimetype" or kind not in OPENDOCUMENT:
        raise Refused("Of OpenDocument, presentations (.odp) and texts (.odt) are taken. Save it as one, or as a PDF.")
    _parts_are_known(package, {"mimetype"}, folders_of_programs=("Basic/", "Scripts/", "Dialogs/"))
    found = parts.Found()
    for name in _xml(package):
        with package.open(name) as part:
            parts.opendocument(part, name, found)
    content_type, ending = OPENDOCUMENT[kind]
    return content_type, ending, [*found.lines(), *_pictures(package)]


def _ooxml(package, kinds):
    found = parts.Found()
    with package.open("[Content_Types].xml") as part:
        types = set(parts.content_types(part))
    if any(re.search(r"macroEnabled|vbaProject|activeX", one, re.IGNORECASE) for one in types):
        raise parts.does_more("macros")
    main = types & kinds.keys()
    if len(main) != 1:
        raise Refused("Of Office, presentations (.pptx) and texts (.docx) are taken. Save it as one, or as a PDF.")
    _parts_are_known(package, {"[Content_Types].xml"}, folders_of_programs=("customUI/",))
    for name in _xml(package):
        with package.open(name) as part:
            parts.ooxml(part, name, found)
    for name in package.namelist():
        if name.lower().endswith(".xlsx"):
            found.add("a whole workbook, behind a chart or a table")
            _reading(package.read(name), lambda inner: _ooxml(inner, {WORKBOOK: (None, None)}))
    content_type, ending = kinds[main.pop()]
    return content_type, ending, [*found.lines(), *_pictures(package)]


def _parts_are_known(package, more, folders_of_programs):
    for name in package.namelist():
        own, ending = posixpath.basename(name), _ending(name)
        if name.startswith(folders_of_programs):
            raise parts.does_more("macros")
        is_workbook = ending == "xlsx" and "/embeddings/" in name
        is_known = name.endswith("/") or name in more or ending in KNOWN or SETTINGS_OF_PRINTERS.fullmatch(own)
        if not (is_known or is_workbook):
            raise parts.does_more(f"“{own[:60]}”, which is none of the parts that are known")


def _ending(name):
    """Of ``_rels/.rels`` as well."""
    return posixpath.basename(name).rpartition(".")[2].lower()


def _xml(package):
    return [name for name in package.namelist() if _ending(name) in XML]


def _pictures(package):
    photos = [name for name in package.namelist() if name.lower().endswith((".jpg", ".jpeg"))]
    return ["where a picture was taken"] if any(tells_where(package.read(name)) for name in photos) else []
