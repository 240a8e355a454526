"""What people do in the stories, step by step, as their browser sends it."""

from registration.mail.letters import code_in
from registration.models import Mail

LOGIN = "/account/login/"
CODE = "/account/login/code/"


def newest_code(address):
    """The code in the newest mail to this address; it is still in the outbox."""
    return code_in(Mail.objects.filter(recipient=address, purpose=Mail.SIGN_IN_CODE).first())


def ask_for_code(browser, address, next_page="/register/"):
    return browser.post(LOGIN, {"email": address, "next": next_page})


def type_code(browser, code, next_page="/register/"):
    return browser.post(CODE, {"code": code, "next": next_page})


def sign_in(browser, address, next_page="/register/"):
    ask_for_code(browser, address, next_page)
    return type_code(browser, newest_code(address), next_page)


def is_signed_in(browser):
    return b"Sign out" in browser.get("/privacy/").content


def seen_on(desk, address):
    """What a guarded form of admin was opened with, as the browser sends it back."""
    return {"seen": desk.get(address).context["adminform"].form["seen"].value()}
