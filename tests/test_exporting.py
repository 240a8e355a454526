"""Exports of requests: by the filter of the list, with the columns one may have, harmless in a spreadsheet."""

import csv
import gc
import io
import os
import shutil
import subprocess
import tracemalloc
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone
from openpyxl import load_workbook

from registration import exporting, roles, workbook
from registration.models import AccessRequest, Alarm, Mail, Record

from . import people, world
from .people import browser_of, person

pytestmark = [pytest.mark.fast, pytest.mark.django_db]

LIST = "/admin/registration/accessrequest/"
EXPORT = f"{LIST}export/"

DANGEROUS = ["=1+1", "==1", "+1", "-1", "@SUM(1)", "\t=1", "\r=1", " =1", "＝1", "\n=1", "'=1", "\u200b=1"]
HARMLESS = ['"=1', "a;=1", "a\n=1", "a\r\nb", "Ada", "", "O'Neill", "'Ada'", "1-1", "Zoë, “quoted”", "_x000D_"]


def body(answer):
    return b"".join(answer.streaming_content)


def cells_of_csv(content):
    assert content.startswith(b"\xef\xbb\xbf")  # by which Excel knows UTF-8
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def cells_of_xlsx(content):
    sheet = load_workbook(io.BytesIO(content)).active
    assert {cell.data_type for row in sheet.iter_rows() for cell in row if cell.value is not None} == {"s"}
    return [[cell.value or "" for cell in row] for row in sheet.iter_rows()]


READ = {"csv": cells_of_csv, "xlsx": cells_of_xlsx}


def exported(browser, step="csv", columns=("name",), address=EXPORT, **more):
    answer = browser.post(address, {"step": step, "column": list(columns), **more})
    assert answer.status_code == 200
    return READ[step](body(answer))


def with_names(event, names):
    return [people.ask(person(f"p{number}@corp.example"), event, full_name=name) for number, name in enumerate(names)]


# Formulas


def test_in_csv_an_apostrophe_stands_before_what_is_dangerous_and_nowhere_else(desk, event):
    with_names(event, [*DANGEROUS, *HARMLESS])
    names = [row[0] for row in exported(desk)[1:]]
    assert names == [f"'{name}" for name in DANGEROUS] + HARMLESS


def test_taking_the_apostrophe_away_gives_back_what_was_written():
    """Whatever somebody wrote: which cells have one of ours can be told from the cell alone."""
    for text in [*DANGEROUS, *HARMLESS, "''=1", "'", "''", "'-", "' ='"]:
        cell = exporting.harmless(text)
        ours = cell.startswith("'") and exporting.harmless(cell[1:]) == cell
        assert (cell[1:] if ours else cell) == text


def test_in_csv_every_cell_is_in_quotes_for_countries_with_other_separators(desk, event):
    with_names(event, ["a;=1"])
    content = body(desk.post(EXPORT, {"step": "csv", "column": ["name", "state"]})).decode("utf-8-sig")
    assert content == '"name","state"\r\n"a;=1","pending"\r\n'


def test_in_xlsx_every_cell_is_the_text_that_was_written(desk, event):
    with_names(event, [*DANGEROUS, *HARMLESS])
    assert [row[0] for row in exported(desk, "xlsx")[1:]] == [*DANGEROUS, *HARMLESS]


def test_a_formula_in_xlsx_is_found(desk, event, monkeypatch):
    """The control."""
    with_names(event, ["=1+1"])
    monkeypatch.setattr(workbook, "_text_cell", lambda sheet, text: text)
    with pytest.raises(AssertionError):
        exported(desk, "xlsx")


def test_what_xml_cannot_hold_is_replaced(desk, event):
    with_names(event, ["a\x1fb"])
    assert "\ufffd" in exported(desk, "xlsx")[1][0]


@pytest.mark.parametrize("step", ["csv", "xlsx"])
def test_libreoffice_takes_no_cell_for_a_formula(step, desk, event, tmp_path):
    program = shutil.which("soffice") or shutil.which("libreoffice")
    if program is None:
        pytest.skip("LibreOffice is not installed here; openpyxl looked at the same file")
    with_names(event, [*DANGEROUS, *HARMLESS])
    file = tmp_path / f"exported.{step}"
    file.write_bytes(body(desk.post(EXPORT, {"step": step, "column": ["name"]})))
    command = [program, "--headless", f"-env:UserInstallation=file://{tmp_path}/profile", "--convert-to", "fods"]
    subprocess.run([*command, "--outdir", str(tmp_path), str(file)], check=True, timeout=120)
    assert "table:formula" not in (tmp_path / "exported.fods").read_text()


# Which rows, which columns


