"""ADM-03: a thousand tries to sign in as organisers, from one address and from a hundred."""

from datetime import timedelta

import pytest

from registration import watching
from registration.mail.letters import letter
from registration.models import Mail
from registration.sign_in import codes, known_browsers

from . import people
from .figures import report, rounds
from .people import Browser
from .steps import LOGIN, ask_for_code, is_signed_in, newest_code, sign_in, type_code

pytestmark = [pytest.mark.fast, pytest.mark.slow, pytest.mark.django_db(transaction=True)]

ORGANISERS = ("olga@techtrack.test", "otto@techtrack.test")


def told(person):
    return Mail.objects.filter(person=person, purpose=Mail.CODES_USED_UP).count()


def flood(tries, addresses):
    """Strangers ask for codes and type a wrong one each time; returns how many of each status there were."""
    statuses = {}
    for number in range(tries):
        stranger = Browser(REMOTE_ADDR=f"198.51.100.{number % addresses}")
        asked = stranger.post(LOGIN, {"email": ORGANISERS[number % 2], "next": "/admin/"})
        statuses[asked.status_code] = statuses.get(asked.status_code, 0) + 1
        if asked.status_code == 302:
            assert type_code(stranger, "BBBB-BBBB").status_code == 200
            assert not is_signed_in(stranger)
    return statuses


@pytest.mark.parametrize("addresses", [1, 100])
def test_a_thousand_tries_on_organisers_are_limited_and_told_and_lock_nobody_out(addresses):
    """ADM-03. The organiser signs in, in the midst of it, where they have signed in before."""
    olga, otto = (people.organiser(email) for email in ORGANISERS)
    home = Browser()
    sign_in(home, olga.email, "/")
    home.post("/account/logout/")
    before = Mail.objects.filter(purpose=Mail.SIGN_IN_CODE).count()
    tries = rounds(60, of_hundred=1000)
    statuses = flood(tries, addresses)
    mails = Mail.objects.filter(purpose=Mail.SIGN_IN_CODE).count() - before
    assert set(statuses) == {302, 429}
    assert mails == statuses[302] <= 2 * codes.MAILS_AN_HOUR
    for _ in range(2):
        watching.look()
    assert (told(olga), told(otto)) == (1, 1)
    sign_in(home, olga.email, "/")
    assert is_signed_in(home)
    report(
        f"ADM-03 tries to sign in as organisers from {addresses} addresses",
        tries=tries,
        limited=statuses[429],
        codes_mailed=mails,
        organisers_told=2,
        locked_out=0,
    )


def test_an_organiser_is_told_once_a_day_and_nobody_else_is():
    olga, ada = people.organiser(ORGANISERS[0]), people.person("ada@example.com")
    for number in range(codes.MAILS_AN_HOUR):
        watching.look()
        assert told(olga) == 0, number
        ask_for_code(Browser(), olga.email)
        ask_for_code(Browser(), ada.email)
    the_first = Mail.objects.filter(person=olga, purpose=Mail.SIGN_IN_CODE).last()
    age(the_first, minutes=61)
    watching.look()
    assert told(olga) == 0  # ten, but not within an hour
    ask_for_code(Browser(), olga.email)
    watching.look()
    watching.look()
    assert (told(olga), told(ada)) == (1, 0)
    age(Mail.objects.get(purpose=Mail.CODES_USED_UP), hours=23)
    watching.look()
    assert told(olga) == 1
    age(Mail.objects.get(purpose=Mail.CODES_USED_UP), hours=2)
    watching.look()
    assert told(olga) == 2


def age(mail, **by):
    Mail.objects.filter(pk=mail.pk).update(created_at=mail.created_at - timedelta(**by))


def test_the_mail_says_what_happened_and_holds_no_code():
    olga = people.organiser(ORGANISERS[0])
    for _ in range(codes.MAILS_AN_HOUR):
        ask_for_code(Browser(), olga.email)
    code = newest_code(olga.email)
    watching.look()
    message = letter(Mail.objects.get(purpose=Mail.CODES_USED_UP))
    assert message.to == [olga.email]
    assert "asked 10 times for a code" in message.body
    assert "not locked out" in message.body
    assert code not in message.body + message.alternatives[0][0]


def test_where_known_browsers_have_no_codes_of_their_own_the_flood_locks_the_organiser_out(monkeypatch):
    """The control."""
    monkeypatch.setattr(known_browsers, "_name_in", lambda request, person: "")
    olga, home = people.organiser(ORGANISERS[0]), Browser()
    people.organiser(ORGANISERS[1])
    sign_in(home, olga.email, "/")
    home.post("/account/logout/")
    flood(2 * codes.MAILS_AN_HOUR, 1)
    assert ask_for_code(home, olga.email).status_code == 429
