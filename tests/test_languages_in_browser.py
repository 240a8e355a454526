"""In a real Chromium: the way from visitor to request in Spanish, mails and what scripts say included."""

import re

import pytest

from . import world
from .day import timed

pytestmark = [pytest.mark.browser]


@pytest.fixture
def day(live_site):
    made = world.event()
    timed(made)
    return made


def test_somebody_asks_for_access_in_spanish(new_page, live_site, mailbox, mail_worker, day):
    page = new_page(viewport={"width": 320, "height": 640})
    page.goto(live_site.url)
    page.get_by_role("link", name="Español").click()
    assert page.url == f"{live_site.url}/es/"
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.locator("main").get_by_role("link", name="Solicitar acceso").click()
    page.get_by_label("Su dirección de correo del trabajo").fill("ada@example.com")
    page.get_by_role("button", name="Envíeme un código").click()
    counting = page.locator("[data-countdown]")
    seen = counting.inner_text()
    page.wait_for_function("seen => document.querySelector('[data-countdown]').textContent !== seen", arg=seen)
    assert re.fullmatch(r"dentro de (\d+ segundos|un segundo)", counting.inner_text())
    code = mailbox.code_for("ada@example.com")
    assert mailbox.find("ada@example.com")[-1].subject == "Su código de acceso al Tech Track"
    page.get_by_label("Código", exact=False).first.fill(code)
    page.get_by_role("button", name="Iniciar sesión").click()
    assert page.url == f"{live_site.url}/es/register/"
    assert page.locator(".counter").inner_text() == "Quedan 1000 caracteres"
    page.get_by_role("button", name="Enviar la solicitud").click()
    assert page.get_by_role("alert").get_by_text("Este campo es obligatorio").first.is_visible()
    page.get_by_label("Nombre y apellidos").fill("Ada Example")
    page.get_by_label("Organización", exact=False).first.fill("Example")
    page.get_by_label("Cargo").fill("Engineer")
    page.get_by_label("Tipo de organización").select_option(label="pagos")
    page.get_by_label("¿Por qué desea asistir?").fill("Para aprender.")
    page.get_by_label("todavía no").check()
    page.get_by_label("quizá").check()
    page.get_by_label("He leído las").check()
    page.get_by_role("button", name="Enviar la solicitud").click()
    assert page.url == f"{live_site.url}/es/register/status/"
    assert page.get_by_role("heading", name="Recibida: la organización decidirá").is_visible()
    mailbox.wait_for("ada@example.com", "Hemos recibido su solicitud")