def test_the_filter_and_the_search_of_the_list_choose_the_rows(desk, event, olga):
    _, second, third = with_names(event, ["First Person", "Second Person", "Third Person"])
    second.approve(by=olga)
    assert exported(desk) == [["name"], ["First Person"], ["Third Person"]]  # like the list: what is pending
    assert exported(desk, address=f"{EXPORT}?state=all") == [
        ["name"],
        ["First Person"],
        ["Second Person"],
        ["Third Person"],
    ]
    assert exported(desk, address=f"{EXPORT}?state=approved") == [["name"], ["Second Person"]]
    assert exported(desk, address=f"{EXPORT}?state=all&q=third") == [["name"], ["Third Person"]]
    assert desk.get(f"{EXPORT}?person__email__startswith=a").status_code == 400  # as the list refuses it
    ticked = f"{third.pk},{second.pk}"
    assert exported(desk, ticked=ticked) == [["name"], ["Second Person"], ["Third Person"]]


def test_those_that_are_ticked_are_exported_through_the_action(desk, event):
    first, _, third = with_names(event, ["First Person", "Second Person", "Third Person"])
    page = desk.post(LIST, {"action": "export_selected", "_selected_action": [first.pk, third.pk], "index": 0})
    text = page.content.decode()
    assert "2 requests, which you ticked" in text
    assert f'name="ticked" value="{first.pk},{third.pk}"' in text
    everything = {"action": "export_selected", "_selected_action": [first.pk], "index": 0, "select_across": 1}
    assert desk.post(f"{LIST}?state=all", everything)["Location"] == f"{EXPORT}?state=all"


def test_the_list_links_to_the_export_of_what_it_shows(desk, event):
    with_names(event, ["First Person"])
    assert f'href="{EXPORT}?state=all&amp;q=first"' in desk.get(f"{LIST}?state=all&q=first").content.decode()


def test_chosen_columns_stand_in_the_address(desk, event):
    with_names(event, ["First Person"])
    kept = desk.post(f"{EXPORT}?state=all", {"step": "keep", "column": ["state", "email"]})["Location"]
    assert kept == f"{EXPORT}?state=all&column=email&column=state" or kept == (
        f"{EXPORT}?state=all&column=state&column=email"
    )
    page = desk.get(kept).context["form"]
    assert set(page["column"].value()) == {"email", "state"}
    assert set(desk.get(EXPORT).context["form"]["column"].value()) == {
        name for name, column in exporting.COLUMNS.items() if column.by_default
    }


def test_no_column_and_a_strange_one_are_told_and_nothing_is_exported(desk, event):
    for columns, said in (
        ([], "Tick one column or more."),
        (["person__login_key"], "There is no such column for you."),
    ):
        answer = desk.post(EXPORT, {"step": "csv", "column": columns})
        assert said in answer.content.decode()
    assert desk.post(EXPORT, {"step": "pdf", "column": ["name"]}).context["form"]
    assert desk.post(EXPORT, {"step": "csv", "column": ["name"], "ticked": "1 OR 1=1"}).context["form"]
    assert not Record.objects.exists()


def test_a_file_has_the_columns_listed_and_none_of_what_stays_inside():
    """Reasons, words, codes, tokens, keys: of a world where every private field has a word of its own."""
    made = world.World()
    browser = made.browsers["administrator by role"]
    answer = browser.post(f"{EXPORT}?state=all", {"step": "csv", "column": list(exporting.COLUMNS)})
    content = body(answer)
    titles, *rows = cells_of_csv(content)
    assert titles == [column.title for column in exporting.COLUMNS.values()]
    assert len(rows) == AccessRequest.objects.count()
    found = {what for _, what in made.canaries.found_in(content, made.groups())}
    assert found == {"address", "domain", "full_name", "organisation", "job_title", "why", "needs"}
    for role, user in made.people.items():
        assert user.login_key.encode() not in content, role
    assert answer["Content-Disposition"].startswith('attachment; filename="requests-2')
    assert "no-store" in answer["Cache-Control"]


def test_needs_are_for_those_who_may_see_them(event):
    people.ask(person("ada@example.com"), event, needs="No nuts.")
    may = {"view_accessrequest", "export_accessrequest"}
    without = browser_of(people.organiser("one@techtrack.test", permissions=may))
    assert "needs" not in dict(without.get(EXPORT).context["form"].fields["column"].choices)
    answer = without.post(EXPORT, {"step": "csv", "column": ["name", "needs"]})
    assert "There is no such column for you." in answer.content.decode()
    with_right = browser_of(people.organiser("two@techtrack.test", permissions=may | {"see_needs_accessrequest"}))
    assert exported(with_right, columns=["needs"]) == [["access or dietary needs"], ["No nuts."]]


