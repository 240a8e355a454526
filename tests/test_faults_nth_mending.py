"""P-07 for what organisers mend and load: the n-th statement fails, for every n, and all stays whole."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from registration.models import AccessRequest, Deed, Mail, Record, SignInCode
from sessions.models import Organisation

from . import people
from .load import DESK
from .people import Browser
from .steps import ask_for_code, is_signed_in, type_code
from .test_faults_nth import HTTP, Here, OnARequest, _numbers, somebody, try_all

pytestmark = [pytest.mark.fast, pytest.mark.slow, pytest.mark.django_db(transaction=True)]

UPLOAD = "/admin/agenda/organisation/upload/"


class CorrectAnAddress(OnARequest):
    before = ("approve",)

    def __init__(self, here):
        super().__init__(here)
        self.address = f"right{next(_numbers)}@example.com"

    def send(self):
        form = {"address": self.address, "version": self.request.version}
        return self.here.desk.post(f"{DESK}{self.request.pk}/address/", form)

    def is_done(self):
        return AccessRequest.objects.filter(pk=self.request.pk, person__email=self.address, to_confirm=True).exists()

    def is_whole(self):
        recorded = Record.objects.filter(deed=Deed.CORRECTED, request=self.request).count()
        told = Mail.objects.filter(purpose=Mail.ADDRESS_CHANGED, person=self.person).count()
        return recorded == told == self.is_done()


class Merge(OnARequest):
    to = "withdrawn"

    def __init__(self, here):
        super().__init__(here)
        self.stays = people.ask(somebody(), here.event)

    def send(self):
        form = {"versions": "1 1", "stays": self.stays.pk, "reason": ""}
        return self.here.desk.post(f"{DESK}{self.request.pk}/merge/?with={self.stays.pk}", form)

    def is_whole(self):
        merged = self.stays.merged_from.count()
        return merged == Record.objects.filter(deed=Deed.MERGED, request=self.stays).count() == self.is_done()


class ReadOutACode(OnARequest):
    def send(self):
        return self.here.desk.post(f"{DESK}{self.request.pk}/read-out/", {"address": self.request.person.email})

    def run(self):
        return b"enrolment-code" in self.send().content

    def is_done(self):
        return SignInCode.objects.filter(user=self.person, read_out_by=self.here.boss).exists()

    def is_whole(self):
        recorded = Record.objects.filter(deed=Deed.READ_OUT, request=self.request).count()
        told = Mail.objects.filter(purpose=Mail.READ_OUT, person=self.person).count()
        return recorded == told == self.is_done()


class TypeACodeReadOut(OnARequest):
    def __init__(self, here):
        super().__init__(here)
        page = here.desk.post(
            f"{DESK}{self.request.pk}/read-out/", {"address": self.request.person.email}
        ).content.decode()
        self.code = re.search(r"[A-Z]{4}-[A-Z]{4}", page)[0]
        self.browser = Browser()
        ask_for_code(self.browser, self.person.email)

    def send(self):
        return type_code(self.browser, self.code)

    def run(self):
        answer = self.send()
        assert answer.status_code in {200, 302, 503}, answer.status_code
        return answer.status_code == 302 and "/login/" not in answer["Location"]

    def is_done(self):
        return is_signed_in(self.browser)

    def is_whole(self):
        """Used and on record, or neither; who signs in by it did use it."""
        used = SignInCode.objects.filter(user=self.person, read_out_by=self.here.boss, used_at__isnull=False).count()
        recorded = Record.objects.filter(deed=Deed.VOUCHED, request=self.request).count()
        return used == recorded and (used or not self.is_done())


class LoadOrganisations(HTTP):
    def __init__(self, here):
        self.desk = here.desk
        Organisation.objects.all().delete()
        Organisation.objects.create(name="One")
        file = SimpleUploadedFile("o.csv", b"name,member\nOne,yes\nTwo,no\n")
        page = self.desk.post(UPLOAD, {"file": file}).content.decode()
        self.looked_at = re.search(r'name="looked_at" value="([^"]+)"', page)[1]
        self.records = Record.objects.count()

    def send(self):
        return self.desk.post(UPLOAD, {"looked_at": self.looked_at})

    def is_done(self):
        return Organisation.objects.filter(name="One", member=True).exists()

    def is_whole(self):
        added, recorded = Organisation.objects.filter(name="Two").count(), Record.objects.count() - self.records
        return added == recorded == self.is_done()


ACTIONS = {
    "correct an address": CorrectAnAddress,
    "merge two requests": Merge,
    "read out a code": ReadOutACode,
    "type a code read out": TypeACodeReadOut,
    "load organisations": LoadOrganisations,
}


@pytest.mark.parametrize("name", ACTIONS)
def test_whatever_fails_in_the_middle_of_mending_all_stays_whole(mailbox, tmp_path, settings, name):
    """The control is that of test_faults_nth.py."""
    try_all(name, ACTIONS[name], Here(mailbox, tmp_path, settings))
