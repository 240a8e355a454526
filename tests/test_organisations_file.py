"""The directory of organisations from a CSV file: looked at first, then loaded as it was looked at, or not at all."""

import html
import re

import pytest
from django.contrib.admin.models import LogEntry
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from registration import organisations_file
from registration.models import Deed, Record
from sessions.models import Organisation

from . import people, world
from .people import browser_of

pytestmark = [pytest.mark.fast, pytest.mark.django_db]

UPLOAD = "/admin/agenda/organisation/upload/"
LIST = "/admin/agenda/organisation/"
HEADER = "name,full_name,website,domains,member\n"


def look_at(desk, content):
    content = content if isinstance(content, bytes) else content.encode()
    return desk.post(UPLOAD, {"file": SimpleUploadedFile("organisations.csv", content, "text/csv")})


def load(desk, page):
    sealed = re.search(r'name="looked_at" value="([^"]+)"', page.content.decode())[1]
    return desk.post(UPLOAD, {"looked_at": sealed})


def text_of(page):
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page.content.decode())).split())


def directory():
    return list(Organisation.objects.values_list("name", "full_name", "website", "email_domains", "member"))


def faults_of(desk, content):
    page = look_at(desk, content)
    assert b"looked_at" not in page.content
    return [
        html.unescape(re.sub(r"<[^>]+>", "", line))
        for line in re.findall(r"<li>(Line .*?)</li>", page.content.decode())
    ]


def test_a_file_is_looked_at_and_then_loaded(desk, olga):
    world.organisation("Kept", full_name="As it is", email_domains=["kept.example"])
    world.organisation("Changed", website="https://before.example/", email_domains=["old.example"])
    content = HEADER + (
        "New,New Limited,new.example,new.example b\u00fccher.example,yes\n"
        'CHANGED,,https://after.example/,"old.example, newer.example",x\n'
        "Kept,As it is,,kept.example,no\n"
    )
    before = directory()
    page = look_at(desk, content)
    assert directory() == before
    said = text_of(page)
    assert "1 would be added, 1 changed, 1 left as they are" in said
    assert "New , member: new.example, xn--bcher-kva.example" in said
    assert "domains old.example → old.example, newer.example" in said
    assert "member no → yes" in said

    assert load(desk, page)["Location"] == LIST
    assert directory() == [
        ("CHANGED", "", "https://after.example/", ["old.example", "newer.example"], True),
        ("Kept", "As it is", "", ["kept.example"], False),
        ("New", "New Limited", "https://new.example", ["new.example", "xn--bcher-kva.example"], True),
    ]
    record = Record.objects.get(deed=Deed.LOADED)
    assert (record.actor, record.figures) == (olga, {"added": 1, "changed": 1, "left": 1})
    assert set(LogEntry.objects.values_list("object_repr", "change_message")) == {
        ("New", "Loaded from a file."),
        ("CHANGED", "Loaded from a file."),
    }
    assert Organisation.objects.get(name="New").slug == "new"


def test_each_faulty_line_is_told_by_its_number_and_nothing_may_be_loaded(desk):
    world.organisation("Holder", email_domains=["held.example"])
    assert faults_of(
        desk,
        HEADER
        + "Sound,,,sound.example,yes\n"
        + ",,,,\n"
        + "\n"
        + "A,,not a site,,no\n"
        + 'B,,,"no domain, ok.example",perhaps\n'
        + "C,,,held.example,no\n"
        + "sound,,,,no\n"
        + "D,,,sound.example,no\n"
        + "E,too,few\n"
        + "F\u202e,,,,no\n"
        + f"{'G' * 201},,,,no\n"
        + '"H\nI",,,,no\n'
        + ",Nameless,,,no\n"
        + "J,,,co.uk,no\n",
    ) == [
        "Line 5: website Enter a valid URL.",
        "Line 6: domains number 1 is no domain of one organisation, like example.org",
        "Line 6: member must be yes or no; this is 'perhaps'",
        "Line 7: held.example is a domain of Holder already",
        "Line 8: sound stands already on line 2",
        "Line 9: sound.example is a domain of Sound already",
        "Line 10: has 3 cells; the first line names 5 columns",
        "Line 11: name: This text holds a character that cannot be seen (U+202E). Type it anew instead of pasting it.",
        "Line 12: name Ensure this value has at most 200 characters (it has 201).",
        "Line 13: name must not contain a line break",
        "Line 15: name must not be empty",
        "Line 16: domains number 1 is no domain of one organisation, like example.org",
    ]
    assert Organisation.objects.count() == 1


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty"),
        (HEADER, "The file names no organisation."),
        (b"name\n\xff\xfe", "This is no text in UTF-8."),
        ("name\nA\n".encode("utf-16"), "This is no text in UTF-8."),
        ("title,member\nA,yes\n", "The first line must name the columns"),
        ("name,name\nA,B\n", "The first line must name the columns"),
        ("member\nyes\n", "The first line must name the columns"),
        ('name\n"A" B\n', "Line 2 cannot be read as CSV"),
        ('name\n"A\n', "cannot be read as CSV"),
        ("name\n" + "A" * 200_000, "cannot be read as CSV"),
        ("name\n" + "A\n" * 2_001, "The file has more than 2,000 lines."),
        ("name\n" + "\u00e4" * 150_000, "The file is larger than 256 kB."),
        ("name\nA\0B\n", "Line 2"),
    ],
    ids=range(13),
)
def test_a_file_that_cannot_be_read_is_refused_in_plain_words(desk, content, said):
    page = look_at(desk, content)
    assert page.status_code == 200
    assert said in text_of(page)
    assert not Organisation.objects.exists()


