"""Passes: what their code holds, for how long it lets somebody in, and the page that is held up at the door."""

import re
from importlib import import_module
from io import BytesIO

import pytest
from django.apps import apps
from django.conf import settings
from django.db import IntegrityError, connection, transaction
from PIL import Image

from cacc_techtrack.backup import cuts
from registration import deciding_many, forgetting
from registration.models import AccessRequest, Confirmation, Mail, Pass, RulesAcceptance, User, passes
from registration.passes import picture
from sessions.models import Event

from . import people, qr_codes, world
from .people import Browser, browser_of

pytestmark = [pytest.mark.fast, pytest.mark.django_db]

PAGE, PICTURE, STATUS = "/register/pass/", "/register/pass/picture.png", "/register/status/"
CODE = re.compile(r"\b[0-9A-Z]{4}(?:-[0-9A-Z]{4}){3}\b")


@pytest.fixture
def made():
    return world.World()


@pytest.fixture
def own(made):
    return made.requests["guest"].entry_pass


def page_of(browser, address=PAGE):
    answer = browser.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


# What the code holds (QR-01)


def test_the_code_is_worked_out_and_stands_nowhere(made, own):
    """QR-01: a random id, and fifty bits over it and the generation; no name, no number."""
    assert passes.SHAPE.fullmatch(own.token)
    assert own.token.startswith(own.public_id)
    assert own.address == f"{settings.SITE_URL}/pass/{own.token}/"
    assert own.code.replace("-", "") == own.token
    assert own.token == Pass.objects.get(pk=own.pk).token  # the same at each look
    proof = own.token[passes.PUBLIC :]
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")  # noqa: S608  # the database named it
            rows = repr(cursor.fetchall())
            assert proof not in rows
            assert own.code not in rows
    assert own.public_id in repr(list(Pass.objects.values_list()))  # the control: this is how one is found


def test_it_comes_of_the_secret_the_id_and_the_generation(own, settings):
    tokens = {own.token}
    for name, value in (("generation", 2), ("public_id", "0" * 6)):
        tokens.add(Pass(**{"public_id": own.public_id, "generation": own.generation} | {name: value}).token)
    settings.SECRET_KEY = "another" * 10
    tokens.add(own.token)
    assert len({token[passes.PUBLIC :] for token in tokens}) == 4
    assert Pass.objects.behind(max(tokens - {own.token})) is None


@pytest.mark.parametrize(
    "typed",
    [
        lambda code: code,
        lambda code: code.lower(),
        lambda code: f"  {code.replace('-', ' ')} ",
        lambda code: code.replace("-", "–"),
        lambda code: code.replace("1", "l").replace("0", "O"),
        lambda code: code.replace("1", "I").replace("0", "o"),
    ],
)
def test_it_is_read_however_people_write_it(own, typed):
    Pass.objects.filter(pk=own.pk).update(public_id="A10B01")
    own.refresh_from_db()
    assert Pass.objects.behind(typed(own.code)) == own


NO_TOKENS = ["", "A" * 15, "A" * 17, "U" * 16, "ſ" * 16, "٣" * 16, "A" * 43, "\0" * 16, "A" * 100_000, "%s" * 8]


