"""`make bench`: the table is printed, a goal that was missed is told, what is noisy is measured again."""

import os
import shutil
import sys
import types
from contextlib import ExitStack

import pytest
from django.db import connection

from benchmarks import crowded, export, memory, private, running, throughput
from benchmarks.gunicorn_settings import with_connections_kept
from benchmarks.public import against_the_floor
from benchmarks.results import text_of
from benchmarks.servers import Data
from benchmarks.start import local
from benchmarks.table import Row, as_table, ratio

from .nginx import SHIPPED


@pytest.fixture
def settings_of(tmp_path):
    return lambda **fields: running.Settings(folder=tmp_path, **fields)


@pytest.fixture
def part(monkeypatch):
    """A function: makes a part of the given rows, whatever they are told; gives its name."""

    def part(name, rows):
        module = types.ModuleType(f"benchmarks.{name}")
        module.rows = rows
        monkeypatch.setitem(sys.modules, module.__name__, module)
        return name

    return part


def row(measured, spread=None, held=True):
    return Row("agenda", measured, "≥ 0.85", held, spread)


@pytest.mark.fast
def test_the_table_is_printed_and_goals_that_are_met_end_well(part, capsys):
    good = part("good", lambda settings: iter([Row("agenda", "0.91", "≥ 0.85", True, 0.031, "7,500/s")]))
    reported = part("reported", lambda settings: iter([Row("mails", "240/s", "report", None)]))
    assert running.main([], parts=(good, reported)) == 0
    assert capsys.readouterr().out.splitlines() == [
        "| what   | measured | goal   | held | spread | note |",
        "| --- | --- | --- | --- | --- | --- |",
        "| agenda | 0.91     | ≥ 0.85 | yes  | 3%     | 7,500/s |",
        "| mails  | 240/s    | report |      |        |  |",
    ]


@pytest.mark.fast
def test_a_goal_that_was_missed_is_an_error(part, capsys):
    missed = part("missed", lambda settings: iter([row("0.84", held=False), row("0.9")]))
    assert running.main([], parts=(missed,)) == 1
    assert "**NO**" in capsys.readouterr().out


@pytest.mark.fast
def test_a_part_that_breaks_is_an_error_and_stops_no_other(part, capsys):
    def broken(settings):
        yield row("0.9")
        raise RuntimeError("no such page")

    parts = (part("broken", broken), part("good", lambda settings: iter([row("0.91")])))
    assert running.main([], parts=parts) == 1
    printed = capsys.readouterr()
    assert [line.split("|")[2].strip() for line in printed.out.splitlines()[2:]] == [
        "0.9",
        "broke: RuntimeError",
        "0.91",
    ]
    assert "no such page" in printed.err


@pytest.mark.fast
def test_results_are_kept_when_all_parts_ran_and_only_then(part, tmp_path, capsys):
    results = tmp_path / "results.md"
    parts = (part("one", lambda settings: iter([row("0.91")])), part("two", lambda settings: iter([])))
    assert running.main(["one"], parts, results) == 0
    assert not results.exists()
    assert running.main([], parts, results) == 0
    assert "1 of 1 goals are met." in results.read_text()


@pytest.mark.fast
def test_a_part_that_does_not_exist_is_refused(part, capsys):
    with pytest.raises(SystemExit):
        running.main(["nonesuch"], parts=(part("one", lambda settings: iter([])),))
    assert "there is no part nonesuch" in capsys.readouterr().err


@pytest.mark.fast
@pytest.mark.parametrize(
    ("spreads", "times", "stands", "noisy"),
    [
        ([0.05], 1, "try 1", False),
        ([0.10], 1, "try 1", False),
        ([0.11, 0.02], 2, "try 2", False),
        ([0.30, 0.11, 0.20, 0.09], 4, "try 4", False),
        ([0.30, 0.11, 0.20, 0.40, 0.01], 4, "try 2", True),  # three times again, and no more
    ],
)
def test_what_is_noisy_is_measured_again_three_times_at_most(settings_of, spreads, times, stands, noisy):
    tries = [row(f"try {number}", spread) for number, spread in enumerate(spreads, 1)]
    left = list(tries)
    [kept] = running.until_steady(lambda: [left.pop(0)], settings_of())
    assert (len(tries) - len(left), kept.measured, kept.noisy) == (times, stands, noisy)
    assert ("(noisy)" in as_table([kept])[2]) is noisy


@pytest.mark.fast
def test_a_steady_row_stands_while_another_of_the_same_run_is_measured_again(settings_of):
    runs = iter([[Row("a", "1", "", None, 0.01), Row("b", "1", "", None, 0.5)],
                 [Row("a", "2", "", None, 0.0), Row("b", "2", "", None, 0.1)]])  # fmt: skip
    kept = running.until_steady(lambda: next(runs), settings_of())
    assert [(one.what, one.measured) for one in kept] == [("a", "1"), ("b", "2")]


