"""A full disk: nothing acknowledged is lost, reading goes on, and writing resumes without a restart (test 9).

The limit on the size of a file stands for the full disk; it holds for one forked process only.
"""

import resource
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlmodel import func, select

from app.backup import backup
from app.db import Database
from app.integrity import examine
from app.migrations import runner
from app.tickets.models import Ticket

MESSAGES = 400


def full_at(size: int) -> None:
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


def test_acknowledged_is_kept_reading_goes_on_and_writing_resumes(
    tmp_path: Path, front_desk: Any, in_child: Callable[..., Any]
) -> None:
    url = f"sqlite:///{tmp_path}/full.db"
    fresh = Database(url)
    runner.upgrade(fresh)
    fresh.close()  # folds the log into the file
    size = (tmp_path / "full.db").stat().st_size

    def fill_up() -> dict[str, Any]:
        database = Database(url)
        desk = front_desk.conversations(database)
        answered, refused = [], 0
        full_at(size + 150_000)
        for number in range(MESSAGES):
            openid = f"oFull{number}"
            try:
                desk.receive(front_desk.message(openid, 0, "厂门口修路货车进不来"))
                answered.append(openid)
            except Exception:
                refused += 1
                if refused > 5:
                    break
        with database.reading() as session:
            readable = session.exec(select(func.count()).select_from(Ticket)).one()
        full_at(100_000)
        try:
            backup(database, tmp_path / "copy.db")
            has_copy = True
        except Exception:
            has_copy = (tmp_path / "copy.db").exists()
        full_at(resource.RLIM_INFINITY)
        reply = desk.receive(front_desk.message("oAfter", 0, "厂门口修路货车进不来"))
        return {
            "answered": answered, "refused": refused, "readable": readable, "reply": reply, "copy": has_copy,
        }  # fmt: skip

    status, seen = in_child(fill_up)
    assert status == 0
    assert seen["refused"] > 5, "the disk never filled"
    assert seen["readable"] == len(seen["answered"]) > 0
    assert not seen["copy"], "half a copy looks like a copy"
    assert "单号" in seen["reply"]
    database = Database(url)
    with database.reading() as session:
        kept = set(session.exec(select(Ticket.openid)))
    assert set(seen["answered"]) <= kept
    assert examine(database) == []
    database.close()