@pytest.mark.parametrize("typed", NO_TOKENS, ids=range(len(NO_TOKENS)))
def test_what_has_not_its_shape_asks_no_database(typed, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert Pass.objects.behind(typed) is None
        assert Pass.objects.at_door(typed) is None


def altered(token):
    """The token with one bit of it altered, each bit in its turn."""
    for place, letter in enumerate(token):
        for bit in range(5):
            other = passes.LETTERS[passes.LETTERS.index(letter) ^ 1 << bit]
            yield token[:place] + other + token[place + 1 :]


def test_one_bit_altered_opens_nothing(own):
    """QR-04."""
    assert Pass.objects.behind(own.token) == own
    assert {Pass.objects.behind(token) for token in altered(own.token)} == {None}


def test_a_code_that_is_not_compared_is_found(own, monkeypatch):
    """The control."""
    monkeypatch.setattr(passes, "constant_time_compare", lambda one, other: True)
    assert own in {Pass.objects.behind(token) for token in altered(own.token)}


def test_the_door_calls_it_by_a_name_that_opens_nothing(own):
    assert Pass.objects.at_door(own.door_id) == own
    assert Pass.objects.behind(own.door_id) is None
    assert Pass.objects.at_door(own.token) is None
    assert own.token.lower() not in own.door_id


def test_no_two_are_called_the_same(made, own):
    other = made.requests["guest of another edition"].entry_pass
    for name in ("public_id", "door_id", "request_id"):
        with pytest.raises(IntegrityError), transaction.atomic():
            Pass.objects.filter(pk=other.pk).update(**{name: getattr(own, name)})


# For how long it lets somebody in (QR-04, G-05, G-06)


def _boss(made):
    return made.people["administrator"]


def _renew(made):
    made.browsers["guest"].post(PAGE, {"step": "renew", "sure": "yes"})


def _forget(made):
    with transaction.atomic():
        forgetting.blank(made.people["guest"])


def _restore(made):
    with connection.cursor() as cursor:
        for statement in cuts.for_tables(cuts.ON_RESTORE, connection.introspection.table_names()):
            cursor.execute(statement)


WAYS_OUT = {
    "renewed": _renew,
    "revoked": lambda made: made.requests["guest"].revoke(by=_boss(made)),
    "on the waiting list": lambda made: made.requests["guest"].wait(by=_boss(made)),
    "put back to pending": lambda made: made.requests["guest"].reopen(by=_boss(made)),
    "withdrawn": lambda made: made.requests["guest"].withdraw(by=made.people["guest"]),
    "closed": lambda made: User.objects.filter(pk=made.people["guest"].pk).update(is_active=False),
    "another address": lambda made: made.people["guest"].change_email("new@example.com"),
    "forgotten": _forget,
    "deleted": lambda made: Pass.objects.all().delete(),
    "archived": lambda made: Event.objects.filter(pk=made.event.pk).update(archived=True),
    "another event is the current one": lambda made: made.earlier.make_current(),
    "restored": _restore,
    "to confirm": lambda made: AccessRequest.objects.filter(pk=made.requests["guest"].pk).update(to_confirm=True),
    "not agreed to the rules": lambda made: RulesAcceptance.objects.filter(person=made.people["guest"]).delete(),
}


@pytest.mark.parametrize("way", WAYS_OUT)
def test_a_pass_dies_with_what_it_stands_for(made, own, way):
    """QR-04, G-05, G-06: at the next look, by its letters and by the name that the door has for it."""
    token, door_id = own.token, own.door_id
    assert Pass.objects.behind(token) == Pass.objects.at_door(door_id) == own  # the control
    WAYS_OUT[way](made)
    assert Pass.objects.behind(token) is None
    assert Pass.objects.at_door(door_id) is None
    browser = browser_of(made.people["guest"])
    assert token.encode() not in browser.get(PAGE).content
    assert browser.get(PICTURE).get("Content-Type") != "image/png" or way == "renewed"


def test_a_pass_that_the_gate_does_not_look_at_is_found(made, own, monkeypatch):
    """The control."""
    monkeypatch.setattr(type(AccessRequest.objects.all()), "admitting", lambda rows: rows.all())
    AccessRequest.objects.filter(pk=made.requests["guest"].pk).update(to_confirm=True)
    assert Pass.objects.behind(own.token) == own


def test_whoever_is_let_in_again_gets_another(made, own):
    dead, boss, request = own.token, _boss(made), made.requests["guest"]
    request.revoke(by=boss)
    request.reopen(by=boss)
    assert not Pass.objects.filter(request=request).exists()
    request.approve(by=boss)
    again = Pass.objects.get(request=request)
    assert Pass.objects.behind(again.token) == again
    assert Pass.objects.behind(dead) is None


def test_one_that_is_confirmed_gets_another(made, own):
    dead, request = own.token, made.requests["guest"]
    _restore(made)
    assert not Pass.objects.exists()
    request.confirm(by=_boss(made))
    assert Confirmation.objects.filter(request=request).exists()
    again = Pass.objects.get(request=request)
    assert Pass.objects.behind(again.token) == again
    assert again.token != dead


def test_each_of_many_gets_one_by_one_statement(made, django_assert_max_num_queries):
    event = made.event
    requests = [people.ask(people.person(f"p{number}@corp.example"), event) for number in range(6)]
    with django_assert_max_num_queries(1):
        Pass.objects.make_for(requests)
    assert Pass.objects.filter(request__in=requests).count() == 6
    before = dict(Pass.objects.values_list("request", "public_id"))
    Pass.objects.make_for(requests)  # again: those there are stay
    assert dict(Pass.objects.values_list("request", "public_id")) == before


def test_who_was_approved_before_there_were_passes_has_one(made):
    """By the migration: not who is to be confirmed, nor anybody else."""
    Pass.objects.all().delete()
    AccessRequest.objects.filter(pk=made.requests["guest of another edition"].pk).update(to_confirm=True)
    migration = import_module("registration.migrations.0030_passes")
    migration.make_for_those_approved(apps, None)
    approved = AccessRequest.objects.filter(state="approved", to_confirm=False)
    assert set(Pass.objects.values_list("request", flat=True)) == {one.pk for one in approved}
    found = Pass.objects.get(request=made.requests["guest"])
    assert Pass.objects.behind(found.token) == found


def test_a_pass_is_no_calendar_address_nor_the_other_way(made, own):
    """CAL-03."""
    feed = made.tokens["guest"]
    nothing = Browser().get(f"/cal/{'A' * 43}/agenda.ics")
    for token in (own.token, own.code, own.door_id):
        got = Browser().get(f"/cal/{token}/agenda.ics")
        assert (got.status_code, got.content) == (nothing.status_code, nothing.content) == (404, b"Not found.\n")
    assert Browser().get(f"/cal/{feed}/agenda.ics").status_code == 200  # the control
    assert Pass.objects.behind(feed) is None
    assert Pass.objects.at_door(feed) is None
    as_cookie = Browser()
    as_cookie.cookies["__Host-sessionid"] = own.token
    for address in (PAGE, PICTURE, STATUS, made.secret.get_absolute_url()):
        assert as_cookie.get(address).status_code in {302, 404}
        assert Browser().get(address, {"token": own.token}).status_code in {302, 404}


# The page


def test_a_guest_holds_up_the_page(made, own):
    guest = made.browsers["guest"]
    assert PAGE in page_of(guest, STATUS)
    page = page_of(guest)
    request = made.requests["guest"]
    for words in (request.full_name, request.organisation, str(made.event), own.code):
        assert words in page
    assert "TLP" not in page
    assert '<svg viewBox="0 0 ' in page
    assert "data:" not in page
    assert "style=" not in page
    assert guest.get(PAGE)["Cache-Control"] == "private, no-store"
    assert page.count("<bdi>") == 2


def test_the_picture_is_read_by_a_camera(made, own):
    answer = made.browsers["guest"].get(PICTURE)
    assert answer["Content-Type"] == "image/png"
    assert answer["Content-Disposition"] == 'attachment; filename="pass.png"'
    assert answer["Cache-Control"] == "private, no-store"
    assert qr_codes.read(answer.content) == [own.address]


NAMES = ["Łukasz Żółć", "王小明", "Ñandú O’Neill", "A" * 200, "Ada " * 40, "محمد", "שלום", "\U0001f600", ""]


@pytest.mark.parametrize("name", NAMES, ids=range(len(NAMES)))
def test_the_picture_is_made_for_every_name(own, name):
    own.request.full_name = name
    drawn = picture.png(own)
    assert qr_codes.read(drawn) == [own.address]
    own.request.full_name = ""
    without = Image.open(BytesIO(picture.png(own))).height
    assert (Image.open(BytesIO(drawn)).height > without) == bool(name and picture.font_for(name))


def test_the_picture_shows_the_names_it_promises():
    assert all(picture.font_for(name) for name in NAMES[:5])


def test_part_of_the_code_may_be_scratched(own):
    """A cracked screen: a stripe through it."""
    drawn = Image.open(BytesIO(picture.png(own))).convert("L")
    (left, top, right, bottom) = drawn.getbbox()
    for x in range(left, right):
        for line in range(14):
            drawn.putpixel((x, round(top + (bottom - top) * 0.6) + line), 255)
    file = BytesIO()
    drawn.save(file, "PNG")
    assert qr_codes.read(file.getvalue()) == [own.address]


def test_renewing_asks_first_and_kills_the_old_one(made, own):
    guest, dead, door_id = made.browsers["guest"], own.token, own.door_id
    asked = guest.post(PAGE, {"step": "renew"})
    assert "Make a new pass?" in asked.content.decode()
    assert Pass.objects.behind(dead) == own  # nothing happened yet
    guest.post(PAGE, {"step": "renew", "sure": "yes"})
    own.refresh_from_db()
    assert (own.generation, own.token != dead, own.door_id != door_id) == (2, True, True)
    assert Pass.objects.behind(dead) is None
    assert Pass.objects.behind(own.token) == own
    page = page_of(guest)
    assert own.code in page
    assert "opens nothing any more" in page


def test_looking_makes_and_renews_nothing(made, own):
    before = list(Pass.objects.order_by("pk").values())
    guest = made.browsers["guest"]
    for address in (PAGE, f"{PAGE}?step=renew&sure=yes", PICTURE, STATUS):
        guest.get(address)
        guest.head(address)
    guest.post(PAGE, {"step": "else", "sure": "yes"})
    guest.post(PAGE, {"step": "make"})  # has one
    assert list(Pass.objects.order_by("pk").values()) == before


def test_a_guest_without_one_makes_it(made):
    Pass.objects.all().delete()
    guest = made.browsers["guest"]
    assert "Make my pass" in page_of(guest)
    assert guest.get(PICTURE).status_code == 302
    guest.post(PAGE, {"step": "make"})
    assert Pass.objects.get().code in page_of(guest)


SAID = {
    "signed in": "you have none",
    "applicant": "once they have approved it",
    "waiting": "you are on the waiting list",
    "declined": "you have none",
    "withdrawn": "you have none",
    "revoked": "you have none",
    "entered by hand": "as soon as you have agreed",
    "invited": "you have none",
    "guest of another edition": "you have none",
    "administrator": "you have none",
}


@pytest.mark.parametrize("role", SAID)
def test_who_has_none_is_told_why(made, role):
    page = page_of(made.browsers[role])
    assert SAID[role] in page
    assert not CODE.search(page)
    browser = made.browsers[role]
    browser.post(PAGE, {"step": "make"})
    browser.post(PAGE, {"step": "renew", "sure": "yes"})
    assert SAID[role] in page_of(browser)


def test_when_it_is_over_or_to_be_confirmed_that_is_said(made):
    guest = made.browsers["guest"]
    AccessRequest.objects.filter(pk=made.requests["guest"].pk).update(to_confirm=True)
    assert "to be confirmed" in page_of(guest)
    Event.objects.filter(pk=made.event.pk).update(archived=True)
    assert "is over, and its passes with it" in page_of(guest)


# The mail


@pytest.mark.parametrize(("language", "address"), [("en", "/register/pass/"), ("es", "/es/register/pass/")])
def test_the_approval_leads_to_it_and_carries_no_token(made, language, address):
    from registration.mail.letters import letter

    request = made.requests["applicant"]
    User.objects.filter(pk=request.person_id).update(language=language)
    request.approve(by=_boss(made))
    written = letter(Mail.objects.filter(purpose="approved").latest("pk"))
    bodies = [written.body, written.alternatives[0][0]]
    entry = Pass.objects.get(request=request)
    for body in bodies:
        assert f"{settings.SITE_URL}{address}" in body
        assert entry.public_id not in body
        assert entry.token[passes.PUBLIC :] not in body


def test_many_approved_or_confirmed_at_once_have_one_each(made):
    found = [made.requests["applicant"], made.requests["waiting"]]
    versions = {one.pk: AccessRequest.objects.get(pk=one.pk).version for one in found}
    assert deciding_many.decide_together({found[0].pk: versions[found[0].pk]}, "approved", by=_boss(made)) == {}
    found[1].approve(by=_boss(made))
    assert Pass.objects.filter(request__in=found).count() == 2
    _restore(made)
    approved = dict(AccessRequest.objects.filter(state="approved").values_list("pk", "version"))
    assert deciding_many.confirm_together(approved, by=_boss(made)) == {}
    assert set(Pass.objects.values_list("request", flat=True)) == set(approved)
