"""In a real Chromium: the way from visitor to request in Spanish, mails and what scripts say included."""

import re

import pytest
from playwright.sync_api import expect

from . import world
from .browser import follow
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
    follow(page.get_by_role("link", name="Español"))
    expect(page).to_have_url(f"{live_site.url}/es/")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    follow(page.locator("main").get_by_role("link", name="Solicitar acceso"))
    page.get_by_label("Su dirección de correo del trabajo").fill("ada@example.com")
    follow(page.get_by_role("button", name="Envíeme un código"))
    counting = page.locator("[data-countdown]")
    at_first = counting.inner_text()
    expect(counting).not_to_have_text(at_first)
    assert re.fullmatch(r"dentro de (\d+ segundos|un segundo)|ahora", counting.inner_text())
    code = mailbox.code_for("ada@example.com")
    assert mailbox.find("ada@example.com")[-1].subject == "Su código de acceso al Tech Track"
    page.get_by_label("Código", exact=False).first.fill(code)
    follow(page.get_by_role("button", name="Iniciar sesión"))
    expect(page).to_have_url(f"{live_site.url}/es/register/")
    expect(page.locator(".counter")).to_have_text("Quedan 1000 caracteres")
    follow(page.get_by_role("button", name="Enviar la solicitud"))
    expect(page.get_by_role("alert").get_by_text("Este campo es obligatorio").first).to_be_visible()
    page.get_by_label("Nombre y apellidos").fill("Ada Example")
    page.get_by_label("Organización", exact=False).first.fill("Example")
    page.get_by_label("Cargo").fill("Engineer")
    page.get_by_label("Tipo de organización").select_option(label="pagos")
    page.get_by_label("¿Por qué desea asistir?").fill("Para aprender.")
    page.get_by_label("todavía no").check()
    page.get_by_label("quizá").check()
    page.get_by_label("He leído las").check()
    follow(page.get_by_role("button", name="Enviar la solicitud"))
    expect(page).to_have_url(f"{live_site.url}/es/register/status/")
    expect(page.get_by_role("heading", name="Recibida: la organización decidirá")).to_be_visible()
    mailbox.wait_for("ada@example.com", "Hemos recibido su solicitud")
