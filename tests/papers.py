"""Files as organisers upload them, made for a test: sound ones, and such as no one may be handed."""

import io
import struct
import zipfile
import zlib

from PIL import Image
from pypdf import PdfReader, PdfWriter
from pypdf.annotations import FreeText
from pypdf.generic import (
    ArrayObject,
    DecodedStreamObject,
    DictionaryObject,
    NameObject,
    NumberObject,
    TextStringObject,
)

MAIN = "application/vnd.openxmlformats-officedocument.{}.main+xml"
RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
OFFICE = "urn:oasis:names:tc:opendocument:xmlns:{}:1.0"


# PDF


def written(writer):
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def pdf_writer(pages=2, **people):
    """With words on each page; ``people`` are what it tells, like ``Author="Kim"``."""
    writer = PdfWriter()
    for number in range(1, pages + 1):
        page = writer.add_blank_page(612, 792)
        font = {"/Type": "/Font", "/Subtype": "/Type1", "/BaseFont": "/Helvetica"}
        font = DictionaryObject({NameObject(key): NameObject(value) for key, value in font.items()})
        page[NameObject("/Resources")] = DictionaryObject(
            {NameObject("/Font"): DictionaryObject({NameObject("/F1"): font})}
        )
        words = DecodedStreamObject()
        words.set_data(f"BT /F1 24 Tf 72 700 Td (Page {number} of the talk) Tj ET".encode())
        page[NameObject("/Contents")] = writer._add_object(words)
    writer.add_metadata({f"/{key}": value for key, value in people.items()})
    return writer


def pdf(pages=2, **people):
    return written(pdf_writer(pages, **people))


def dictionary(**entries):
    return DictionaryObject({NameObject(f"/{key}"): value for key, value in entries.items()})


def pdf_that(does, packed=False):
    """One whose action at opening is this dictionary; ``packed``: where no search of its bytes finds it."""
    writer = pdf_writer()
    action = writer._add_object(dictionary(**does))
    writer.root_object[NameObject("/OpenAction")] = action
    if not packed:
        return written(writer)
    return _with_packed_objects(writer)


def _with_packed_objects(writer):
    """ISO 32000-2, 7.5.7 and 7.5.8: all that is no stream lies in one stream, packed, and so does the table."""
    reader = PdfReader(io.BytesIO(written(writer)))
    numbers = sorted(number for number in reader.xref[0] if number)
    objects = {number: reader.get_object(number) for number in numbers}
    out, offsets = bytearray(b"%PDF-1.7\n"), {}

    def text(one):
        stream = io.BytesIO()
        one.write_to_stream(stream)
        return stream.getvalue()

    streams = {number for number, one in objects.items() if hasattr(one, "get_data")}
    for number in sorted(streams):
        offsets[number] = len(out)
        out += b"%d 0 obj\n%s\nendobj\n" % (number, text(objects[number]))
    inside = [number for number in numbers if number not in streams]
    bodies = [text(objects[number]) for number in inside]
    head, at = b"", 0
    for number, body in zip(inside, bodies, strict=True):
        head += b"%d %d " % (number, at)
        at += len(body) + 1
    data = zlib.compress(head + b" ".join(bodies) + b" ")
    holder, table = max(numbers) + 1, max(numbers) + 2
    offsets[holder] = len(out)
    kept = b"<< /Type /ObjStm /N %d /First %d /Filter /FlateDecode /Length %d >>" % (len(inside), len(head), len(data))
    out += b"%d 0 obj\n%s\nstream\n%s\nendstream\nendobj\n" % (holder, kept, data)
    offsets[table] = len(out)
    rows = b""
    for number in range(table + 1):
        if number in inside:
            rows += struct.pack(">BIH", 2, holder, inside.index(number))
        else:
            rows += (
                struct.pack(">BIH", 1, offsets[number], 0) if number in offsets else struct.pack(">BIH", 0, 0, 65535)
            )
    root = reader.trailer.raw_get("/Root").idnum
    rows = zlib.compress(rows)
    said = b"<< /Type /XRef /Size %d /W [1 4 2] /Root %d 0 R /Filter /FlateDecode /Length %d >>"
    out += b"%d 0 obj\n%s\nstream\n%s\nendstream\nendobj\n" % (table, said % (table + 1, root, len(rows)), rows)
    return bytes(out + b"startxref\n%d\n%%%%EOF\n" % offsets[table])


