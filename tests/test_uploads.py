"""UP-01, L-11: what may be uploaded is told by what a file holds, never by its name, and holds nothing else."""

import io
import zipfile

import pytest
from PIL import Image

from sessions.materials import checking, names
from sessions.materials.checking import Refused, look_into
from sessions.models import Material

from . import papers
from .papers import name, relationships, script

pytestmark = [pytest.mark.fast]

Kind = Material.Kind
HTML = b"<!DOCTYPE html><script>alert(1)</script>"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
MACROS = "application/vnd.ms-powerpoint.presentation.macroEnabled.main+xml"

TAKEN = {
    "PDF": (papers.pdf(), Kind.PDF, ".pdf"),
    "PDF with packed objects": (papers.pdf_that({"S": name("GoTo")}, packed=True), Kind.PDF, ".pdf"),
    "PDF with a link to the web": (papers.pdf_with_a_link("https://example.org/"), Kind.PDF, ".pdf"),
    "PowerPoint": (papers.pptx(), Kind.PPTX, ".pptx"),
    "Word": (papers.docx(), Kind.DOCX, ".docx"),
    "OpenDocument slides": (papers.opendocument("presentation"), Kind.ODP, ".odp"),
    "OpenDocument text": (papers.opendocument("text"), Kind.ODT, ".odt"),
    "PNG": (papers.png(), Kind.PNG, ".png"),
    "JPEG": (papers.jpeg(), Kind.JPEG, ".jpg"),
    "text": ("Übung macht den Meister, 王.\n".encode(), Kind.TEXT, ".txt"),
}


@pytest.mark.parametrize("what", TAKEN)
@pytest.mark.parametrize("called", ["slides", "slides.php", "slides.pdf.exe"])
def test_what_is_taken_is_named_for_what_it_is(what, called):
    content, kind, ending = TAKEN[what]
    found = look_into(called, content)
    stem = "slides.pdf" if called.endswith(".pdf.exe") and ending != ".pdf" else "slides"
    assert (found.content_type, found.name) == (kind, f"{stem}{ending}")
    assert found.content == content or kind in {Kind.PNG, Kind.JPEG}


def after_the_end(content):
    return content + b"\n<script>alert(1)</script>"


def listed_twice():
    """A part of one name in the ZIP's list, of which one reader takes the first and another the last."""
    out = io.BytesIO(papers.pptx())
    with pytest.warns(UserWarning, match="Duplicate"), zipfile.ZipFile(out, "a") as package:
        package.writestr("main.xml", "<other/>")
    return out.getvalue()


def rels(*rows):
    return {"ppt/_rels/presentation.xml.rels": relationships(*rows)}


def word(instruction):
    space = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    field = f'<w:fldChar w:fldCharType="begin"/><w:instrText>{instruction[:2]}</w:instrText>'
    field += f"<w:instrText>{instruction[2:]}</w:instrText>"
    return {"word/document.xml": f'<w:document {space}>{field}<w:fldChar w:fldCharType="end"/></w:document>'}


def click(action):
    space = 'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"'
    return {"ppt/slides/slide1.xml": f'<p {space}><a:hlinkClick action="ppaction://{action}"/></p>'}


