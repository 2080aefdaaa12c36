"""`qiying privacy erase`: an erased person is in no table, no file and no index (reliability 24; PIPL 47)."""

from datetime import UTC, datetime

import pytest
from openpyxl import Workbook
from sqlalchemy import text
from sqlmodel import col, select
from typer.testing import CliRunner

from app.audit import AuditRow, person
from app.cli.main import app
from app.conversations.models import Answer
from app.directory.models import Contact, Enterprise, Officer
from app.outbox.models import OutboxMessage
from app.privacy import erasing
from app.privacy.clusters import is_named_by
from app.searching.grams import pairs_of_all
from app.searching.models import Gram
from app.tickets import indexing
from app.tickets.models import Rating, Ticket, TicketEvent
from app.tickets.referral_models import Referral
from app.trail.verify import verify
from app.trends.models import GapCluster, GapQuestion, TopicNotice

runner = CliRunner()
NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
GOES = ("oCanaryGoes00123456789abcdefg", "13912348765")


@pytest.mark.parametrize(
    "by", [["--openid", GOES[0]], ["--phone", "+86 139-1234-8765"]], ids=["openid", "phone"]
)
def test_an_erased_person_is_nowhere(place, goes, stays, by) -> None:
    """0 values in all tables, files, the database file itself and the index; the other person untouched."""
    assert len(goes()) > 40
    others = {place for place in stays() if "texts.json" not in place and ".db" not in place}
    done = runner.invoke(app, ["privacy", "erase", *by, "--apply"])
    assert done.exit_code == 0, done.output
    assert goes() == []
    assert others <= set(stays())
    with place.database.reading() as session:
        assert verify(session).fault == ""


def test_the_search_index_forgets_the_person(place, goes) -> None:
    """It holds neighbouring characters as numbers, which no search for a name or telephone would meet."""
    with place.database.transaction() as session:
        while indexing.take_in(session, NOW):
            pass
        before = set(session.exec(select(Gram.pair).where(col(Gram.row_id) == 1)).all())
    assert before
    runner.invoke(app, ["privacy", "erase", "--openid", GOES[0], "--apply"])
    with place.database.transaction() as session:
        assert session.exec(select(Gram).where(col(Gram.row_id) == 1)).all() == []
        assert session.exec(select(Gram).where(col(Gram.row_id) == 2)).first() is not None
        while indexing.take_in(session, NOW):
            pass
        left = set(session.exec(select(Gram.pair).where(col(Gram.row_id) == 1)).all())
        ticket = session.get_one(Ticket, 1)
        assert left <= pairs_of_all([ticket.content, "测试1号公司"])


def test_without_apply_nothing_changes(place, goes) -> None:
    before = goes()
    done = runner.invoke(app, ["privacy", "erase", "--openid", GOES[0]])
    assert done.exit_code == 0, done.output
    assert "没有删除" in done.output and "诉求：1" in done.output
    assert goes() == before


def test_the_case_stays_without_its_person(place) -> None:
    """The administration's record: number, dates, holder, matter, score and history remain."""
    runner.invoke(app, ["privacy", "erase", "--openid", GOES[0], "--apply"])
    with place.database.reading() as session:
        ticket = session.get_one(Ticket, 1)
        events = session.exec(select(TicketEvent).where(TicketEvent.ticket_id == 1)).all()
        contact = session.exec(select(Contact).where(Contact.enterprise_id == 1)).one()
        rating = session.exec(select(Rating).where(Rating.ticket_id == 1)).one()
        answer = session.exec(select(Answer).where(Answer.question == "")).one()
        messages = session.exec(select(OutboxMessage).where(col(OutboxMessage.ticket_id) == 1)).all()
        last = session.exec(select(AuditRow).order_by(col(AuditRow.id).desc())).first()
        enterprise = session.get_one(Enterprise, 1)
    assert (ticket.number, ticket.status, ticket.officer_id, ticket.openid) == (
        "20261120-0001",
        "处理中",
        1,
        None,
    )
    assert "门口积水" in ticket.content
    assert len(events) == 2 and contact.ended_at is not None and rating.score == 5
    assert answer.openid == person(GOES[0])
    states = {(message.openid, message.state) for message in messages}
    assert states == {(person(GOES[0]), "cancelled"), (person(GOES[0]), "sent"), ("oOfficer", "new")}
    assert enterprise.name == "测试1号公司" and enterprise.contact_phone == ""
    assert (last.action, last.object) == ("privacy.erase", person(GOES[0]))


def test_staff_are_managed_in_the_rosters(place) -> None:
    for by in (["--openid", "oOfficer"], ["--phone", "13900000001"]):
        done = runner.invoke(app, ["privacy", "erase", *by, "--apply"])
        assert done.exit_code != 0
        assert "名册" in str(done.exception)
    with place.database.reading() as session:
        assert session.get_one(Officer, 1).openid == "oOfficer"


