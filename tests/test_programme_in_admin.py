"""The programme in admin: what is made is hidden, what turns private leaves its address."""

import pytest

from sessions.models import Organisation, Session

from . import world
from .people import Browser
from .steps import seen_on

pytestmark = [pytest.mark.fast, pytest.mark.django_db]

NO_PARTICIPATIONS = {
    f"participations-{name}": 0 for name in ("TOTAL_FORMS", "INITIAL_FORMS", "MIN_NUM_FORMS", "MAX_NUM_FORMS")
}
NO_ROWS = {f"sessions-{name}": 0 for name in ("TOTAL_FORMS", "INITIAL_FORMS", "MIN_NUM_FORMS", "MAX_NUM_FORMS")}


def test_domains_of_an_organisation_are_typed_a_line_each(desk):
    address = "/admin/agenda/organisation/add/"
    desk.post(address, {"name": "Example", "email_domains": "Example.org\nbücher.example example.org"})
    assert Organisation.objects.get().email_domains == ["example.org", "xn--bcher-kva.example"]
    for odd in ("NaN", '["a"]', "a b", "-.com", "x" * 6_000):
        assert desk.post(address, {"name": "Odd", "email_domains": odd}).status_code == 200
    assert Organisation.objects.count() == 1


def test_years_out_of_reach_are_refused(desk, event):
    address = f"/admin/agenda/event/{event.pk}/change/"
    form = desk.get(address).context["adminform"].form
    data = {name: value for name, value in form.initial.items() if value not in (None, "")}
    odd = {"registration_closes_0": "0001-01-01", "registration_closes_1": "00:00", "capacity": "99999999999"}
    page = desk.post(address, data | odd).content.decode()
    assert "The year must be from 2000 to 2100." in page
    assert "less than or equal to 100000" in page


def test_a_track_that_turns_private_gives_new_addresses_for_good(desk, event):
    """G-13: flipped in admin between two requests."""
    world.public_part(event)
    old = Session.objects.get(slug="reporting-cycle")
    track = old.track
    form = {"event": event.pk, "slug": track.slug, "title": track.title, "position": 2, "teaser": "nothing", **NO_ROWS}
    address = f"/admin/agenda/track/{track.pk}/change/"
    before = Browser().get("/")
    stale = seen_on(desk, address)
    assert desk.post(address, form | stale | {"audience": "industry"}).status_code == 302
    assert Browser().get("/sessions/reporting-cycle/").status_code == 404
    assert "Reporting cycle" not in Browser().get("/").content.decode()
    assert Browser().get("/", headers={"If-None-Match": before["ETag"]}).status_code == 200
    opaque = Session.objects.get(pk=old.pk).slug
    assert len(opaque) == 24
    refused = desk.post(address, form | stale | {"audience": "public"})  # from a page opened before
    assert "Somebody changed the audience" in refused.content.decode()
    assert Browser().get(f"/sessions/{opaque}/").status_code == 404
    assert desk.post(address, form | seen_on(desk, address) | {"audience": "public"}).status_code == 302
    assert Browser().get("/sessions/reporting-cycle/").status_code == 404
    assert Browser().get(f"/sessions/{opaque}/").status_code == 200


def test_a_session_made_in_admin_is_hidden_until_published(desk, event):
    world.public_part(event)
    track = event.tracks.get(slug="afternoon")
    form = {"track": track.pk, "number": 7, "title": "Made in admin", "kind": "talk", **NO_PARTICIPATIONS}
    assert desk.post("/admin/agenda/session/add/", form).status_code == 302
    made = Session.objects.get(title="Made in admin")
    assert (made.published, made.slug) == (False, "made-in-admin")
    assert Browser().get("/sessions/made-in-admin/").status_code == 404
    desk.post("/admin/agenda/session/", {"action": "publish", "_selected_action": [made.pk], "index": 0})
    assert Browser().get("/sessions/made-in-admin/").status_code == 200


def test_a_session_moved_into_a_private_track_leaves_its_old_address(desk, event):
    world.private_part(event, world.Canaries(), count=1)
    world.public_part(event)
    moved = Session.objects.get(slug="equally")
    form = {
        "track": event.tracks.get(slug="morning").pk,
        "number": 9,
        "title": moved.title,
        "kind": "talk",
        **NO_PARTICIPATIONS,
    }
    address = f"/admin/agenda/session/{moved.pk}/change/"
    form |= seen_on(desk, address)
    assert desk.post(address, form | {"published": "on"}).status_code == 302
    assert "Somebody changed the track" in desk.post(address, form).content.decode()
    assert Browser().get("/sessions/equally/").status_code == 404
    moved.refresh_from_db()
    assert len(moved.slug) == 24