def name(text):
    return NameObject(f"/{text}")


def script(**more):
    return {"S": name("JavaScript"), "JS": TextStringObject("app.alert(1)"), **more}


def pdf_with_a_file():
    writer = pdf_writer()
    writer.add_attachment("inner.exe", b"MZ")
    return written(writer)


def pdf_with_a_comment():
    writer = pdf_writer(Author="Kim Example")
    writer.add_annotation(0, FreeText(text="Cut this", rect=(50, 550, 200, 650)))
    return written(writer)


def pdf_with_a_link(address):
    writer = pdf_writer(1)
    action = dictionary(S=name("URI"), URI=TextStringObject(address))
    rect = ArrayObject([NumberObject(number) for number in (0, 0, 100, 100)])
    link = dictionary(Type=name("Annot"), Subtype=name("Link"), Rect=rect, A=action)
    writer.pages[0][NameObject("/Annots")] = ArrayObject([link])
    return written(writer)


def protected_pdf():
    writer = pdf_writer()
    writer.encrypt("secret", algorithm="AES-256")
    return written(writer)


# Documents


def zipped(parts, *, stored=("mimetype",)):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        for path, content in parts.items():
            content = content.encode() if isinstance(content, str) else content
            how = zipfile.ZIP_STORED if path in stored else zipfile.ZIP_DEFLATED
            package.writestr(path, content, how)
    return out.getvalue()


def relationships(*rows):
    """``rows`` are (kind, target) or (kind, target, mode)."""
    lines = "".join(
        f'<Relationship Id="r{place}" Type="{RELATION}{kind}" Target="{target}"'
        + (f' TargetMode="{mode[0]}"' if mode else "")
        + "/>"
        for place, (kind, target, *mode) in enumerate(rows)
    )
    return (
        f'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{lines}</Relationships>'
    )


def office(kind, **parts):
    """``kind`` is like "presentationml.presentation"; ``parts`` more of them, by their path."""
    types = (
        '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        f'<Override PartName="/main.xml" ContentType="{MAIN.format(kind)}"/></Types>'
    )
    main = '<p:main xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main"/>'
    there = {"[Content_Types].xml": types, "_rels/.rels": relationships(("officeDocument", "main.xml"))}
    return zipped({**there, "main.xml": main, **parts.pop("parts", {}), **parts})


def pptx(parts=None):
    return office("presentationml.presentation", parts=parts or {})


def docx(parts=None):
    return office("wordprocessingml.document", parts=parts or {})


def opendocument(kind, parts=None, content=""):
    spaces = " ".join(
        f'xmlns:{short}="{OFFICE.format(name)}"'
        for short, name in (
            *(("office", "office"), ("text", "text"), ("draw", "drawing"), ("script", "script")),
            ("presentation", "presentation"),
        )
    )
    body = f'<office:document-content {spaces} xmlns:xlink="http://www.w3.org/1999/xlink">{content}</office:document-content>'
    mime = f"application/vnd.oasis.opendocument.{kind}"
    return zipped({"mimetype": mime, "content.xml": body, **(parts or {})})


def author(name):
    space = 'xmlns:dc="http://purl.org/dc/elements/1.1/"'
    core = "http://schemas.openxmlformats.org/package/2006/metadata/core-properties"
    told = f'<c:coreProperties xmlns:c="{core}" {space}><dc:creator>{name}</dc:creator></c:coreProperties>'
    return {"docProps/core.xml": told}


# Pictures


def png(**more):
    return _picture("PNG", **more)


def jpeg(**more):
    return _picture("JPEG", **more)


def photo():
    """A JPEG that says where, when and with what it was taken."""
    exif = Image.Exif()
    exif[0x0110] = "Camera of Kim"
    exif[0x0112] = 6  # to be turned
    exif.get_ifd(0x8825).update({1: "N", 2: (32.0, 46.0, 0.0)})
    return _picture("JPEG", exif=exif, comment=b"by Kim Example")


def _picture(kind, size=(60, 40), **more):
    out = io.BytesIO()
    Image.new("RGB", size, "teal").save(out, kind, **more)
    return out.getvalue()