def test_only_who_may_export_does(event):
    with_names(event, ["First Person"])
    for role in (roles.VIEWER, roles.MODERATOR, roles.EDITOR):
        browser = browser_of(people.organiser(f"{role.split()[0].lower()}@techtrack.test", role=role))
        assert browser.get(EXPORT).status_code == 403
        assert browser.post(EXPORT, {"step": "csv", "column": ["name"]}).status_code == 403
        assert "export/" not in browser.get(LIST).content.decode()
    assert not Record.objects.exists()


def test_times_are_in_utc(desk, event, olga):
    one = with_names(event, ["First Person"])[0]
    one.approve(by=olga)
    titles, row = exported(desk, columns=["asked", "decided"], address=f"{EXPORT}?state=all")
    assert titles == ["asked (UTC)", "last step (UTC)"]
    assert row == [
        f"{one.asked_at:%Y-%m-%dT%H:%M:%SZ}",
        f"{one.decisions.order_by('-pk').first().at:%Y-%m-%dT%H:%M:%SZ}",
    ]


# On record


@pytest.mark.parametrize("step", ["csv", "xlsx"])
def test_an_export_is_on_record_logged_on_the_health_page_and_told_to_administrators(step, desk, olga, event, log):
    with_names(event, ["First Person", "Second Person"])
    exported(desk, step, columns=["name", "email"], address=f"{EXPORT}?state=all&q=person")
    record = Record.objects.get()
    assert (record.deed, record.actor, record.figures) == (
        "exported",
        olga,
        {"rows": 2, "format": step, "columns": ["name", "email"]},
    )
    assert "person" not in record.about
    assert log.lines("requests were exported")[0]["rows"] == 2
    assert Alarm.objects.get().cause == "alarm-export"
    assert "requests were exported" in desk.get("/admin/health/").content.decode().lower()
    assert list(Mail.objects.filter(purpose="alarm-export").values_list("recipient", flat=True)) == [olga.email]
    exported(desk, step)
    assert Record.objects.count() == 2
    assert Mail.objects.filter(purpose="alarm-export").count() == 1  # one a day


# Many


def invented(count):
    event = world.event()
    now = timezone.now()
    users = AccessRequest._meta.get_field("person").related_model.objects
    people_ = users.bulk_create(users.model(email=f"p{number}@corp.example") for number in range(count))
    AccessRequest.objects.bulk_create(
        AccessRequest(
            event=event,
            person=one,
            asked_at=now - timedelta(seconds=number),
            full_name=f"Person {number}",
            organisation=f"Corp {number % 50}",
            job_title="Trust and safety lead",
            kind="platform",
            why="To learn how others report. " * 20,
            registered="yes",
            reception="maybe",
        )
        for number, one in enumerate(people_)
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")  # as a database does by itself, once rows are committed: PostgreSQL plans by it


def most_memory(step, count, rows=exporting.rows):
    """Bytes of Python's own, at their most, while so many rows were exported."""
    chosen = AccessRequest.objects.filter(pk__in=AccessRequest.objects.order_by("pk")[:count].values("pk"))
    names = list(exporting.COLUMNS)
    gc.collect()
    tracemalloc.start()
    try:
        if step == "csv":
            size = sum(map(len, exporting.as_csv(rows(chosen, names))))
        else:
            with exporting.as_xlsx(rows(chosen, names)) as file:
                size = sum(map(len, iter(lambda: file.read(65536), b"")))
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert size > count * 50
    return most


def all_at_once(chosen, names):
    """What must not be: every row in memory before the first is sent."""
    return list(exporting.rows(chosen, names))


@pytest.mark.slow
def test_ten_times_the_rows_take_no_more_memory(capsys):
    """``EXPORT_ROWS=100000`` for the many that an export must stand; the control reads all before it writes one."""
    many = int(os.environ.get("EXPORT_ROWS", "3000"))
    few = many // 10
    invented(many)
    measured = {step: (step, exporting.rows) for step in ("csv", "xlsx")} | {"control": ("csv", all_at_once)}
    figures = {}
    for what, (step, rows) in measured.items():
        most_memory(step, few, rows)  # what is read and kept once
        figures[what] = at_few, at_many = most_memory(step, few, rows), most_memory(step, many, rows)
        with capsys.disabled():
            sizes = f"{at_few / 2**20:.1f} MB for {few:,} rows, {at_many / 2**20:.1f} MB for {many:,}"
            print(f"\n  {what}: {sizes}: {at_many / at_few:.2f} times", end="")
    grown = {what: at_many - at_few for what, (at_few, at_many) in figures.items()}
    assert grown["csv"] < 2 * 2**20
    assert grown["xlsx"] < 2 * 2**20
    assert grown["control"] > 2.5 * 2**20
