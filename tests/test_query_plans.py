"""docs/query-plans.md: what ``python -m benchmarks.plans`` calls reading a table whole, and of which pages it tells."""

import pytest
from django.db import connection

from benchmarks import plans
from registration.models import AccessRequest, User

from . import documents

pytestmark = [pytest.mark.fast, pytest.mark.django_db]


@pytest.fixture
def _as_if_tables_were_large():
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")


def read_whole(rows):
    return [line for line in plans.plan_of(*rows.query.sql_with_params()) if plans.is_whole(line)]


def test_what_no_index_answers_is_found():
    assert read_whole(User.objects.filter(name="Olga"))


@pytest.mark.parametrize(
    "rows",
    [
        lambda: AccessRequest.objects.filter(state="pending").order_by("asked_at", "pk")[:50],
        lambda: AccessRequest.objects.order_by("asked_at", "pk")[:50],
        lambda: AccessRequest.objects.filter(state="waiting").order_by("waiting_since", "pk")[:50],
        lambda: User.objects.filter(email="ada@example.com"),
        lambda: AccessRequest.objects.letting_in().filter(person=1),
    ],
)
@pytest.mark.usefixtures("_as_if_tables_were_large")
def test_what_pages_ask_for_is_found_by_an_index(rows):
    assert read_whole(rows()) == []


def test_the_document_tells_of_each_page():
    text = documents.text("docs/query-plans.md")
    assert "\n100,000 invented requests (SQLite and PostgreSQL)" in text
    assert [line for line in text.splitlines() if line.startswith("## ")] == [
        f"## `{page.replace(plans.ONE, '<pk>')}`, as {who}" for page, (who, _) in plans.PAGES.items()
    ]
