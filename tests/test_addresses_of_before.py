"""A database from before organisations and speakers had pages: what the migrations make of it, on both databases."""

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

pytestmark = [pytest.mark.live, pytest.mark.django_db(transaction=True)]

BEFORE = ("agenda", "0002_plausible_years_and_places")
AFTER = ("agenda", "0004_addresses_and_announcements_kept")


def migrated(*targets):
    """The models as they are at these migrations."""
    executor = MigrationExecutor(connection)
    executor.migrate(targets)
    executor = MigrationExecutor(connection)
    return executor.loader.project_state(targets).apps


@pytest.fixture
def _forward_again():
    yield
    executor = MigrationExecutor(connection)
    executor.migrate(executor.loader.graph.leaf_nodes())


def an_event(apps, slug, **fields):
    return apps.get_model("agenda", "Event").objects.create(
        **{"slug": slug, "name": "Tech Track", "host": "TC", "conference": "CACC", "city": "Dallas"},
        **{"date": "2022-08-09", "time_zone": "America/Chicago"} | fields,
    )


@pytest.mark.usefixtures("_forward_again")
def test_rows_of_before_get_addresses_and_stay_readable_and_an_older_site_goes_on_writing():
    apps = migrated(BEFORE)
    event = an_event(apps, "cacc-2022", is_current=True)
    an_event(apps, "cacc-2021", date="2021-08-10")
    for name in ("NCMEC", "N.C.M.E.C", "Ørsted & Zoë", "日本"):
        apps.get_model("agenda", "Organisation").objects.create(name=name)
    apps.get_model("agenda", "Speaker").objects.create(event=event, name="Kim", affiliation="Example")

    now = migrated(AFTER)
    organisations = now.get_model("agenda", "Organisation").objects
    assert dict(organisations.values_list("name", "slug")) == {
        "NCMEC": "ncmec",
        "N.C.M.E.C": "ncmec",  # the name alone makes it
        "Ørsted & Zoë": "orsted-zoe",
        "日本": "",
    }
    assert [len(key) for key in set(organisations.values_list("key", flat=True))] == [24] * 4
    assert now.get_model("agenda", "Speaker").objects.get().slug == "kim-example"
    assert set(now.get_model("agenda", "Event").objects.values_list("announced", flat=True)) == {True}

    # A process that still runs the version before knows none of the new columns.
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO agenda_organisation (name, full_name, website, email_domains, member)"
            " VALUES (%s, '', '', '[]', %s)",
            ["Late", False],
        )
    late = organisations.get(name="Late")
    assert (late.slug, late.key) == ("", None)
