"""P-11: what a restore brings back opens nothing until an organiser has confirmed it."""

import pytest

from registration.models import AccessRequest, Mail

from . import people, world
from .people import browser_of

pytestmark = [pytest.mark.fast, pytest.mark.django_db(transaction=True)]


def restored(event, boss, address="guest@example.com"):
    guest = people.approved(address, event, by=boss)
    AccessRequest.objects.filter(person=guest).update(to_confirm=True)
    return guest


def may_read(guest, event):
    return AccessRequest.objects.opening(guest, event).exists()


def test_a_restored_approval_opens_nothing_until_it_is_confirmed():
    event, boss = world.event(), people.organiser()
    secret = world.private_part(event, world.Canaries(), count=1).sessions.get()
    guest = restored(event, boss)
    browser, desk = browser_of(guest), browser_of(boss)
    request = AccessRequest.objects.get()
    assert browser.get(f"/sessions/{secret.slug}/").status_code == 404
    assert "Organisers are looking" in browser.get("/register/status/").content.decode()
    mails = Mail.objects.count()

    listed = desk.get("/admin/registration/accessrequest/?state=all&to_confirm__exact=1").content.decode()
    assert "approved, to confirm" in listed
    chosen = {"action": "confirm_selected", "_selected_action": [request.pk], "index": 0}
    page = desk.post("/admin/registration/accessrequest/?state=all", chosen).content.decode()
    assert "Confirm: 1" in page
    form = {"step": "confirm", "line": f"{request.pk}:{request.version}", "reason": "looked it up", "words": ""}
    assert desk.post("/admin/registration/accessrequest/decide/", form).status_code == 302

    assert browser.get(f"/sessions/{secret.slug}/").status_code == 200
    confirmation = request.confirmations.get()
    assert (confirmation.actor, confirmation.actor_name, confirmation.reason) == (boss, "Olga", "looked it up")
    assert Mail.objects.count() == mails
    assert (
        "Confirmed after a backup"
        in desk.get(f"/admin/registration/accessrequest/{request.pk}/change/").content.decode()
    )
    again = desk.post("/admin/registration/accessrequest/decide/", form, follow=True).content.decode()
    assert "Decided already: 1" in again
    assert request.confirmations.count() == 1


def test_who_may_not_decide_confirms_nothing():
    event, boss = world.event(), people.organiser()
    guest = restored(event, boss)
    request = AccessRequest.objects.get()
    viewer = browser_of(people.organiser("vera@techtrack.test", permissions=people.VIEWER))
    form = {"step": "confirm", "line": f"{request.pk}:{request.version}"}
    assert viewer.post("/admin/registration/accessrequest/decide/", form).status_code == 403
    assert not may_read(guest, event)


def test_approved_anew_is_approved_and_revoked_is_revoked():
    event, boss = world.event(), people.organiser()
    guest, other = restored(event, boss), restored(event, boss, "other@example.com")
    AccessRequest.objects.get(person=other).revoke(by=boss)
    assert not may_read(other, event)
    for verb in ("revoke", "reopen", "approve"):
        getattr(AccessRequest.objects.get(person=guest), verb)(by=boss)
    assert may_read(guest, event)


def test_a_confirmation_is_never_changed_or_deleted():
    event, boss = world.event(), people.organiser()
    restored(event, boss)
    confirmation = AccessRequest.objects.get().confirm(by=boss)
    for change in (confirmation.save, confirmation.delete, type(confirmation).objects.all().delete):
        with pytest.raises(TypeError):
            change()