REFUSED = {
    # of another kind than its name says, or of two
    "HTML": (HTML, "page, a picture or a program"),
    "HTML after a line of text": (b"Slides\n" + HTML, "page, a picture or a program"),
    "SVG with a script": (SVG, "page, a picture or a program"),
    "PHP": (b"<?php system($_GET['c']);", "page, a picture or a program"),
    "a shell script": (b"#!/bin/sh\nrm -rf /\n", "page, a picture or a program"),
    "a program": (b"MZ\x90\x00\x03", "none of the kinds"),
    "text in another alphabet's bytes": ("Größe".encode("latin-1"), "none of the kinds"),
    "nothing": (b"", "is empty"),
    "a ZIP": (papers.zipped({"a.txt": "a"}), "ZIP file and no document"),
    "a PDF that begins late": (b"\n" + papers.pdf(), "none of the kinds"),
    "a PDF with a page after its end": (after_the_end(papers.pdf()), "does not end as one"),
    "a PDF that is a ZIP as well": (papers.pdf()[:-6] + papers.zipped({"a": "a"}) + b"\n%%EOF", "two kinds"),
    "a PDF that is a page as well": (papers.pdf().replace(b"\n", b"\n%<html><script>\n", 1), "two kinds|damaged"),
    "a document that is a PDF as well": (papers.zipped({"mimetype": "%PDF-1.7 "}), "two kinds"),
    "a document with something before it": (b"PK\x03\x04" + papers.pptx(), "more than its parts|damaged"),
    "a document with something after it": (after_the_end(papers.pptx()), "more than its parts|damaged"),
    "a document with a part twice": (listed_twice, "part twice"),
    "a cut PDF": (papers.pdf()[:300], "does not end as one"),
    "a cut document": (papers.pptx()[:-30], "damaged"),
    "a cut picture": (papers.png()[:60], "damaged"),
    "a damaged PDF": (b"%PDF-1.7\n" + b"0" * 500 + b"\n%%EOF", "damaged"),
    # too much
    "a picture of a billion points": (
        papers.png()[:16] + b"\0\0\x80\0\0\0\x80\0" + papers.png()[24:],
        "damaged|points",
    ),
    "a ZIP bomb": (lambda: papers.pptx({"ppt/media/bomb.png": b"\0" * 20_000_000}), "unpacks to more"),
    "a billion laughs": (
        papers.pptx({"ppt/x.xml": '<!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><l>&b;</l>'}),
        "a definition",
    ),
    # PDF that does something
    "a PDF with a script": (papers.pdf_that(script()), "a script"),
    "a PDF with a packed script": (papers.pdf_that(script(), packed=True), "a script"),
    "a PDF with a script by another spelling": (
        papers.pdf_that(script()).replace(b"/JavaScript", b"/J#61vaScript"),
        "a script|damaged",
    ),
    "a PDF that starts a program": (papers.pdf_that({"S": name("Launch")}, packed=True), "start a program"),
    "a PDF that sends a form": (papers.pdf_that({"S": name("SubmitForm")}), "form that is sent"),
    "a PDF with a file within": (papers.pdf_with_a_file, "a file within"),
    "a PDF with a link to a file": (papers.pdf_with_a_link("file:///etc/passwd"), "no page of the web"),
    "a PDF under a password": (papers.protected_pdf, "protected"),
    # documents that do something
    "PowerPoint with macros": (
        papers.pptx({"[Content_Types].xml": f'<Types><Override ContentType="{MACROS}"/></Types>'}),
        "macros",
    ),
    "PowerPoint with a part of macros": (papers.pptx({"ppt/vbaProject.bin": b"macros"}), "none of the parts"),
    "PowerPoint with an object": (papers.pptx(rels(("oleObject", "embeddings/o.xml"))), "another program"),
    "PowerPoint with a picture elsewhere": (
        papers.pptx(rels(("image", "https://tracker.example/x.png", "External"))),
        "loaded from elsewhere",
    ),
    "PowerPoint with a link to a program": (
        papers.pptx(rels(("hyperlink", "file:///c:/x.exe", "External"))),
        "loaded from elsewhere",
    ),
    "PowerPoint that starts a program": (papers.pptx(click("program")), "starts something"),
    "PowerPoint with an add-in": (papers.pptx(rels(("webextension", "we.xml"))), "add-in"),
    "PowerPoint with a program": (papers.pptx({"ppt/media/x.exe": b"MZ"}), "none of the parts"),
    "PowerPoint with a picture that is a script": (papers.pptx({"ppt/media/x.svg": SVG}), "a script"),
    "PowerPoint with a workbook with macros": (
        papers.pptx({"ppt/embeddings/book.xlsx": papers.pptx({"xl/vbaProject.bin": b"x"})}),
        "Of Office",
    ),
    "Word with a template elsewhere": (
        papers.docx(rels(("attachedTemplate", "https://evil.example/x.dotm", "External"))),
        "template elsewhere",
    ),
    "Word that asks a program": (papers.docx(word('DDEAUTO c:\\\\cmd.exe "/k"')), "field that loads"),
    "a workbook": (papers.office("spreadsheetml.sheet"), "Of Office"),
    "a path out of the folder": (papers.pptx({"../evil.xml": "<a/>"}), "packed as no such document"),
    "OpenDocument with macros": (
        papers.opendocument("text", {"Basic/Standard/Module1.xml": "<a/>"}),
        "macros",
    ),
    "OpenDocument with a macro at a click": (
        papers.opendocument("presentation", content='<script:event-listener xlink:href="vnd.sun.star.script:x"/>'),
        "macros",
    ),
    "OpenDocument with a picture elsewhere": (
        papers.opendocument("text", content='<draw:image xlink:href="https://tracker.example/x.png"/>'),
        "loaded from elsewhere",
    ),
    "an OpenDocument workbook": (papers.opendocument("spreadsheet"), "Of OpenDocument"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_does_more_than_show_something_is_refused_in_plain_words(what):
    content, said = REFUSED[what]
    with pytest.raises(Refused, match=said) as refused:
        look_into("slides.pdf", content() if callable(content) else content)
    assert 15 < len(str(refused.value)) < 250


def test_without_the_search_a_script_is_taken(monkeypatch):
    """The control."""
    from sessions.materials import pdf

    monkeypatch.setattr(pdf, "_look_at", lambda one: None)
    monkeypatch.setattr(pdf, "HIDDEN", set())
    assert look_into("slides.pdf", papers.pdf_that(script())).content_type == Kind.PDF


# What it tells of people


NOTES = (
    '<p:notes xmlns:p="p" xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main">'
    "<a:r><a:t>Do not say this</a:t></a:r></p:notes>"
)
TRACKED = '<w:document xmlns:w="w"><w:ins w:author="Kim"><w:t>new</w:t></w:ins></w:document>'

TELLS = {
    "PDF": (papers.pdf_with_a_comment, ["author: Kim Example", "comments or marks"]),
    "PowerPoint": (
        papers.pptx(
            papers.author("Kim \u202eExample")
            | {"ppt/notesSlides/notesSlide1.xml": NOTES, "ppt/comments/comment1.xml": "<c/>"}
            | {"ppt/slides/slide2.xml": '<p:sld xmlns:p="p" show="0"/>', "ppt/media/image1.jpg": papers.photo()}
            | {"ppt/embeddings/book.xlsx": papers.office("spreadsheetml.sheet")}
        ),
        [
            *("author: Kim Example", "notes for the speaker", "comments", "hidden slides"),
            *("a whole workbook, behind a chart or a table", "where a picture was taken"),
        ],
    ),
    "Word": (papers.docx({"word/document.xml": TRACKED, "word/comments.xml": "<c/>"}), ["tracked changes", "comments"]),
    "OpenDocument": (
        papers.opendocument("presentation", content="<presentation:notes><text:p>x</text:p></presentation:notes>"),
        ["notes for the speaker"],
    ),
}


@pytest.mark.parametrize("what", TELLS)
def test_what_a_file_tells_of_people_is_told_to_the_organiser(what):
    content, lines = TELLS[what]
    found = look_into("slides", content() if callable(content) else content)
    assert sorted(found.found) == sorted(lines)


def test_of_a_picture_only_the_picture_is_kept():
    found = look_into("IMG_1.JPG", papers.photo() + b"PK\x03\x04 and more")
    assert found.removed == ["where it was taken", "with what and when it was made", "comments"]
    assert not any(word in found.content for word in (b"Kim", b"Exif", b"PK\x03\x04"))
    with Image.open(io.BytesIO(found.content)) as kept:
        assert (kept.size, dict(kept.getexif())) == ((40, 60), {})  # as it was to be turned


# Names


@pytest.mark.parametrize(
    ("came_as", "is_kept_as"),
    [
        ("../../etc/passwd", "passwd.pdf"),
        ("..\\..\\x.pdf", "x.pdf"),
        ("a\r\nSet-Cookie: b.pdf", "a Set-Cookie- b.pdf"),
        ('say "hi"; filename=x.exe', "say -hi-- filename=x.pdf"),
        ("a" * 300 + ".pdf", "a" * 96 + ".pdf"),
        ("gpj\u202eexe.pdf", "gpjexe.pdf"),
        ("Łukasz 王.PDF", "Łukasz 王.pdf"),
        (".htaccess", "material.pdf"),
        ("", "material.pdf"),
        ("con.pdf", "_con.pdf"),
    ],
)
def test_names_are_cleaned(came_as, is_kept_as):
    assert names.cleaned(came_as, ".pdf") == is_kept_as


def test_a_file_that_is_too_large_is_told_its_size(settings):
    class Upload:
        name, size = "x.pdf", 26 * 2**20

    with pytest.raises(Refused, match=r"26\.0.MB; it may have 25 MB"):
        checking.look_at(Upload())
