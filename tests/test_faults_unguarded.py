"""The controls of the faults: each guard taken away, and the very look of the test then finds what is amiss."""

import random
import sys
import time
from collections import Counter

import psutil
import pytest

from registration.models import AccessRequest, Mail

from . import people, processes
from .load import Load
from .test_faults_database import STARTS, about_to_ask, is_clear_503, locked_for, on_sqlite, refusal_to_start
from .test_faults_mail import SERVERS, post_some, queue

pytestmark = [pytest.mark.live, pytest.mark.slow]

UNLOCKED = "tests.unlocked:application"
FORM = people.FORM


def ask_for_a_while(site, mailbox, *, kill):
    """People ask for access; with ``kill`` the workers are killed one by one. Returns the load, ended."""
    load = Load(site.url, mailbox, signing_in=0, organisers=0).begin()
    for _ in range(3):
        time.sleep(0.6)
        if kill:
            for worker in psutil.Process(site.process.pid).children():
                worker.kill()
    load.end()
    time.sleep(1.5)  # all that is still to be saved is saved
    return load


def test_a_site_that_says_received_before_it_saves_loses_what_it_acknowledged(live_site, mailbox, event):
    """The control of P-01 and P-02: who looks for lost writes finds them. Left alone, that site loses nothing."""
    site = live_site.start(env={"UNLOCKED": "hasty"}, wsgi=UNLOCKED)
    calm = ask_for_a_while(site, mailbox, kill=False)
    assert calm.acknowledged
    processes.wait_until(lambda: not calm.lost_writes(), 60, "all that was acknowledged to be saved")
    for _ in range(5):
        if ask_for_a_while(site, mailbox, kill=True).lost_writes():
            return
    pytest.fail("Five times three kills, and nothing acknowledged was lost.")


def test_without_patience_a_lock_of_three_seconds_is_an_error(live_site, event):
    """The control of P-04."""
    site = live_site.start(env={"UNLOCKED": "impatient"}, wsgi=UNLOCKED)
    browser, token, user = about_to_ask(site.url)
    with locked_for(3):
        answer = browser.post("/register/", FORM, token)
    assert is_clear_503(answer)
    assert not AccessRequest.objects.filter(person=user).exists()


@on_sqlite
def test_unchecked_a_mail_worker_starts_on_a_file_that_others_may_write(tmp_path, monkeypatch):
    """The control of P-06."""
    monkeypatch.setattr("tests.test_faults_database.STARTS", {"unchecked": [sys.executable, "-m", "tests.unchecked"]})
    with pytest.raises(AssertionError):
        refusal_to_start(tmp_path, lambda path: path.chmod(0o666))
    assert len(STARTS) == 3


def test_a_site_that_mails_from_within_the_page_is_as_slow_as_the_mail_server(live_site, mailbox, event, tmp_path):
    """The control of MAIL-03: far beyond what is allowed there; and what the server refuses is an error."""
    with SERVERS["takes 5 s"][0](mailbox, tmp_path):
        site = live_site.start(env={"UNLOCKED": "inline"}, wsgi=UNLOCKED)
        _, ill = post_some(site, event, count=1)
    assert ill > 4
    mailbox.delay, mailbox.reply = 0, "450 4.2.0 greylisted"
    with pytest.raises(AssertionError):
        post_some(site, event, count=1)


def test_a_worker_that_writes_down_before_it_sends_loses_mail_when_killed(live_site, mailbox, event):
    """The control of MAIL-04."""
    queue(3, event)
    mailbox.delay = 5
    command = [sys.executable, "-m", "tests.unleased", "--written-down-first"]
    for number in range(1, 4):
        worker = live_site.start_mail_worker(command=command)
        sent = Mail.objects.filter(state="sent")
        processes.wait_until(lambda n=number, s=sent: s.count() >= n, 60, "a mail that is called sent")
        time.sleep(random.uniform(0, 0.2))
        worker.kill()
        worker.wait(60)
    mailbox.delay = 0
    live_site.start_mail_worker()
    processes.wait_until(lambda: not Mail.objects.filter(state="queued").exists(), 60, "all to be delivered")
    came = Counter(received.recipients[0] for received in mailbox.messages)
    assert set(came) != set(Mail.objects.values_list("recipient", flat=True))
