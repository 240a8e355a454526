"""Browsers over the wire, many at once, against a running site."""

import http.client
import re
import threading
from http.cookies import SimpleCookie
from urllib.parse import urlencode, urlsplit

from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY

from registration.login_sessions import SessionStore

from .people import BACKEND


class Answer:
    def __init__(self, response):
        self.status = response.status
        self.headers = response.headers
        self.text = response.read().decode(errors="replace")


class WireBrowser:
    """Keeps cookies and sends forms with their token, as a browser does."""

    def __init__(self, url, user=None):
        self.host = urlsplit(url).netloc
        self.cookies = {}
        if user:
            self.cookies["sessionid"] = login_session(user)

    def request(self, method, path, form=None):
        connection = http.client.HTTPConnection(self.host, timeout=60)
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        body = urlencode(form, doseq=True) if form is not None else None
        if form is not None:
            headers |= {"Content-Type": "application/x-www-form-urlencoded", "Origin": f"http://{self.host}"}
        try:
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            answer = Answer(response)
        finally:
            connection.close()
        for line in response.headers.get_all("Set-Cookie") or []:
            self.cookies |= {name: morsel.value for name, morsel in SimpleCookie(line).items()}
        return answer

    def get(self, path):
        return self.request("GET", path)

    def token(self, path):
        """The form token on a page."""
        return re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', self.get(path).text).group(1)

    def post(self, path, form, token):
        return self.request("POST", path, form | {"csrfmiddlewaretoken": token})

    def twin(self):
        """Another tab of the same browser, as it is now."""
        other = WireBrowser(f"http://{self.host}")
        other.cookies = dict(self.cookies)
        return other


def login_session(user):
    """The key of a login session for this person, as if they had signed in."""
    store = SessionStore()
    store[SESSION_KEY] = str(user.pk)
    store[BACKEND_SESSION_KEY] = BACKEND
    store[HASH_SESSION_KEY] = user.get_session_auth_hash()
    store.create()
    return store.session_key


def all_at_once(*actions):
    """Run the functions at the same moment, each in a thread, and return what each gave."""
    start, results = threading.Barrier(len(actions)), [None] * len(actions)

    def run(place, action):
        start.wait()
        try:
            results[place] = action()
        except Exception as error:
            results[place] = error

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(actions)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for result in results:
        if isinstance(result, Exception):
            raise result
    return results