@pytest.mark.fast
def test_the_median_of_the_rounds_is_held_against_the_goal():
    assert ratio("x", [0.8, 0.86, 0.9], at_least=0.85) == Row("x", "0.86", "≥ 0.85", True, pytest.approx(0.1 / 0.86))
    assert ratio("x", [0.8, 0.84, 0.9], at_least=0.85).held is False
    assert ratio("x", [1.0, 1.25, 9.0], at_most=1.25).held is True
    assert ratio("x", [1.0, 1.26, 9.0], at_most=1.25).held is False
    assert ratio("x", [1.0]).held is None


@pytest.mark.fast
def test_results_name_machine_versions_and_date_and_no_path(settings_of):
    text = text_of([row("0.9")], settings_of())
    assert "cores" in text
    assert "gunicorn 2" in text
    assert "/" not in text.replace("requests/s", "").replace("results.md", "")


@pytest.mark.fast
def test_what_is_compared_behind_nginx_is_what_is_shipped():
    shipped = SHIPPED.read_text()
    kept = with_connections_kept(shipped)
    assert [line for line in kept.splitlines() if line not in shipped.splitlines()] == [
        '    proxy_set_header Connection "";',
        "        zone site 64k; keepalive 16;",
    ]


@pytest.mark.live
@pytest.mark.slow
def test_one_row_for_real(settings_of, tmp_path, monkeypatch):
    """Floor, Django and our site, each really started and loaded; the figures make sense, the goals are not judged."""
    if connection.vendor != "sqlite":
        pytest.skip("what is measured has a database of its own, SQLite: done once")
    if not shutil.which(os.environ.get("WRK") or "wrk"):
        pytest.skip("there is no wrk here (Debian: apt-get install wrk), and no other tool loads a server as well")
    monkeypatch.setenv("DJANGO_SETTINGS_MODULE", "cacc_techtrack.settings")  # as it is once our WSGI module was read
    settings = settings_of(rounds=1, seconds=1, again=0)
    requests, cpu = against_the_floor("calendar", settings, Data(tmp_path), "/agenda.ics", 0.8, 1.4)
    assert "site" in requests.note
    assert 0 < float(requests.measured) < 2
    assert float(cpu.measured) > 0.5


@pytest.mark.live
@pytest.mark.slow
def test_an_export_is_measured_whole(settings_of):
    if connection.vendor != "sqlite":
        pytest.skip("what is measured has a database of its own, SQLite: done once")
    if not shutil.which(os.environ.get("WRK") or "wrk"):
        pytest.skip("there is no wrk here (Debian: apt-get install wrk), and no other tool loads a server as well")
    small = export.measured(crowded.Desk(settings_of(), 60), "csv")
    assert small["lines"] == 60
    assert 0 <= small["grown"] < small["idle"] < 300 * export.MB


@pytest.mark.live
@pytest.mark.slow
def test_a_guest_is_shut_out_as_the_row_says(settings_of, monkeypatch):
    """The control: where nobody is revoked, it says so."""
    if connection.vendor != "sqlite":
        pytest.skip("what is measured has a database of its own, SQLite: done once")
    guest = private.guest(settings_of(), sessions=None)
    with monkeypatch.context() as changed:
        changed.setattr(private, "REVOKE", "nobody = {person}")
        nobody = private.shut_out(guest)
    assert (nobody.measured, nobody.held) == (str(private.ASKED), False)
    row = private.shut_out(guest)
    assert (row.measured, row.held) == ("0", True)


@pytest.mark.live
@pytest.mark.slow
def test_from_asking_to_the_mail_every_step_is_counted(settings_of, tmp_path, monkeypatch):
    """Sixteen people, in a database of their own; that nothing was lost on the way is judged there, and here found."""
    if connection.vendor != "sqlite":
        pytest.skip("what is measured has a database of its own, SQLite: done once")
    with ExitStack() as stack:
        flow = throughput.Flow(stack, settings_of(), "", 16)
        found = flow.once()
        monkeypatch.setattr(throughput, "post", lambda *told: None)
        with pytest.raises(RuntimeError, match="was due"):
            flow.once()
    assert all(figure > 0 for figure in found.values()), found


@pytest.mark.live
@pytest.mark.slow
def test_the_memory_of_everything_that_runs_is_counted(settings_of, tmp_path, monkeypatch):
    if connection.vendor != "sqlite":
        pytest.skip("what is measured has a database of its own, SQLite: done once")
    monkeypatch.setattr(memory, "local", lambda folder: local(folder) | {"WEB_CONCURRENCY": "1"})
    [row] = memory.rows(settings_of(rounds=1))
    names = [part.split()[0] for part in row.note.partition(";")[0].split(", ")]
    assert sorted(names) == ["mail", "starter", "web", "web"]
    assert 30 < float(row.measured.split()[0]) < 500
