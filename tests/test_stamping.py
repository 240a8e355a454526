"""Stamps on PDFs: label, name and time on every page, whatever the page is like; what cannot be stamped is refused."""

import datetime as dt
import unicodedata
from io import BytesIO
from zoneinfo import ZoneInfo

import pytest
from fpdf import FPDF
from pypdf import PdfReader, PdfWriter
from pypdf.generic import (
    ArrayObject,
    DecodedStreamObject,
    DictionaryObject,
    NameObject,
    NumberObject,
    RectangleObject,
    TextStringObject,
)

from sessions.materials import stamp_fonts
from sessions.materials.stamp_balance import balance
from sessions.materials.stamping import PAGES_AT_MOST, Box, CannotStamp, can_be_stamped, stamp
from sessions.models import Session

pytestmark = pytest.mark.fast

LABEL = "TLP:AMBER+STRICT"
AT = dt.datetime(2022, 8, 9, 14, 5, tzinfo=dt.UTC)
DALLAS = ZoneInfo("America/Chicago")
STAMPED_AT = "2022-08-09 09:05 America/Chicago"


def deck(*sizes):
    """A PDF with a page of each size, in points, and a word on each."""
    made = FPDF(unit="pt")
    made.set_font("helvetica", size=10)
    for number, size in enumerate(sizes, 1):
        made.add_page(format=size)
        made.text(20, 40, f"Slide {number}")
    return bytes(made.output())


A4, WIDE = (595, 842), (960, 540)


def changed(content, change):
    """The same with ``change(page, writer)`` done to each page."""
    writer = PdfWriter(clone_from=PdfReader(BytesIO(content)))
    for page in writer.pages:
        change(page, writer)
    made = BytesIO()
    writer.write(made)
    return made.getvalue()


def drawing(*streams):
    """A change that gives a page these streams to draw instead of its own."""

    def change(page, writer):
        made = []
        for content in streams:
            stream = DecodedStreamObject()
            stream.set_data(content)
            made.append(writer._add_object(stream))
        page[NameObject("/Contents")] = ArrayObject(made)

    return change


def boxed(media, crop=None, turned=0):
    def change(page, writer):
        page.mediabox = RectangleObject(media)
        page.cropbox = RectangleObject(crop or media)
        page[NameObject("/Rotate")] = NumberObject(turned)

    return change


def shared_and_inherited(page, writer):
    """Size and resources are those of the parent, as many programs write them."""
    parent = page["/Parent"].get_object()
    for name in ("/MediaBox", "/Resources"):
        parent[NameObject(name)] = page[name]
        del page[name]
    if "/CropBox" in page:
        del page["/CropBox"]


def texts(content):
    return [" ".join(page.extract_text().split()) for page in PdfReader(BytesIO(content)).pages]


PAGES = {
    "upright": deck(A4, A4),
    "wide": deck(WIDE),
    "of many sizes": deck(A4, WIDE, (72, 72), (300, 150), (5000, 3000), A4),
    "turned by 90": changed(deck(A4), boxed((0, 0, *A4), turned=90)),
    "turned by 180": changed(deck(A4), boxed((0, 0, *A4), turned=180)),
    "turned by 270": changed(deck(WIDE), boxed((0, 0, *WIDE), turned=270)),
    "turned the other way": changed(deck(WIDE), boxed((0, 0, *WIDE), turned=-90)),
    "cropped": changed(deck(A4), boxed((0, 0, *A4), (100, 200, 400, 600))),
    "cropped and turned": changed(deck(A4), boxed((0, 0, *A4), (100, 200, 400, 600), 90)),
    "cropped past its edges": changed(deck(A4), boxed((0, 0, *A4), (-50, 10, 9000, 9000))),
    "not at the origin": changed(deck(A4), boxed((-300, 1000, 295, 1842))),
    "upside down in numbers": changed(deck(A4), boxed((595, 842, 0, 0))),
    "in several streams": changed(deck(A4), drawing(b"q 1 0 0 1 0", b"0 cm", b"Q")),
    "without a drawing": changed(deck(A4), lambda page, writer: page.pop("/Contents")),
    "that leaves its state open": changed(deck(A4), drawing(b"q .01 0 0 .01 0 0 cm q q")),
    "that closes what it never opened": changed(deck(A4), drawing(b"Q Q Q 9 0 0 9 0 0 cm")),
    "with what it shares": changed(deck(A4, A4), shared_and_inherited),
}