@pytest.mark.parametrize(
    "spelt", ["\ufeffname;domains;member\r\nBüro;büro.example;ja".replace("ja", "yes"), "Name\tMember\nBüro\ty"]
)
def test_files_as_spreadsheets_write_them(desk, spelt):
    load(desk, look_at(desk, spelt))
    made = Organisation.objects.get()
    assert (made.name, made.member) == ("Büro", True)


def test_a_column_that_the_file_does_not_have_is_left_as_it_is(desk):
    world.organisation("One", full_name="Full", website="https://one.example/", email_domains=["one.example"])
    load(desk, look_at(desk, "name,member\nOne,yes\n"))
    assert directory() == [("One", "Full", "https://one.example/", ["one.example"], True)]


def test_the_example_can_be_loaded(desk):
    answer = desk.get("/admin/agenda/organisation/example.csv")
    assert answer["Content-Disposition"] == 'attachment; filename="organisations-example.csv"'
    load(desk, look_at(desk, answer.content))
    assert [row[0] for row in directory()] == ["Example Hotline", "Example Platform"]


def test_what_was_looked_at_is_refused_once_the_directory_is_another(desk):
    """Two tabs, a double click, or somebody else meanwhile."""
    world.organisation("One")
    page = look_at(desk, "name,member\nOne,yes\nTwo,no\n")
    Organisation.objects.filter(name="One").update(full_name="Edited meanwhile")
    refused = load(desk, page)
    assert "Nothing was loaded: the directory is another than when you looked." in text_of(refused)
    assert directory() == [("One", "Edited meanwhile", "", [], False)]
    assert load(desk, refused).status_code == 302
    again = text_of(load(desk, refused))
    assert "Nothing was loaded" in again
    assert Record.objects.count() == 1


@pytest.mark.parametrize("odd", ["", "x", "gAAAAA==", "\u00e9"])
def test_what_was_not_looked_at_here_is_not_loaded(desk, odd):
    answer = desk.post(UPLOAD, {"looked_at": odd}, follow=True)
    assert "Nothing was loaded: the page was not complete." in text_of(answer)


def test_who_may_not_change_organisations_loads_none(desk):
    sealed = re.search(r'name="looked_at" value="([^"]+)"', look_at(desk, "name\nA\n").content.decode())[1]
    for permissions in (people.MODERATOR, ["view_organisation"], ["change_organisation", "view_organisation"]):
        browser = browser_of(
            people.organiser(f"o{len(permissions)}{permissions[0]}@techtrack.test", permissions=permissions)
        )
        assert browser.post(UPLOAD, {"looked_at": sealed}).status_code == 403
        assert look_at(browser, "name\nA\n").status_code == 403
        assert b"Load from a file" not in browser.get(LIST).content
    assert b"Load from a file" in desk.get(LIST).content
    assert not Organisation.objects.exists()


def test_looking_costs_one_query_however_many_lines():
    counts = []
    for size in (1, 400):
        content = ("name,domains\n" + "".join(f"O{size}-{n},d{size}-{n}.example\n" for n in range(size))).encode()
        with CaptureQueriesContext(connection) as found:
            organisations_file.plan(*organisations_file.read(content))
        counts.append(len(found))
    assert counts == [1, 1]


def test_the_list_shows_domains_and_finds_an_organisation_by_one(desk):
    world.organisation("One", email_domains=["one.example", "xn--bcher-kva.example"])
    world.organisation("Other", email_domains=["other.example"])
    said = text_of(desk.get(LIST))
    assert "one.example, bücher.example (xn--bcher-kva.example)" in said
    found = text_of(desk.get(f"{LIST}?q=BCHER-kva"))
    assert "1 organisation" in found
    assert "one.example" in found
    assert "other.example" not in found
