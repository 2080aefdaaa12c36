"""Texts end when they are no longer needed, cases and the audit trail stay (PIPL 19; Cybersecurity Law: 180 days)."""

import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlmodel import col, func, select
from typer.testing import CliRunner

from app import audit
from app.audit import AuditRow
from app.cli.main import app
from app.conversations.models import Answer, InboxMessage, InboxState, Lesson
from app.db import Database
from app.directory.models import Attempt
from app.errors import ConfigurationError
from app.followers.models import Follower
from app.limits.models import AddressBucket
from app.migrations import runner
from app.outbox.models import OutboxMessage, OutboxState
from app.panel.models import LoginFailure, Upload, User, UserSession
from app.privacy.files import forget_rejected
from app.privacy.retention import Retention, purge
from app.trends.models import GapCluster, GapQuestion, TopicKind, TopicNotice

NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
KEEP = Retention()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def db(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    url = f"sqlite:///{tmp_path}/t.db"
    if request.param == "postgresql":
        url = request.getfixturevalue("cluster").new_database()
    database = Database(url)
    runner.upgrade(database)
    yield database
    database.close()


def ago(days: int) -> datetime:
    return NOW - timedelta(days=days)


def add(db: Database, *rows: object) -> None:
    with db.transaction() as session:
        for row in rows:
            session.add(row)
            session.flush()


def test_each_table_ends_on_its_day_and_not_before(db: Database) -> None:
    """One row on each side of every limit."""
    user = User(id=1, username="test", role="hub", password_hash="x", created_at=NOW)
    add(db, user)
    for side, name in ((-1, "young"), (1, "old")):
        add(
            db,
            InboxMessage(
                dedupe_key=f"text-{name}", openid="o", kind="text", state=InboxState.ANSWERED, reply_xml="words",
                received_at=ago(KEEP.inbox_texts + side),
            ),
            InboxMessage(
                dedupe_key=f"row-{name}", openid="o", kind="text", state=InboxState.ANSWERED, received_at=ago(KEEP.inbox + side)
            ),
            Answer(openid="o", question=f"scope-{name}", decision="out_of_scope", at=ago(KEEP.out_of_scope + side)),
            Lesson(answer_id=side + 2, question=name, entry_id="a/b", at=ago(KEEP.questions + side)),
            Answer(openid="o", question=f"gap-{name}", decision="none", at=ago(KEEP.questions + side)),
            OutboxMessage(
                dedupe_key=f"sent-{name}", openid="o", kind="notice", reply=["words"], fields={"a": "b"}, state=OutboxState.SENT,
                created_at=ago(KEEP.told + side), due_at=NOW,
            ),
            OutboxMessage(
                dedupe_key=f"waits-{name}", openid="o", kind="notice", reply=["words"], state=OutboxState.NEW,
                created_at=ago(KEEP.told + side), due_at=NOW,
            ),
            Follower(openid=f"o-{name}", first_seen_at=ago(400), last_seen_at=ago(KEEP.dialogue + side), state={"q": "w"}),
            Attempt(key=f"a-{name}", count=1, since=ago(KEEP.attempts + side)),
            UserSession(
                id_hash=f"s-{name}", user_id=1, csrf_token="x", created_at=ago(400), last_seen_at=ago(KEEP.sessions + side)
            ),
            AddressBucket(key=f"b-{name}", tokens=1.0, at=NOW - timedelta(hours=24 + side)),
            LoginFailure(key=f"f-{name}", count=1, since=ago(KEEP.attempts + side)),
        )  # fmt: skip
    done = purge(db, KEEP, NOW, NOW)
    with db.reading() as session:
        inbox = {row.dedupe_key: row.reply_xml for row in session.exec(select(InboxMessage))}
        questions = {row.question: row.openid for row in session.exec(select(Answer))}
        told = {row.dedupe_key: row.reply for row in session.exec(select(OutboxMessage))}
        lessons = session.exec(select(Lesson.question)).all()
        states = {row.openid: row.state for row in session.exec(select(Follower))}
        left = [*session.exec(select(Attempt.key)), *session.exec(select(UserSession.id_hash))]
        left += [*session.exec(select(LoginFailure.key)), *session.exec(select(AddressBucket.key))]
    assert inbox == {"text-young": "words", "text-old": "", "row-young": ""}
    assert questions == {"scope-young": "o", "gap-young": "o", "": ""}
    assert lessons == ["young"]
    assert told == {"sent-young": ["words"], "sent-old": [], "waits-young": ["words"], "waits-old": ["words"]}
    assert states == {"o-young": {"q": "w"}, "o-old": {}}
    assert left == ["a-young", "s-young", "f-young", "b-young"]
    assert done["questions"] == done["out_of_scope"] == 1
    assert purge(db, KEEP, NOW, NOW) == {}


def test_more_rows_than_a_chunk_go_in_short_transactions(db: Database) -> None:
    with db.transaction() as session:
        for number in range(1203):
            session.add(Attempt(key=f"a{number}", count=1, since=ago(100)))
    assert purge(db, KEEP, NOW, NOW) == {"attempts": 1203}


def test_the_audit_trail_is_never_purged(db: Database) -> None:
    with db.transaction() as session:
        audit.record(session, at=ago(4000), actor_kind="user", actor="a", action="b", target="c")
    purge(db, Retention.of({"questions": 1}), NOW, NOW)
    with db.reading() as session:
        assert (
            session.exec(select(func.count()).select_from(AuditRow).where(col(AuditRow.at) < NOW)).one() == 1
        )


def test_the_district_may_change_single_numbers() -> None:
    assert Retention.of({"questions": 30}) == Retention(questions=30)


@pytest.mark.parametrize(
    "wrong", [{"question": 1}, {"told": 0}, {"told": "3"}, {"told": True}, {"sessions": 90}]
)
def test_a_number_that_cannot_be_meant_is_refused(wrong: dict[str, object]) -> None:
    """Logs of logins must stay six months."""
    with pytest.raises(ConfigurationError, match="QIYING_RETENTION"):
        Retention.of(wrong)


def test_a_cluster_ends_with_the_words_it_is_named_by(db: Database) -> None:
    """B3: its name is somebody's question. One that is still asked stays, and so do topics that are no question."""
    for number, last in ((1, ago(KEEP.questions + 1)), (2, ago(1))):
        add(db, GapCluster(id=number, name=f"第{number}问", first_at=ago(300), last_at=last))
        add(db, GapQuestion(cluster_id=number, answer_id=number, at=last))
        add(db, GapQuestion(cluster_id=number, answer_id=10 + number, at=ago(300)))
    for kind, topic, day in (
        (TopicKind.GAP, "1", 200),
        (TopicKind.GAP, "2", 10),
        (TopicKind.CATEGORY, "城市管理", 200),
    ):
        add(
            db,
            TopicNotice(
                kind=kind, topic=topic, name=topic, day=ago(day).date(), count=9, median=1.0, limit=3, raised_at=ago(day)
            ),
        )  # fmt: skip
    done = purge(db, KEEP, NOW, NOW)
    with db.reading() as session:
        assert session.exec(select(GapCluster.name)).all() == ["第2问"]
        assert session.exec(select(GapQuestion.answer_id)).all() == [2]
        assert sorted(session.exec(select(TopicNotice.topic))) == ["2", "城市管理"]
    assert {name: done[name] for name in ("gap_questions", "gap_clusters", "gap_notices")} == {
        "gap_questions": 3,
        "gap_clusters": 1,
        "gap_notices": 1,
    }


def test_a_list_nobody_decided_about_is_gone_after_a_day(db: Database) -> None:
    """It holds numbers of people; not only the next upload ends it."""
    add(db, User(id=1, username="test", role="hub", password_hash="x", created_at=NOW))
    for name, hours in (("young", 23), ("old", 25)):
        add(
            db,
            Upload(
                user_id=1,
                kind="x",
                name=name,
                content=b"13900000001",
                created_at=NOW - timedelta(hours=hours),
            ),
        )
    purge(db, KEEP, NOW, NOW)
    with db.reading() as session:
        assert session.exec(select(Upload.name)).all() == ["young"]


def test_refused_rows_of_an_import_are_gone_after_ninety_days(tmp_path: Path) -> None:
    """They hold numbers of people; only the folder of refused rows is looked at."""
    for name, days in (("imports/young.csv", 89), ("imports/old.csv", 91), ("uploads/old.csv", 91)):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("行号,电话\n1,13900000001\n")
        os.utime(path, (ago(days).timestamp(), ago(days).timestamp()))
    assert forget_rejected(tmp_path, NOW) == 1
    assert sorted(path.name for path in tmp_path.rglob("*.csv")) == ["old.csv", "young.csv"]
    assert (tmp_path / "uploads/old.csv").exists()
    assert forget_rejected(tmp_path / "nowhere", NOW) == 0


@pytest.mark.parametrize(
    ("value", "is_ok", "said"),
    [
        ("{}", True, "都按默认"),
        ('{"questions": 90}', True, "questions 90 天"),
        ('{"question": 90, "told": 0}', False, "没有「question」这一项，可用：attempts、dialogue、inbox"),
        ('{"told": 0}', False, "told 要写 1 到 3650 之间"),
    ],
)
def test_doctor_reads_the_districts_own_days(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, value: str, is_ok: bool, said: str
) -> None:
    """A misspelt name would keep texts longer than the district decided, and only a start would say so."""
    monkeypatch.setenv("QIYING_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("QIYING_WECHAT_API_BASE_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("QIYING_RETENTION", value)
    done = CliRunner().invoke(app, ["doctor", "--json"])
    (found,) = [row for row in json.loads(done.stdout) if row["part"] == "保留期限"]
    assert found["ok"] is is_ok and said in found["text"]
