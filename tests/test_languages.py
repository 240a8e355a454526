"""The language of a page stands in its address: nothing that the browser says or keeps changes it."""

import pytest
from django.utils import translation

from . import people, world
from .people import Browser

pytestmark = [pytest.mark.fast, pytest.mark.django_db]

ADDRESSES = ("/", "/sessions/reporting-cycle/", "/privacy/", "/handling-rules/", "/register/", "/account/login/")


@pytest.fixture(autouse=True)
def _programme(event):
    world.public_part(event)


@pytest.mark.parametrize("address", ADDRESSES)
def test_each_page_stands_below_es_too_and_says_its_language(address):
    for prefix, language in (("", "en"), ("/es", "es")):
        answer = Browser().get(prefix + address, headers={"Accept-Language": "fr, es;q=0.9"})
        assert answer.status_code == 200
        assert f'<html lang="{language}">' in answer.content.decode()
        assert "Accept-Language" not in answer["Vary"]
        assert "Content-Language" not in answer
        assert "language" not in "".join(answer.cookies)
        assert translation.get_language() == "en"


def test_links_and_redirects_keep_the_language():
    page = Browser().get("/es/").content.decode()
    for address in ("/es/", "/es/sessions/reporting-cycle/", "/es/register/", "/es/account/login/", "/es/privacy/"):
        assert f'href="{address}"' in page
    assert 'href="/register/"' not in page
    assert Browser().get("/es/register/status/")["Location"] == ("/es/account/login/?next=/es/register/status/")
    signed_in = people.browser_of(people.person("ada@example.com"))
    assert signed_in.post("/es/account/logout/")["Location"] == "/es/"


def test_what_has_one_address_has_no_other():
    for address in ("/es/admin/", "/es/healthz", "/en/", "/fr/", "/es/es/"):
        assert Browser().get(address).status_code == 404, address
