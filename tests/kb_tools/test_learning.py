"""What a choice teaches: kept without names, refuted by «没解决», taught only by an editor (B2, B3, PIPL 6)."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree

import pytest
from sqlmodel import select

from app.clock import Clock
from app.conversations import answers, learning
from app.conversations.handling import MessageHandler
from app.conversations.models import Lesson, LessonState
from app.conversations.service import Conversations
from app.db import Database
from app.directory import binding
from app.directory.models import Enterprise
from app.districts.loader import load_profile
from app.editing import phrasings
from app.editing.desk import Desk
from app.errors import AppError, Conflict, NotFound
from app.tickets.values import Rules
from app.workdays.store import load_calendar
from bot.effects import RecordAnswer
from bot.messages import Incoming, MessageKind
from handbook.entry import Candidate, Decision, Entry, Kind, Search, SearchResult

NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
BOSS = "oBoss"
PERMIT = "permit/food-business"
SHOP = "registration/individual-setup"


def entry(entry_id: str, title: str) -> Entry:
    return Entry(
        id=entry_id, title=title, questions=(), unlike=(), keywords=(), department="市场监管局", category="", kind=Kind.ANSWER,
        audience="public", summary=f"{title}的答复", sections=(), internal_notes="", basis=(), reviewed=None,
        review_every=180, related=(),
    )  # fmt: skip


class Unsure(Search):
    """A handbook that always asks back with the same two entries."""

    entries = (entry(SHOP, "个体户执照怎么办"), entry(PERMIT, "食品经营许可证怎么办"))

    def search(self, question: str, *, staff: bool = False) -> SearchResult:
        return SearchResult(question, Decision.CHOOSE, tuple(Candidate(e, 0.4) for e in self.entries), 0.5)

    def entry(self, entry_id: str) -> Entry | None:
        return next((e for e in self.entries if e.id == entry_id), None)


@pytest.fixture
def db(tmp_path: Path, blank_database: Callable[[Path], Database]) -> Database:
    db = blank_database(tmp_path / "learning.db")
    with db.transaction() as session:
        enterprise = Enterprise(
            credit_code="91120221MA0000001G", name="宁河区海燕测试食品有限公司", kind="企业", updated_at=NOW,
            legal_representative="赵测试",
        )  # fmt: skip
        session.add(enterprise)
        session.flush()
        binding.bind_contact(session, BOSS, enterprise.id or 0, NOW)
    return db


@pytest.fixture
def says(db: Database, tmp_path: Path) -> Callable[[str], str]:
    """The boss at the front desk."""
    clock, profile = Clock.starting_at(NOW), load_profile("ninghe")
    key = b"a key for these tests"
    desk = Desk(tmp_path / "kb", tmp_path / "local", profile.key, profile.handbook_variables())

    def rules(session) -> Rules:  # type: ignore[no-untyped-def]
        return Rules(profile, load_calendar(session), key)

    handler = MessageHandler(db, Unsure(), rules, clock, "http://127.0.0.1:8000", key, desk)
    conversations = Conversations(db, handler, clock)
    count = iter(range(1, 99))

    def say(text: str) -> str:
        incoming = Incoming("gh_test", BOSS, MessageKind.TEXT, clock.now(), f"m{next(count)}", text=text)
        document = conversations.receive(incoming)
        content = ElementTree.fromstring(document).findtext("Content") or ""  # noqa: S314 - our own text
        return re.sub(r"</?a[^>]*>", "", content)

    return say


def lessons(db: Database) -> list[Lesson]:
    with db.reading() as session:
        return list(session.exec(select(Lesson).order_by(Lesson.id)))


def test_a_choice_is_kept_as_a_labelled_example_without_names(
    says: Callable[[str], str], db: Database
) -> None:
    said = says("我们海燕测试想卖熟食，13912345678，找赵测试")
    assert lessons(db) == [] and "食品经营许可证怎么办" in said
    assert "食品经营许可证怎么办的答复" in says("2")
    (lesson,) = lessons(db)
    assert lesson.question == "我们某企业想卖熟食，（电话），找某人"
    assert (lesson.entry_id, lesson.offered, lesson.state) == (PERMIT, [SHOP, PERMIT], "waiting")
    assert lesson.at >= NOW and "openid" not in Lesson.model_fields


def test_not_solved_after_the_choice_counts_against_and_teaches_nothing(
    says: Callable[[str], str], db: Database
) -> None:
    says("想卖熟食")
    says("2")
    assert "单号" in says("没解决")
    assert [lesson.state for lesson in lessons(db)] == ["refuted"]
    with db.reading() as session:
        assert answers.unsolved_counts(session, NOW) == {PERMIT: 1}
        assert learning.taught(session, LessonState.WAITING, 10) == []


def test_none_of_the_choices_is_a_person_at_once(says: Callable[[str], str], db: Database) -> None:
    """Nobody is bounced twice: «都不是» and «没解决» both end at a person."""
    says("想卖熟食")
    assert "单号" in says("3")
    assert lessons(db) == []


def record(db: Database, question: str, entry_id: str = PERMIT, decision: str = "chosen") -> None:
    with db.transaction() as session:
        answers.record(session, BOSS, RecordAnswer(question, decision, entry_id, (SHOP, PERMIT), 1.0), NOW)


def test_only_choices_teach_and_the_same_words_are_one_lesson(db: Database) -> None:
    for question in ("想卖熟食", "想卖熟食", "卖凉菜", ""):
        record(db, question)
    record(db, "直接答的", decision="answer")
    with db.reading() as session:
        assert [(t.lesson.question, t.count) for t in learning.taught(session, LessonState.WAITING, 9)] == [
            ("想卖熟食", 2),
            ("卖凉菜", 1),
        ]
        assert learning.counts(session) == {"waiting": 2, "accepted": 0, "rejected": 0, "refuted": 0}


def test_a_lesson_is_decided_once_for_all_who_asked_the_same(db: Database) -> None:
    for question in ("想卖熟食", "想卖熟食"):
        record(db, question)
    with db.transaction() as session:
        (found,) = learning.taught(session, LessonState.WAITING, 9)
        same = learning.decide(
            session, found.lesson, LessonState.ACCEPTED, who="zhang", now=NOW, phrasing="卖熟食"
        )
        assert {(each.state, each.decided_by, each.phrasing) for each in same} == {
            ("accepted", "zhang", "卖熟食")
        }
        with pytest.raises(Conflict):
            learning.decide(session, found.lesson, LessonState.ACCEPTED, who="li", now=NOW)
        learning.refute(session, found.lesson.answer_id)
        assert found.lesson.state == LessonState.ACCEPTED
        learning.decide(session, found.lesson, LessonState.REJECTED, who="li", now=NOW)
    assert {lesson.state for lesson in lessons(db)} == {"rejected"}


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    kb = tmp_path / "kb"
    for entry_id, title in ((PERMIT, "食品经营许可证怎么办"), (SHOP, "个体户执照怎么办")):
        file = kb / f"{entry_id}.md"
        file.parent.mkdir(parents=True)
        file.write_text(f"---\ntitle: {title}\nkind: answer\naudience: public\n---\n先到窗口。\n", "utf-8")
    more = kb / "_phrasings" / f"{PERMIT}.txt"
    more.parent.mkdir(parents=True)
    more.write_text("开饭馆要啥证\n", "utf-8")
    return Desk(kb, tmp_path / "local", "ninghe", {})


def phrasings_of(desk: Desk, entry_id: str) -> tuple[str, ...]:
    return next(e for e in desk.library().entries if e.id == entry_id).phrasings


def test_an_accepted_phrasing_stands_beside_the_shipped_ones_and_can_be_taken_back(desk: Desk) -> None:
    assert phrasings.teach(desk, PERMIT, " 想卖\n熟食 #咋办 ") == "想卖 熟食 咋办"
    phrasings.teach(desk, PERMIT, "卖凉菜要办证吗")
    assert phrasings_of(desk, PERMIT)[1:] == ("开饭馆要啥证", "想卖 熟食 咋办", "卖凉菜要办证吗")
    phrasings.forget(desk, PERMIT, "想卖 熟食 咋办")
    assert phrasings_of(desk, PERMIT)[1:] == ("开饭馆要啥证", "卖凉菜要办证吗")


@pytest.mark.parametrize(
    ("entry_id", "phrasing", "refusal"),
    [
        (PERMIT, "开饭馆要啥证", Conflict),
        (SHOP, "开饭馆要啥证？", Conflict),
        (PERMIT, "我电话13912345678，卖熟食", AppError),
        (PERMIT, "卖", AppError),
        (PERMIT, "卖" * 121, AppError),
        ("permit/none", "卖熟食", NotFound),
        ("../../x", "卖熟食", AppError),
    ],
)
def test_what_must_not_be_taught_is_refused(
    desk: Desk, entry_id: str, phrasing: str, refusal: type[AppError]
) -> None:
    with pytest.raises(refusal):
        phrasings.teach(desk, entry_id, phrasing)
    assert not list(desk.local_dir.rglob("*.txt"))


def test_a_districts_own_text_keeps_the_shipped_phrasings(desk: Desk) -> None:
    """An editor who mends one sentence must not lose the ways people ask."""
    own = desk.local_dir / f"{PERMIT}.md"
    own.parent.mkdir(parents=True)
    own.write_text((desk.kb_dir / f"{PERMIT}.md").read_text("utf-8").replace("先到", "请先到"), "utf-8")
    found = next(e for e in desk.library().entries if e.id == PERMIT)
    assert "请先到" in found.summary and found.more_questions == ("开饭馆要啥证",)
    assert replace(desk, local_dir=desk.kb_dir.parent / "none").library().entries[0].more_questions
