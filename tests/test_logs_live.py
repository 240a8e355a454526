"""The running site's own output, web server and mail worker together, under real settings."""

import http.client
import json
import sys
from urllib.parse import urlencode

import pytest

from registration.models import Mail

from . import environment, processes
from .steps import newest_code
from .wire import Answer, WireBrowser

pytestmark = pytest.mark.live

ADA = "ada@example.com"


class ProxiedBrowser(WireBrowser):
    """As a proxy with TLS would pass it on."""

    def request(self, method, path, form=None):
        connection = http.client.HTTPConnection(self.host, timeout=60)
        headers = {
            "Host": "techtrack.test",
            "X-Forwarded-Proto": "https",
            "X-Forwarded-For": "203.0.113.7",
            "X-Request-ID": "from-the-proxy-1",
            "Origin": "https://techtrack.test",
            "Referer": "https://techtrack.test/",
            "Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items()),
            "Content-Type": "application/x-www-form-urlencoded",
        }
        connection.request(method, path, urlencode(form) if form else None, headers)
        response = connection.getresponse()
        for line in response.headers.get_all("Set-Cookie") or []:
            name, _, rest = line.partition("=")
            self.cookies[name] = rest.partition(";")[0]
        try:
            return Answer(response)
        finally:
            connection.close()


def test_every_line_of_a_run_is_json_and_holds_nothing_of_the_person(live_site, mailbox, monkeypatch):
    """L-14."""
    real = {
        "SITE_URL": environment.SITE_URL,
        "TRUSTED_PROXY_COUNT": "1",
        "REQUEST_ID_HEADER": "X-Request-ID",
    }
    site = live_site.start(env=real)
    worker = processes.start([sys.executable, "manage.py", "deliver_mail"], site.env, site.log)
    try:
        browser = ProxiedBrowser(site.url)
        token = browser.token("/account/login/")
        answer = browser.post("/account/login/", {"email": ADA, "next": "/register/"}, token)
        assert answer.status == 302
        code = mailbox.code_for(ADA)
        processes.wait_until(lambda: "mail sent" in site.log.read_text(), 60, "the worker's line")
    finally:
        processes.stop(worker)
    site.stop()

    text = site.log.read_text()
    lines = [json.loads(line) for line in text.splitlines()]
    asked = next(line for line in lines if line.get("route") == "account_login" and line.get("method") == "POST")
    sent = next(line for line in lines if line["event"] == "mail sent")
    assert asked["request"] == sent["request"] == Mail.objects.get().request_id == "from-the-proxy-1"
    for absent in (ADA, code, code.replace("-", ""), token, "203.0.113.7", *browser.cookies.values()):
        assert absent not in text
    assert newest_code(ADA) is None
