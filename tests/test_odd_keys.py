"""Admin's lists and forms, given what is no key of a row: a plain answer, as Django alone would not give."""

import pytest

from . import people, world
from .people import browser_of

pytestmark = [pytest.mark.fast, pytest.mark.django_db]

NO_KEYS = [
    "",
    "zzz",
    "-1",
    "1.5",
    "²",
    "9" * 19,
    "9" * 30,
    "9" * 5_000,
    "\ud800".encode(errors="surrogatepass"),
    "a\x00",
]


@pytest.fixture
def desk():
    world.public_part(world.event())
    return browser_of(people.organiser())


@pytest.mark.parametrize("key", NO_KEYS, ids=range(len(NO_KEYS)))
def test_what_is_no_key_chooses_nothing(desk, key):
    ticked = {"action": "delete_selected", "_selected_action": [key], "post": "yes"}
    for model in ("agenda/session", "agenda/organisation", "auth/group", "registration/accessrequest"):
        answer = desk.post(f"/admin/{model}/", ticked)
        assert answer.status_code in {200, 302}
    assert world.Session.objects.count() == 3
    form = {"name": "Group", "permissions": [key]}
    answer = desk.post("/admin/auth/group/add/", form)
    assert answer.status_code == 200
    assert "is not one of the available choices" in answer.content.decode() or key == ""


@pytest.mark.parametrize("query", ["pk__in=" + "9" * 19, "id__exact=" + "9" * 30, "event__id__exact=" + "9" * 5_000])
def test_a_filter_by_a_number_that_no_row_has_is_refused(desk, query):
    for model in ("agenda/track", "auth/group", "registration/accessrequest"):
        assert desk.get(f"/admin/{model}/?{query}").status_code == 400
        assert desk.get(f"/admin/{model}/?p=1&q={'9' * 30}").status_code == 200  # a text may hold such a number


@pytest.mark.parametrize(("field", "status"), [("", 200), ("id", 200), ("zzz", 400), ("a%00", 400)])
def test_a_field_to_look_up_by_that_is_none_is_refused(desk, field, status):
    page = f"/admin/agenda/session/{world.Session.objects.first().pk}/change/"
    assert desk.get(f"{page}?_to_field={field}").status_code == status
    assert desk.post(f"{page}?_to_field=", {"_to_field": field.replace("%00", "\0")}).status_code == status
