"""P-11: nothing of the programme that was closed or hidden since a backup is opened by its restore."""

import datetime as dt

import pytest
from django.core.management import call_command

from registration.models import Mail, Pass
from registration.restored import Programme, check_cuts, close_what_was_closed
from sessions.models import Announcement, Session, Track

from . import people, world
from .forging import restore_without

pytestmark = [pytest.mark.fast, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def tracks():
    """What the backup has: an afternoon for all with three sessions, a morning for guests with two."""
    event = world.event()
    afternoon, morning = world.track(event, "afternoon", "public", 2), world.track(event, "morning", "industry", 1)
    for number, title in enumerate(["First", "Second", "Third"], 1):
        world.session(afternoon, title, number)
    for number, title in enumerate(["Inside", "Deeper"], 1):
        world.session(morning, title, number)
    return afternoon, morning


def readable():
    """``{title: who may read it}``, and nothing of what is hidden."""
    rows = Session.objects.filter(published=True).select_related("track")
    return {session.title: session.track.audience for session in rows}


def test_a_restored_programme_as_open_as_the_one_before_is_left_alone(tracks):
    before, addresses = readable(), set(Session.objects.values_list("slug"))
    assert close_what_was_closed(Programme()) == []
    assert (readable(), set(Session.objects.values_list("slug"))) == (before, addresses)


def test_a_track_that_was_made_private_stays_so_under_new_addresses(tracks):
    afternoon, _ = tracks
    before = Programme()
    before.tracks["cacc-2022", "afternoon"] = (1, "nothing")
    before.sessions |= dict.fromkeys([name for name in before.sessions if name[1] == "afternoon"], 1)
    addresses = set(afternoon.sessions.values_list("slug", flat=True))
    assert close_what_was_closed(before) == ["track 'afternoon' of cacc-2022 stays private"]
    assert set(readable().values()) == {"industry"}
    assert addresses.isdisjoint(afternoon.sessions.values_list("slug", flat=True))


@pytest.mark.parametrize("readers", [0, 1, None])
def test_a_session_that_fewer_could_read_or_that_was_gone_is_hidden(tracks, readers):
    """Hidden, in a private track meanwhile, deleted or under another title; where others stay, it alone."""
    before = Programme()
    del before.sessions["cacc-2022", "afternoon", "Second"]
    before.sessions["cacc-2022", "morning", "Deeper"] = 0
    if readers is not None:
        before.sessions["cacc-2022", "afternoon", "Second"] = readers
    (second, deeper) = Session.objects.filter(title__in=["Second", "Deeper"]).order_by("number", "-title")
    assert set(close_what_was_closed(before)) == {
        f"session {second.pk} of track 'afternoon' of cacc-2022 is hidden",
        f"session {deeper.pk} of track 'morning' of cacc-2022 is hidden",
    }
    assert readable() == {"First": "public", "Third": "public", "Inside": "industry"}


def test_of_two_sessions_of_one_name_the_one_that_fewer_read_counts(tracks):
    afternoon, _ = tracks
    twin = world.session(afternoon, "Second", 4, published=False)
    before = Programme()
    Session.objects.filter(pk=twin.pk).update(published=True)
    assert len(close_what_was_closed(before)) == 2
    assert "Second" not in readable()


def test_what_was_announced_and_is_no_more_is_gone(tracks):
    """Ended, taken away or worded anew since; what still stands as it did stays, and so does what is over."""
    event = tracks[0].event
    kept, other = world.announcement(event, "The doors are open."), world.announcement(event, "The doors are shut.")
    over = world.announcement(event, "Come back.", ends_at=other.begins_at + dt.timedelta(days=1))
    before = Programme()
    before.announcements.discard(("cacc-2022", 0, "The doors are shut.", ""))
    assert close_what_was_closed(before) == ["an announcement of cacc-2022 is gone"]
    assert set(Announcement.objects.all()) == {kept, over}
    assert close_what_was_closed(Programme()) == []


def test_a_teaser_tells_no_more_than_before(tracks):
    _, morning = tracks
    before = Programme()
    Track.objects.filter(pk=morning.pk).update(teaser="abstracts")
    assert close_what_was_closed(before) == ["track 'morning' of cacc-2022 shows the public: nothing"]
    before.tracks["cacc-2022", "morning"] = (1, "titles")
    Track.objects.filter(pk=morning.pk).update(teaser="titles")
    assert close_what_was_closed(before) == []


def test_what_is_more_closed_in_the_backup_stays_as_the_backup_has_it(tracks):
    before = Programme()
    Session.objects.update(published=False)
    Track.objects.update(audience="industry")
    assert close_what_was_closed(before) == []
    assert readable() == {}


def test_where_there_was_no_programme_there_is_nothing_to_compare_with():
    world.event()
    assert Programme.of_now() is None


def test_each_thing_that_must_be_gone_is_looked_for():
    """The control is ``forged_backup.where_a_cut_does_not_hold_nothing_is_restored``: a restore that cuts nothing."""
    event = world.event()
    person = people.approved("guest@example.com", event, by=people.organiser())
    with pytest.raises(ValueError, match=r"mails that wait, 1 passes, 1 approvals.*, 1 organisers, 1 administrators"):
        check_cuts(keep_organisers=False)
    Mail.objects.all().delete()
    Pass.objects.all().delete()
    person.access_requests.update(to_confirm=True)
    check_cuts(keep_organisers=True)
    with pytest.raises(ValueError, match="1 organisers, 1 administrators"):
        check_cuts(keep_organisers=False)


@pytest.mark.slow
def test_a_restore_says_what_it_keeps_closed(tracks, backup_key, tmp_path, elsewhere):
    file = tmp_path / "one.backup"
    call_command("backup", file)
    status, printed = elsewhere.manage("restore", file, "--key-file", backup_key)
    assert status == 0, printed
    assert "these tracks, which everyone may read: 'afternoon' of cacc-2022." in printed
    elsewhere.ask(CLOSE)
    status, printed = elsewhere.manage("restore", file, "--key-file", backup_key, "--replace")
    assert status == 0, printed
    assert "Kept closed, as it was before: track 'afternoon' of cacc-2022 stays private." in printed
    assert "of track 'morning' of cacc-2022 is hidden." in printed
    assert elsewhere.ask(LOOK) == "industry Deeper First Second Third"
    status, printed = elsewhere.manage("restore", file, "--key-file", backup_key, "--replace")
    assert "Nothing of the programme is open that was closed before." not in printed  # it is still kept closed


@pytest.mark.slow
def test_the_control_without_it_or_when_that_is_meant_it_is_open_again(tracks, backup_key, tmp_path, elsewhere):
    """The control of the test above."""
    file = tmp_path / "one.backup"
    call_command("backup", file)
    assert elsewhere.manage("restore", file, "--key-file", backup_key)[0] == 0
    for without in (["closing"], []):
        elsewhere.ask(CLOSE)
        options = {} if without else {"programme_as_it_was": True}
        status, printed = restore_without(elsewhere, without, file, backup_key, replace=True, **options)
        assert status == 0, printed
        assert elsewhere.ask(LOOK) == "public Deeper First Inside Second Third"


CLOSE = (
    "from sessions.models import *; Track.objects.get(slug='afternoon').change_audience('industry'); "
    "Session.objects.filter(title='Inside').update(published=False)"
)
LOOK = (
    "from sessions.models import *; print(Track.objects.get(slug='afternoon').audience, "
    "*sorted(Session.objects.filter(published=True).values_list('title', flat=True)))"
)
