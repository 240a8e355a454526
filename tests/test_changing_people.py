"""What administrators change of people: no page that has grown old gives anything back, and nobody moves unseen."""

import pytest
from django.contrib.auth.models import Group, Permission

from registration import roles
from registration.mail.letters import letter
from registration.models import AccessRequest, Alarm, Mail

from . import people, world
from .people import browser_of, organiser, person
from .steps import seen_on, sign_in

pytestmark = [pytest.mark.fast, pytest.mark.django_db]


def page_of(user):
    return f"/admin/registration/user/{user.pk}/change/"


def form_of(user, **changes):
    ticked = {name: "on" for name in ("is_active", "is_staff", "is_superuser") if getattr(user, name)}
    rows = {name: [row.pk for row in getattr(user, name).all()] for name in ("groups", "user_permissions")}
    form = {"email": user.email, "name": user.name} | ticked | rows | changes
    return {name: value for name, value in form.items() if value is not None}


@pytest.fixture
def boss():
    return organiser()


@pytest.fixture
def desk(boss):
    return browser_of(boss)


def closed(user):
    user.is_active = False


def no_organiser(user):
    user.is_staff = False


def no_administrator(user):
    user.is_superuser = False


def without_permissions(user):
    user.user_permissions.clear()


def without_groups(user):
    user.groups.clear()


@pytest.mark.parametrize("taken", [closed, no_organiser, no_administrator, without_permissions, without_groups])
def test_a_page_from_before_something_was_taken_gives_nothing_back(desk, taken):
    """RACE-02, for people."""
    other = organiser("otto@techtrack.test", name="Otto")
    other.groups.add(Group.objects.create(name="moderators"))
    other.user_permissions.add(Permission.objects.get(codename="decide_accessrequest"))
    old = form_of(other) | seen_on(desk, page_of(other))
    taken(other)
    other.save()
    now = form_of(other)
    refused = desk.post(page_of(other), old | {"name": "O."})
    assert refused.status_code == 200
    assert "after you opened this page" in refused.content.decode()
    other = type(other).objects.get(pk=other.pk)
    assert form_of(other) == now
    assert desk.post(page_of(other), now | seen_on(desk, page_of(other)) | {"name": "O."}).status_code == 302


def test_an_approval_does_not_go_along_to_another_address(desk, boss):
    """SI-17: an organiser who may change people, and not decide, would let in whom they like."""
    event = world.event()
    secret = world.private_part(event, world.Canaries()).sessions.first().get_absolute_url()
    guest = people.approved("guest@example.com", event, by=boss)
    helper = organiser("hal@techtrack.test", permissions=["view_user", "change_user"], name="Hal")
    desk = browser_of(helper)
    form = {"email": "eve@evil.example", "name": "", "is_active": "on"} | seen_on(desk, page_of(guest))
    assert desk.post(page_of(guest), form).status_code == 302
    eve = people.Browser()
    sign_in(eve, "eve@evil.example")
    assert eve.get(secret).status_code == 404
    assert b"to be confirmed" in eve.get("/register/status/").content
    AccessRequest.objects.get().confirm(by=boss)
    assert eve.get(secret).status_code == 200


@pytest.mark.parametrize(
    ("before", "in_bulk"),
    [("pending", False), ("waiting", False), ("declined", False), ("pending", True), ("waiting", True)],
)
def test_a_decision_is_not_taken_for_an_address_that_its_page_did_not_show(before, in_bulk):
    """RACE-02: who may change people, and not decide, would have another's page let in whom they like."""
    moderator = organiser("mo@techtrack.test", permissions=people.MODERATOR, name="Mo")
    helper = organiser("hal@techtrack.test", permissions=["view_user", "change_user"], name="Hal")
    kate = person("kate@platform.example")
    request = people.ask(kate, world.event())
    if before != "pending":
        {"waiting": request.wait, "declined": request.decline}[before](by=moderator)
    step = "reopen" if before == "declined" else "approve"
    shown = request.version  # as the moderator's page has it
    desk = browser_of(helper)
    desk.post(page_of(kate), form_of(kate, email="eve@evil.example") | seen_on(desk, page_of(kate)))
    page = "/admin/registration/accessrequest/"
    if in_bulk:
        browser_of(moderator).post(f"{page}decide/", {"line": f"{request.pk}:{shown}", "step": step})
    else:
        answer = browser_of(moderator).post(f"{page}{request.pk}/decide/", {"version": shown, "step": step})
        assert b"evil.example" in answer.content  # refused, and shown as it is now
    request.refresh_from_db()
    assert (request.state, request.person.email) == (before, "eve@evil.example")


