"""People at work over HTTP: they sign in by code, ask for access, and organisers decide, until told to stop.

Each write is counted when it is sent and when its answer came, so that after a crash it is known which the site
has acknowledged.
"""

import http.client
import itertools
import re
import threading
import time
from collections import Counter

from registration.models import AccessRequest, Decision, LoginSession, Mail, User

from . import people
from .people import FORM
from .wire import WireBrowser

DESK = "/admin/registration/accessrequest/"
ORGANISERS_STEPS = ("approve", "decline", "wait")
REACHED = {"approve": "approved", "decline": "declined", "wait": "waiting"}
LOST = (OSError, http.client.HTTPException, AttributeError)  # no answer, or a page that is not the one asked for
_numbers = itertools.count(1)


class Load:
    """``begin()``, then ``end()``; in between ``in_flight`` is how many writes wait for their answer.

    ``acknowledged`` holds ``(kind, key)`` for each write that the site said is saved; ``unanswered`` those whose
    answer never came; ``statuses`` counts all answers, ``failed`` lists those of 500 and above.
    """

    def __init__(self, url, mailbox, *, asking=4, signing_in=2, organisers=2, reading=0, people_asking=40):
        self.url, self.mailbox = url, mailbox
        self.acknowledged, self.unanswered, self.failed = [], [], []
        self.statuses = Counter()
        self.in_flight = 0
        self.lost = 0
        self.seconds = []
        self._lock = threading.Lock()
        self._stop = threading.Event()
        jobs = [self._asks] * asking + [self._signs_in] * signing_in + [self._reads] * reading
        self._threads = [threading.Thread(target=self._work, args=(job,)) for job in jobs]
        for _ in range(organisers):
            boss = people.organiser(f"olga{next(_numbers)}@techtrack.test")
            self._threads.append(threading.Thread(target=self._work, args=(self._decides, WireBrowser(url, boss))))
        # Login sessions for people whose address is proven, made beforehand: the load itself asks no database.
        self._proven = [self._somebody() for _ in range(people_asking if asking else 0)]

    def _somebody(self):
        user = people.person(f"p{next(_numbers)}@example.com")
        return user.email, WireBrowser(self.url, user)

    def begin(self):
        for thread in self._threads:
            thread.start()
        return self

    def end(self):
        self._stop.set()
        for thread in self._threads:
            thread.join(120)
        assert not any(thread.is_alive() for thread in self._threads)
        return self

    def run_for(self, seconds):
        self.begin()
        time.sleep(seconds)
        return self.end()

    def wait_for_writes(self, timeout=60):
        """Until a write is in flight, or for so long."""
        deadline = time.monotonic() + timeout
        while self.in_flight == 0 and time.monotonic() < deadline:
            time.sleep(0.0005)

    def _work(self, job, *arguments):
        while not self._stop.is_set():
            try:
                job(*arguments)
            except LOST:
                self.lost += 1
                time.sleep(0.02)

    # What people do

    def _write(self, browser, path, form, token, said, *, expected=302):
        with self._lock:
            self.in_flight += 1
        begin = time.monotonic()
        try:
            answer = browser.post(path, form, token)
        except LOST:
            self.unanswered.append(said)
            raise
        finally:
            with self._lock:
                self.in_flight -= 1
        self._note(answer, path, begin)
        if answer.status == expected and "/account/login/?" not in (answer.headers["Location"] or ""):
            self.acknowledged.append(said)
        return answer

    def _note(self, answer, path, begin):
        self.seconds.append(time.monotonic() - begin)
        self.statuses[answer.status] += 1
        if answer.status >= 500:
            self.failed.append((answer.status, path))

    def _get(self, browser, path):
        begin = time.monotonic()
        answer = browser.get(path)
        self._note(answer, path, begin)
        return answer

    def _asks(self):
        if not self._proven:
            self._stop.wait(0.1)
            return
        address, browser = self._proven.pop()
        token = _token(self._get(browser, "/register/"))
        self._write(browser, "/register/", FORM, token, ("ask", address))

    def _signs_in(self):
        address, browser = f"n{next(_numbers)}@example.com", WireBrowser(self.url)
        token = _token(self._get(browser, "/account/login/"))
        form = {"email": address, "next": "/register/"}
        if self._write(browser, "/account/login/", form, token, ("code", address)).status != 302:
            return
        token = _token(self._get(browser, "/account/login/code/"))
        code = self._code_for(address)
        if code:
            form = {"code": code, "next": "/register/"}
            self._write(browser, "/account/login/code/", form, token, ("sign in", address))
            token = _token(self._get(browser, "/register/"))
            self._write(browser, "/register/", FORM, token, ("ask", address))

    def _code_for(self, address):
        while not self._stop.is_set():
            if found := self.mailbox.find(address, having_code=True):
                return found[-1].code
            time.sleep(0.05)
        return None

    def _decides(self, browser):
        pending = re.findall(rf"{DESK}(\d+)/change/", self._get(browser, DESK).text)
        for pk in dict.fromkeys(pending[:5]):
            if self._stop.is_set():
                return
            page = self._get(browser, f"{DESK}{pk}/change/")
            step = ORGANISERS_STEPS[int(pk) % 3]
            form = {"step": step, "version": _version(page), "reason": "", "words": ""}
            said = ("decision", (int(pk), REACHED[step]))
            self._write(browser, f"{DESK}{pk}/decide/", form, _token(page), said)

    def _reads(self):
        browser = WireBrowser(self.url)
        for path in ("/", "/register/", "/privacy/"):
            self._get(browser, path)
            self._stop.wait(0.02)

    # What came of it

    def lost_writes(self):
        """What was acknowledged and is not in the database, with its mail."""
        return [
            f"{kind} of {key} was acknowledged and is lost" for kind, key in self.acknowledged if not SAVED[kind](key)
        ]


def _saved_decision(key):
    pk, to = key
    return Decision.objects.filter(request=pk, to=to, mails__isnull=False).exists()


SAVED = {
    "code": lambda address: Mail.objects.filter(recipient=address, purpose=Mail.SIGN_IN_CODE).exists(),
    "sign in": lambda address: LoginSession.objects.filter(user__email=address).exists(),
    "ask": lambda address: AccessRequest.objects.filter(
        person=User.objects.get(email=address), decisions__begin="", decisions__mails__purpose="received"
    ).exists(),
    "decision": _saved_decision,
}


def _token(answer):
    return re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', answer.text).group(1)


def _version(answer):
    return re.search(r'name="version" value="(\d+)"', answer.text).group(1)
