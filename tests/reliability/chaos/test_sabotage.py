"""Take a protection out of a copy of the program: the test that guards it must fail there.

A test that cannot fail proves nothing. Each case names the file, the words that are replaced and the test.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
FOLDERS = ("app", "bot", "handbook", "tests", "deploy")
LINKED = ("kb", "data")


@dataclass(frozen=True)
class Sabotage:
    """`old` becomes `new` in `file`, and so does `also`; `test` (pytest's arguments) must fail then."""

    name: str
    file: str
    old: str
    new: str
    test: str
    also: tuple[tuple[str, str], ...] = ()

    @property
    def changes(self) -> tuple[tuple[str, str], ...]:
        """Every (old, new)."""
        return ((self.old, self.new), *self.also)


CASES = (
    Sabotage(
        "one writer, by the database and by the file lock",
        "app/db.py",
        'begin = "BEGIN" if read_only else "BEGIN IMMEDIATE"',
        'begin = "BEGIN"',
        "tests/postgres/test_races.py -k sqlite",
        also=(("if not held:", "if False:"),),
    ),
    Sabotage(
        "unique key of the inbox",
        "app/conversations/inbox.py",
        "return inserted.scalar_one_or_none() is not None",
        "return True",
        "tests/journeys/test_delivery.py -k case_33_two_processes",
    ),
    Sabotage(
        "version of a ticket",
        "app/tickets/changes.py",
        "is_mine = case.session.connection().execute(statement).rowcount == 1",
        "is_mine = case.session.connection().execute(statement).rowcount >= 0",
        "tests/tickets/test_concurrency.py",
    ),
    Sabotage(
        "fence of an outbox lease",
        "app/outbox/claims.py",
        "if row.id is not None and row.state == OutboxState.RUN and row.owner == owner",
        "if row.id is not None",
        "tests/outbox/test_once.py -k slow_worker_may_not_write",
    ),
    Sabotage(
        "lease taken by one",
        "app/outbox/claims.py",
        ".where(col(OutboxMessage.id).in_(list(ids)), or_(_is_due(now), _has_died(now)))",
        ".where(col(OutboxMessage.id).in_(list(ids)))",
        "tests/outbox/test_once.py -k lease_is_taken_by_one",
    ),
    Sabotage(
        "commit before the answer",
        "app/db.py",
        "with Session(self.write_engine, expire_on_commit=False) as session, session.begin():\n            yield session",
        "session = Session(self.write_engine, expire_on_commit=False)\n        session.begin()\n        yield session\n"
        "        import threading\n\n        threading.Timer(0.25, lambda: (session.commit(), session.close())).start()",
        "tests/reliability/test_kill.py -k sqlite",
    ),
    Sabotage(
        "waiting for the disk",
        "app/db.py",
        'cursor.execute("PRAGMA synchronous=FULL")',
        'cursor.execute("PRAGMA synchronous=OFF")',
        "tests/reliability/test_torn_log.py",
    ),
    Sabotage(
        "second try of a lost race",
        "app/conversations/handling.py",
        "TRIES = 3",
        "TRIES = 1",
        "tests/reliability/test_lost_races.py -k sqlite",
    ),
    Sabotage(
        "links off while tables are made anew",
        "app/migrations/runner.py",
        'raw.execute("PRAGMA foreign_keys=OFF")',
        'raw.execute("PRAGMA foreign_keys=ON")',
        "tests/reliability/test_cut_short.py -k upgrade_cut_short",
    ),
    Sabotage(
        "one transaction for a message",
        "app/conversations/inbox.py",
        "    session.connection().execute(_SAVE,",
        "    session.commit()\n    session.connection().execute(_SAVE,",
        "tests/reliability/test_cut_short.py -k message_is_handled",
    ),
    Sabotage(
        "answers of one handbook only",
        "handbook/service.py",
        "if memory.handbook is not self._handbook:",
        "if False:",
        "tests/handbook/test_memory.py",
    ),
)


@pytest.fixture
def copy(tmp_path: Path) -> Iterator[Path]:
    """The program and its tests in a folder of their own."""
    target = tmp_path / "copy"
    for name in FOLDERS:
        shutil.copytree(ROOT / name, target / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in LINKED:
        (target / name).symlink_to(ROOT / name)
    shutil.copy(ROOT / "pyproject.toml", target / "pyproject.toml")
    yield target
    shutil.rmtree(target, ignore_errors=True)


@pytest.mark.timeout(900)
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_guard_sees_it(case: Sabotage, copy: Path) -> None:
    """Once as it is (must pass), once without the protection (must fail)."""
    assert passes(copy, case.test), "the test does not pass as it is"
    file = copy / case.file
    text = file.read_text("utf-8")
    for old, new in case.changes:
        text = text.replace(old, new)
    file.write_text(text, "utf-8")
    assert not passes(copy, case.test), f"nobody notices that it is gone: {case.name}"


def passes(copy: Path, test: str) -> bool:
    name, _, chosen = test.partition(" -k ")
    command = [sys.executable, "-m", "pytest", name, "-q", "-x", "-p", "no:cacheprovider"]
    command += ["-k", chosen] if chosen else []
    kept = {key: value for key, value in os.environ.items() if not key.startswith("QIYING_")}
    done = subprocess.run(
        command,
        cwd=copy,
        env=kept | {"PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode in (0, 1), done.stdout[-2000:] + done.stderr[-2000:]
    return done.returncode == 0
