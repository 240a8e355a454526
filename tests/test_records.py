"""What organisers did stays on record."""

import pytest

from registration.models import Deed, Record

from . import people

pytestmark = [pytest.mark.fast, pytest.mark.django_db]


def test_a_record_is_never_changed_or_deleted():
    record = Record.objects.write(Deed.EXPORTED, by=people.organiser(), about="12 requests", figures={"rows": 12})
    for change in (
        record.save,
        record.delete,
        Record.objects.all().delete,
        lambda: Record.objects.filter(pk=record.pk).update(about="another"),
    ):
        with pytest.raises(TypeError):
            change()
    kept = Record.objects.get()
    assert (kept.actor_name, kept.about, kept.figures) == ("Olga", "12 requests", {"rows": 12})


def test_what_the_site_does_by_itself_is_on_record_as_such():
    assert str(Record.objects.write(Deed.FORGOT, by=None)) == "the site deleted people's data"
