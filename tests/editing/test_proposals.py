"""A proposer hears what became of the proposal, once, in the transaction of the act."""

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import pytest
from sqlmodel import select

from app.db import Database
from app.editing.desk import Desk
from app.editing.proposals import tell_proposer
from app.editing.values import Act, Person, State
from app.outbox.models import OutboxMessage
from bot.messages import Reply
from handbook.drafting import Draft

ENTRY = "registration/company"
WANG = Person("officer:NH0001", "王服务", "oOfficerWang")


@pytest.fixture
def db(tmp_path: Path, blank_database: Callable[[Path], Database]) -> Iterator[Database]:
    db = blank_database(tmp_path / "t.db")
    yield db
    db.close()


def told(db: Database) -> list[str]:
    with db.reading() as session:
        rows = session.exec(select(OutboxMessage).order_by(OutboxMessage.id)).all()
    assert all(row.openid == WANG.openid and row.kind == "notice" for row in rows)
    return [Reply.from_json(row.reply).plain() for row in rows]


def test_a_declined_proposal_is_told_with_the_reason_once(
    desk: Desk, draft: Draft, zhang: Person, db: Database, now: datetime
) -> None:
    sheet = desk.propose(ENTRY, draft, WANG, now, words="应该这样答", ticket="20261120-0001", by=zhang)
    assert (sheet.state, sheet.updated.who) == (State.PROPOSED, zhang)
    after = desk.move(sheet.key, Act.DECLINE, sheet.version, zhang, now, note="已有条目")
    for _ in range(2):
        with db.transaction() as session:
            assert tell_proposer(session, after, Act.DECLINE, note="已有条目", now=now)
    (text,) = told(db)
    assert "没有采纳" in text
    assert "已有条目" in text
    assert "20261120-0001" in text


def test_acceptance_and_publishing_are_told_and_the_proposer_wrote_nothing(
    desk: Desk, draft: Draft, zhang: Person, li: Person, db: Database, now: datetime
) -> None:
    sheet = desk.propose(ENTRY, draft, WANG, now, words="应该这样答")
    sheet = desk.move(sheet.key, Act.ACCEPT, sheet.version, li, now)
    assert (sheet.state, sheet.authors) == (State.DRAFT, ())
    sent = desk.move(sheet.key, Act.SUBMIT, sheet.version, zhang, now)
    after = desk.publish(sent.key, sent.version, li, now)
    with db.transaction() as session:
        tell_proposer(session, sheet, Act.ACCEPT, note="", now=now)
        tell_proposer(session, after, Act.PUBLISH, note="", now=now)
    assert ["已采纳" in told(db)[0], "已写进手册" in told(db)[1]] == [True, True]


def test_an_own_draft_tells_nobody(desk: Desk, zhang: Person, db: Database, now: datetime) -> None:
    sheet = desk.start(ENTRY, zhang, now)
    with db.transaction() as session:
        assert not tell_proposer(session, sheet, Act.PUBLISH, note="", now=now)
    assert told(db) == []


def test_a_proposal_waits_while_somebody_edits_the_entry(
    desk: Desk, draft: Draft, zhang: Person, now: datetime
) -> None:
    from app.errors import Conflict

    sheet = desk.propose(ENTRY, draft, WANG, now, words="应该这样答")
    desk.start(ENTRY, zhang, now)
    with pytest.raises(Conflict, match="已有草稿"):
        desk.move(sheet.key, Act.ACCEPT, sheet.version, zhang, now)