@pytest.mark.parametrize("kind", PAGES)
def test_label_and_name_are_on_every_page_at_its_head_and_foot(kind):
    before = PAGES[kind]
    can_be_stamped(before)
    after = stamp(before, LABEL, "Łukasz Żółć", AT, DALLAS)
    pages = texts(after)
    assert len(pages) == len(texts(before))
    for page, own in zip(pages, texts(before), strict=True):
        assert (page.count(LABEL), page.count("Łukasz Żółć"), page.count(STAMPED_AT)) == (2, 2, 2)
        assert own in page
    for page in PdfReader(BytesIO(after)).pages:  # nothing of it is left once what is drawn is balanced again
        assert balance(page.get_contents().get_data()) == (0, 0)


@pytest.mark.parametrize("turned", [0, 90, 180, 270])
def test_the_strips_stand_where_the_page_is_seen(turned):
    """The corners of the page as it is shown, below left and above right, are these corners of its own."""
    box = Box(100, 200, 300, 400, turned)
    a, b, c, d, e, f = box.matrix
    corners = [(a * x + c * y + e, b * x + d * y + f) for x, y in [(0, 0), box.size]]
    assert (
        corners
        == {
            0: [(100, 200), (400, 600)],
            90: [(400, 200), (100, 600)],  # turned clockwise, its right lower corner is shown below at the left
            180: [(400, 600), (100, 200)],
            270: [(100, 600), (400, 200)],
        }[turned]
    )


EUROPE = ["Łukasz Żółć", "Zoë Đặng", "Ζωή Παπαδοπούλου", "Марія Шевченко"]
ELSEWHERE = ["王小明", "山田 太郎", "김민수", "محمد علي", "שרה לוי", "अनिता शर्मा", "สมชาย"]


@pytest.mark.parametrize("name", [*EUROPE, *ELSEWHERE])
def test_names_of_the_world_are_written_with_an_embedded_font(name):
    made = stamp(deck(WIDE), "TLP:RED", name, AT)
    fonts = PdfReader(BytesIO(made)).pages[0]["/Resources"]["/XObject"]["/TechTrackStamp"]["/Resources"]["/Font"]
    for font in fonts.values():
        assert "/FontFile2" in font["/DescendantFonts"][0]["/FontDescriptor"]
    (page,) = texts(made)
    assert (page.count("2022-08-09 14:05 UTC"), page.count("TLP:RED")) == (2, 2), "what stands beside it can be read"
    written, others = stamp_fonts.fonts_for(name)
    assert written == unicodedata.normalize("NFC", name), "each letter has a font"
    if name in EUROPE:
        assert others == []
        assert page.count(name) == 2
    assert len(made) < 100_000, "no more than the letters that it takes"


def test_a_chinese_name_can_be_read_out_of_the_pdf():
    (page,) = texts(stamp(deck(WIDE), "TLP:GREEN", "王 Łukasz", AT))
    assert (page.count("王 Łukasz"), page.count("2022-08-09 14:05 UTC")) == (2, 2)


def test_what_no_font_can_draw_is_written_by_its_number():
    (page,) = texts(stamp(deck(A4), "", "Ada \U0001fadf", AT))
    assert page.count("Ada [U+1FADF]") == 2
    assert "TLP" not in page


def test_a_label_alone_bears_no_name_and_no_time():
    (page,) = texts(stamp(deck(A4), "TLP:CLEAR"))
    assert page.replace("Slide 1", "").split() == ["TLP:CLEAR"] * 2


def test_each_label_of_the_programme_can_be_stamped_and_nothing_else():
    for label in Session.TLP.labels:
        assert texts(stamp(deck(A4), label))[0].count(label) == 2
    with pytest.raises(ValueError, match="no label"):
        stamp(deck(A4), "TLP:PURPLE")


def test_a_long_name_is_told_whole_on_a_narrow_page():
    name = "Wolfeschlegelsteinhausenbergerdorff " * 4
    (page,) = texts(stamp(deck((150, 400)), LABEL, name.strip(), AT))
    assert page.replace(" ", "").count(name.replace(" ", "")) == 2


def with_more(page, writer):
    writer.add_outline_item(title="First", page_number=0)
    writer.add_uri(page_number=0, uri="https://example.com/", rect=RectangleObject((10, 10, 50, 50)))
    writer.add_metadata({"/Title": "Signals", "/Author": "Kim Example"})


def test_what_else_is_in_the_file_stays_and_nobodys_name_is_added_elsewhere():
    before = changed(deck(A4), with_more)
    after = stamp(before, LABEL, "Ada Reader", AT)
    assert b"Ada" not in after
    reader = PdfReader(BytesIO(after))
    assert {reader.metadata.title, reader.metadata.author} == {"Signals", "Kim Example"}
    assert [one.title for one in reader.outline] == ["First"]
    assert reader.pages[0]["/Annots"][0]["/A"]["/URI"] == "https://example.com/"