def test_somebody_unknown_is_said_to_be_unknown(place) -> None:
    done = runner.invoke(app, ["privacy", "erase", "--phone", "13988887777", "--apply"])
    assert done.exit_code != 0 and "没有找到" in str(done.exception)


def test_a_half_erasure_is_undone(place, goes, monkeypatch) -> None:
    """If anything is left the transaction is rolled back as a whole."""
    before = len(goes())
    monkeypatch.setattr(erasing, "scrub_everywhere", lambda _session, _marks: 0)
    done = runner.invoke(app, ["privacy", "erase", "--openid", GOES[0], "--apply"])
    assert done.exit_code != 0 and "撤回" in str(done.exception)
    assert len(goes()) == before


def test_the_freed_pages_of_the_file_forget_too(place, goes) -> None:
    """A deleted row's bytes stay in SQLite's free pages until the file is rewritten."""
    words = {"words": f"{GOES[1]} " * 100}
    with place.database.write_engine.connect() as connection:
        if place.database.is_sqlite:
            connection.connection.execute("PRAGMA secure_delete=OFF")
        for number in range(300):
            connection.execute(
                text("INSERT INTO table_of_tomorrow VALUES (:id, :words, '{}')"), {"id": 100 + number} | words
            )
        connection.commit()
        connection.execute(text("DELETE FROM table_of_tomorrow WHERE id >= 100"))
        connection.commit()
    runner.invoke(app, ["privacy", "erase", "--openid", GOES[0], "--apply"])
    assert goes() == []


def test_a_referral_tells_the_matter_and_no_longer_whose(place, goes) -> None:
    """C14: its reason and outcome quote the person."""
    with place.database.transaction() as session:
        session.add(
            Referral(
                ticket_id=1, body="测试纪检组", reason="赵金丝雀 13912348765 三次被推回，厂在那边", times=3, referred_at=NOW,
                outcome="已联系 139 1234-8765",
            )
        )  # fmt: skip
    runner.invoke(app, ["privacy", "erase", "--openid", GOES[0], "--apply"])
    assert goes() == []
    with place.database.reading() as session:
        assert "厂在那边" in session.exec(select(Referral.reason)).one()


def test_a_cluster_named_in_the_persons_words_is_made_anew_without_them(place) -> None:
    """B3: names and numbers are left out of a cluster's name, but it is still what this person wrote."""
    with place.database.transaction() as session:
        session.add(Answer(id=9, openid="oOther", question="照怎么办", decision="none", at=NOW))
        for number, name in ((1, "我是某人，电话（电话），怎么办照"), (2, "照怎么办")):
            session.add(GapCluster(id=number, name=name, first_at=NOW, last_at=NOW))
        session.flush()
        for cluster, answer in ((1, 1), (1, 2), (2, 9)):
            session.add(GapQuestion(cluster_id=cluster, answer_id=answer, at=NOW))
        topic = {"kind": "gap", "day": NOW.date(), "count": 9, "median": 1.0, "limit": 3, "raised_at": NOW}
        session.add(TopicNotice(topic="1", name="我是某人", **topic))
    runner.invoke(app, ["privacy", "erase", "--openid", GOES[0], "--apply"])
    with place.database.reading() as session:
        assert session.exec(select(GapCluster.name)).all() == ["照怎么办"]
        assert session.exec(select(GapQuestion.answer_id)).all() == [9]
        assert session.exec(select(TopicNotice.topic)).all() == []


@pytest.mark.parametrize(
    ("name", "question", "is_theirs"),
    [
        ("我是某人，电话（电话），怎么办照", "我是赵金丝雀，电话13912348765，怎么办照", True),
        ("消防 证 怎么办", "消防证怎么办", True),
        ("食品证怎么办", "消防证怎么办", False),
        ("食品证怎么办", "", False),
    ],
)
def test_whose_words_a_name_is(name: str, question: str, is_theirs: bool) -> None:
    assert is_named_by(name, question) == is_theirs


def test_a_book_that_names_the_person_goes_and_others_stay(place, goes) -> None:
    """A list of another system as it came: cells as text, or a number as a number; nothing that can be rewritten."""
    folder = place.data_dir / "exchange/12345/done"
    folder.mkdir(parents=True)
    for name, cell in (
        ("text.xlsx", "联系 139-1234-8765"),
        ("number.xlsx", 13912348765),
        ("other.xlsx", 13912340000),
    ):
        book = Workbook()
        book.active.append(["电话", cell])
        book.save(folder / name)
    (folder / "broken.xlsx").write_bytes(b"PK\x03\x04 not a book")
    done = runner.invoke(app, ["privacy", "erase", "--openid", GOES[0], "--apply"])
    assert done.exit_code == 0, done.output
    assert sorted(path.name for path in folder.iterdir()) == ["broken.xlsx", "other.xlsx"]
