"""Where an address is from: the directory's domains, free mail, and what is thrown away."""

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from registration.domains import standings
from registration.free_mail import FREE_MAIL
from sessions.domains import from_narrow_to_wide, own_domain
from sessions.models import Organisation

from . import world
from .programme_files import Desk, programme

pytestmark = [pytest.mark.fast, pytest.mark.django_db]


def kinds(*domains):
    return [standing.kind for standing in standings(domains).values()]


def test_the_directory_says_who_is_a_member_and_who_is_known():
    member = world.organisation("Member", email_domains=["member.example", "xn--bcher-kva.example"], member=True)
    known = world.organisation("Known", email_domains=["known.example"])
    found = standings(["member.example", "known.example", "new.example", "gmail.com", "mailinator.com"])
    assert {domain: (one.kind, one.organisation) for domain, one in found.items()} == {
        "member.example": ("member", member),
        "known.example": ("known", known),
        "new.example": ("unknown", None),
        "gmail.com": ("free", None),
        "mailinator.com": ("disposable", None),
    }
    assert [one.label for one in found.values()] == [
        "Member, member of the Tech Coalition",
        "Known, no member",
        "in no organisation's list",
        "free mail: anybody has an address there",
        "disposable: an address there lives an hour",
    ]


def test_a_subdomain_is_its_organisations_and_the_narrowest_counts():
    world.organisation("Wide", email_domains=["example.co.uk"])
    world.organisation("Narrow", email_domains=["lab.example.co.uk"], member=True)
    assert kinds("mail.example.co.uk", "a.b.lab.example.co.uk", "notexample.co.uk", "other.co.uk", "co.uk") == [
        "known",
        "member",
        "unknown",
        "unknown",
        "unknown",
    ]
    assert kinds("corp.mail.ru", "x.mailinator.com") == ["unknown", "disposable"]  # a provider's own staff


def test_one_domain_in_any_spelling_is_one():
    """IDNA: look-alikes in another alphabet are others."""
    world.organisation("Bücher", email_domains=["xn--bcher-kva.example"], member=True)
    assert (
        kinds(
            "bücher.example", "BÜCHER.example", "xn--bcher-kva.example", "bu\u0308cher.example", "Mail.Bücher.Example."
        )
        == ["member"] * 5
    )
    assert (
        kinds("b\u00fccher.examp1e", "g\u043eogle.example", "", "-", "a b", "x" * 300, "\ud800.example")
        == ["unknown"] * 7
    )


def test_free_mail_stays_free_mail_whoever_lists_it_and_organisers_know_better_of_the_disposable():
    world.organisation("Odd", email_domains=["gmail.com", "mailinator.com"], member=True)
    assert kinds("gmail.com", "x.gmail.com", "mailinator.com") == ["free", "unknown", "member"]


def test_a_public_suffix_is_no_organisations():
    """Below these names anybody may register one."""
    for suffix in ("co.uk", "github.io", "com.br", "xn--p1ai.", "s3.amazonaws.com"):
        with pytest.raises(ValidationError):
            own_domain(suffix)
    Organisation.objects.bulk_create([Organisation(name="Odd", email_domains=["github.io", "co.uk"])])
    assert kinds("github.io", "somebody.github.io", "co.uk", "example.co.uk") == ["unknown"] * 4
    assert from_narrow_to_wide("a.b.example.co.uk") == ["a.b.example.co.uk", "b.example.co.uk", "example.co.uk"]


def test_however_many_domains_are_one_query():
    for number in range(30):
        world.organisation(f"Org {number}", email_domains=[f"d{number}.example"])
    for count in (1, 500):
        with CaptureQueriesContext(connection) as found:
            assert len(standings([f"mail.d{number}.example" for number in range(count)])) == count
        assert len(found) == 1


def test_our_list_of_free_mail_holds_domains_in_the_form_they_are_compared_in():
    assert all(own_domain(domain) == domain for domain in FREE_MAIL)
    assert len(FREE_MAIL) > 200


ADD = "/admin/agenda/organisation/add/"


def test_a_domain_is_one_organisations_in_admin(desk):
    desk.post(ADD, {"name": "First", "email_domains": "example.org"})
    page = desk.post(ADD, {"name": "Second", "email_domains": "new.example\nEXAMPLE.org"}).content.decode()
    assert "example.org is a domain of First already." in page
    assert "new.example" in page  # what was typed is kept
    assert (
        "co.uk belongs to no one organisation"
        in desk.post(ADD, {"name": "UK", "email_domains": "co.uk"}).content.decode()
    )
    first = Organisation.objects.get()
    desk.post(f"/admin/agenda/organisation/{first.pk}/change/", {"name": "Renamed", "email_domains": "example.org"})
    assert Organisation.objects.get().name == "Renamed"  # its own are no obstacle


def test_a_domain_is_one_organisations_in_a_programme_file(tmp_path):
    world.organisation("Thorn", email_domains=["thorn.test"])
    world.organisation("Meta", email_domains=["meta.test"])
    files = Desk(tmp_path)
    data = programme() | {
        "organisations": [
            {"name": "New", "email_domains": ["thorn.test", "new.test"]},
            {"name": "Newer", "email_domains": ["co.uk", "new.test"]},
        ]
    }
    assert files.faults(data) == [
        "organisations[1].email_domains: number 1 is no domain of one organisation, like example.org",
        "organisations[0].email_domains: number 1 is a domain of Thorn already",
    ]
    data["organisations"][1]["email_domains"] = ["new.test"]
    assert "organisations[1].email_domains: number 1 is a domain of New already" in files.faults(data)
    moved = programme() | {
        "organisations": [
            {"name": "Meta", "email_domains": ["thorn.test"]},
            {"name": "Thorn", "email_domains": ["meta.test"]},
        ]
    }
    files.load(moved)
    assert dict(Organisation.objects.values_list("name", "email_domains")) == {
        "Meta": ["thorn.test"],
        "Thorn": ["meta.test"],
    }