def test_taking_out_annotations_or_the_stamp_of_one_page_takes_it_from_no_other():
    after = stamp(deck(A4, A4), LABEL, "Ada Reader", AT)

    def take_out(page, writer):
        page.pop("/Annots", None)
        if page.page_number == 0:
            del page["/Resources"]["/XObject"]["/TechTrackStamp"]

    assert ["Ada Reader" in page for page in texts(changed(after, take_out))] == [False, True]


def encrypted(content, **how):
    writer = PdfWriter(clone_from=PdfReader(BytesIO(content)))
    writer.encrypt(**how)
    made = BytesIO()
    writer.write(made)
    return made.getvalue()


def with_file(page, writer):
    writer.add_attachment("plain.txt", b"without a label")


def with_note_that_holds_a_file(page, writer):
    note = DictionaryObject({NameObject("/Subtype"): NameObject("/FileAttachment")})
    page[NameObject("/Annots")] = ArrayObject([writer._add_object(note)])


def of_xfa(page, writer):
    form = DictionaryObject({NameObject("/XFA"): TextStringObject("<xdp/>")})
    writer.root_object[NameObject("/AcroForm")] = form


def without_pages():
    made = BytesIO()
    PdfWriter().write(made)
    return made.getvalue()


REFUSED = {
    "a password": (lambda: encrypted(deck(A4), user_password="x", algorithm="AES-256"), "protected by a password"),
    "a password of its owner": (
        lambda: encrypted(deck(A4), user_password="", owner_password="x", algorithm="AES-256"),
        "protected by a password",
    ),
    "cut off": (lambda: deck(A4, A4)[:-600], "breaks off"),
    "no PDF": (lambda: b"%PDF-1.7\n<html>hello</html>\n%%EOF", "damaged"),
    "nothing": (lambda: b"", "breaks off"),
    "holes": (lambda: deck(A4).replace(b"/Pages", b"/Pagez"), "damaged"),
    "a drawing that cannot be unpacked": (
        lambda: changed(deck(A4), drawing(b"q Q")).replace(b"/Length 3", b"/Length 3 /Filter /Nonsense"),
        "damaged",
    ),
    "a file within": (lambda: changed(deck(A4), with_file), "carries other files"),
    "a file in a note": (lambda: changed(deck(A4), with_note_that_holds_a_file), "carries other files"),
    "a form that draws itself": (lambda: changed(deck(A4), of_xfa), "XFA"),
    "a page too small": (lambda: deck(A4, (60, 400)), "Page 2 of this PDF is too small"),
    "a crop that shows nothing": (lambda: changed(deck(A4), boxed((0, 0, *A4), (900, 900, 990, 990))), "too small"),
    "no pages": (without_pages, "no pages"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_cannot_be_stamped_is_refused_with_the_reason(what):
    make, words = REFUSED[what]
    with pytest.raises(CannotStamp, match=words):
        can_be_stamped(make())


def test_more_pages_or_more_drawing_than_is_worked_through_is_refused(monkeypatch):
    monkeypatch.setattr("sessions.materials.stamping.PAGES_AT_MOST", 2)
    can_be_stamped(deck(A4, A4))
    with pytest.raises(CannotStamp, match="more than 2 pages"):
        can_be_stamped(deck(A4, A4, A4))
    monkeypatch.setattr("sessions.materials.stamping.DRAWN_AT_MOST", 10)
    with pytest.raises(CannotStamp, match="draw too much"):
        can_be_stamped(deck(A4))
    assert PAGES_AT_MOST == 1000


def test_a_fault_of_our_own_is_not_put_down_to_the_file(monkeypatch):
    monkeypatch.setattr(stamp_fonts, "REGULAR", "no-such-font.ttf")
    with pytest.raises(FileNotFoundError):
        stamp(deck(A4), LABEL)


@pytest.mark.parametrize(
    ("drawn", "found"),
    [
        (b"q Q q q Q", (0, 1)),
        (b"Q q Q Q", (2, 0)),
        (b"(q \\) q (Q) q) Tj q", (0, 1)),
        (b"/q gs [(q)]TJ % q\nq", (0, 1)),
        (b"BI /W 1 ID \x00q q q\nEI Q q", (1, 1)),
        (b"<71> Tj quit q1 ", (0, 0)),
        (b"(never ends q", (0, 0)),
    ],
)
def test_what_a_page_saves_and_restores_is_counted_outside_of_its_texts_and_images(drawn, found):
    assert balance(drawn) == found