def test_the_address_before_is_told_and_learns_no_other(desk, boss):
    guest = people.approved("guest@example.com", world.event(), by=boss)
    desk.post(page_of(guest), form_of(guest, email="new@example.com") | seen_on(desk, page_of(guest)))
    mail = Mail.objects.get(purpose="address-changed")
    assert mail.recipient == "guest@example.com"
    message = letter(mail)
    assert "changed the address" in message.body
    assert "new@example.com" not in str(message.message())


def test_an_address_that_nobody_proved_is_told_nothing(desk):
    typed = person("typed@example.com", proven=False)
    desk.post(page_of(typed), form_of(typed, email="right@example.com") | seen_on(desk, page_of(typed)))
    assert not Mail.objects.filter(purpose="address-changed").exists()


def test_administrators_hear_of_another_address_and_of_a_new_administrator(desk, boss):
    """One administrator alone must not become another unseen, by their address and a lost device."""
    other = organiser("otto@techtrack.test", permissions=["view_accessrequest"], name="Otto")
    third = organiser("third@techtrack.test")
    desk.post(page_of(other), form_of(other, is_superuser="on") | seen_on(desk, page_of(other)))
    assert Alarm.objects.filter(cause="alarm-administrator").exists()
    other.refresh_from_db()
    desk.post(page_of(other), form_of(other, email="eve@evil.example") | seen_on(desk, page_of(other)))
    told = Mail.objects.filter(purpose="alarm-address").values_list("recipient", flat=True)
    assert {boss.email, third.email} <= set(told)
    assert Mail.objects.get(purpose="address-changed").recipient == "otto@techtrack.test"


def test_two_people_who_look_alike_are_told_apart(desk):
    """Whoever is made an organiser is picked from this list, and signed in with any address they liked."""
    olga, twin = person("olga@example.com"), person("olga@ехample.com")  # the second begins in Cyrillic
    page = desk.get("/admin/registration/user/?q=olga@").content.decode()
    assert "olga@ехample.com (xn--" in page
    assert (str(olga), str(twin)) == ("olga@example.com", f"olga@ехample.com ({twin.email_domain})")


def with_permissions_on_groups(user):
    user.user_permissions.add(*Permission.objects.filter(content_type__app_label="auth"))
    return user


def test_who_may_change_groups_gives_nobody_more_than_they_may():
    group = Group.objects.create(name="helpers")
    helper = with_permissions_on_groups(organiser("hal@techtrack.test", permissions=["view_user"], name="Hal"))
    helper.groups.add(group)
    browser = browser_of(helper)
    decide = Permission.objects.get(codename="decide_accessrequest")
    form = {"name": "helpers", "permissions": [decide.pk]}
    assert browser.get(f"/admin/auth/group/{group.pk}/change/").status_code == 200
    for end in (f"{group.pk}/change/", "add/", f"{group.pk}/delete/"):
        assert browser.post(f"/admin/auth/group/{end}", form).status_code == 403
    assert (Group.objects.get(name="helpers"), group.permissions.count()) == (group, 0)
    assert set(Group.objects.values_list("name", flat=True)) == {"helpers", *roles.PERMISSIONS}


def test_an_administrator_changes_groups(desk):
    group = Group.objects.create(name="helpers")
    decide = Permission.objects.get(codename="decide_accessrequest")
    form = {"name": "moderators", "permissions": [decide.pk]}
    assert desk.post(f"/admin/auth/group/{group.pk}/change/", form).status_code == 302
    assert group.permissions.get() == decide


def test_who_may_decide_and_not_see_sees_nothing_by_deciding():
    request = people.ask(person("ada@example.com"), world.event())
    blind = browser_of(organiser("hal@techtrack.test", permissions=["decide_accessrequest"]))
    for step, version in (("approve", 99), ("approve", request.version)):
        answer = blind.post(
            f"/admin/registration/accessrequest/{request.pk}/decide/", {"step": step, "version": version}
        )
        assert answer.status_code == 403
        assert b"Ada Applicant" not in answer.content
    answer = blind.post("/admin/registration/accessrequest/decide/", {"line": f"{request.pk}:1", "step": "approve"})
    assert answer.status_code == 403
    request.refresh_from_db()
    assert request.state == "pending"
