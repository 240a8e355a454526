"""What the database takes for the domain and the mailbox of an address is what ``addresses.py`` takes for it."""

import pytest

from registration.addresses import domain_of, mailbox_of
from registration.models import AccessRequest, User
from registration.models.address_parts import DomainOf, MailboxOf

from . import people

pytestmark = [pytest.mark.fast, pytest.mark.django_db]

ADDRESSES = [
    "ada@example.com",
    "a.d.a@example.com",
    "ada+talk@example.com",
    "a.d.a+x+y.z@mail.example.co.uk",
    "+ada@example.com",
    "+.a+b@example.com",
    ".@example.com",
    "a@xn--bcher-kva.example",
    "ada@example+mail.example",
    "forgotten-7",
    "no.at+sign",
    "@",
    "",
]


@pytest.mark.parametrize("address", ADDRESSES)
def test_both_say_the_same(db, address):
    people.person("somebody@example.com")
    User.objects.update(email=address)
    said = User.objects.values_list(DomainOf("email"), MailboxOf("email")).get()
    assert said == (domain_of(address), mailbox_of(address))


def test_requests_are_found_by_either(event):
    for address in ("a.da+1@example.com", "ada@example.org"):
        people.ask(people.person(address), event)
    assert [one.person.email for one in AccessRequest.objects.at_mailboxes({"ada@example.com"})] == [
        "a.da+1@example.com"
    ]
    assert [one.domain for one in AccessRequest.objects.with_domain().order_by("pk")] == ["example.com", "example.org"]
