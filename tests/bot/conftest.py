"""Hand-written fakes of what the dialogue looks up, and a driver that keeps the state between turns."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta

import pytest

from bot.messages import Incoming, MessageKind
from bot.policy import Policy
from bot.respond import respond
from bot.state import ConversationState
from bot.turn import Turn
from bot.views import EnterpriseView, Person, TicketView
from handbook.entry import Basis, Candidate, Decision, Entry, Kind, SearchResult

NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)


def make_entry(entry_id: str, title: str, kind: Kind = Kind.ANSWER, **changes: object) -> Entry:
    entry = Entry(
        id=entry_id,
        title=title,
        questions=(),
        unlike=(),
        keywords=(),
        department="市场监管局",
        category="开办登记",
        kind=kind,
        audience="public",
        summary=f"{title}：先到窗口。",
        sections=(),
        internal_notes="只给工作人员看",
        basis=(Basis("市场主体登记管理条例", "第二十四条"),),
        reviewed=date(2026, 11, 20),
        review_every=180,
        related=(),
    )
    return replace(entry, **changes)


@dataclass
class FakeSearch:
    """Answers by table; anything else is NONE."""

    results: dict[str, tuple[Decision, list[Entry]]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    scores: tuple[float, ...] = (0.9, 0.8, 0.7, 0.6, 0.5)

    def search(self, question: str, *, staff: bool = False) -> SearchResult:
        self.asked.append(question)
        decision, entries = self.results.get(question, (Decision.NONE, []))
        scored = zip(entries, self.scores, strict=False)
        candidates = tuple(Candidate(entry, score) for entry, score in scored)
        return SearchResult(question, decision, candidates, self.scores[0])

    def entry(self, entry_id: str) -> Entry | None:
        known = [entry for _, entries in self.results.values() for entry in entries]
        return next((entry for entry in known if entry.id == entry_id), None)


@dataclass
class FakeDesk:
    who: Person = field(default_factory=Person)
    tickets: tuple[TicketView, ...] = ()
    enterprises: tuple[EnterpriseView, ...] = ()
    rated: tuple[TicketView, ...] = ()
    closed: tuple[TicketView, ...] = ()

    def closed_lately(self) -> tuple[TicketView, ...]:
        return self.closed

    def rated_lately(self) -> tuple[TicketView, ...]:
        return self.rated

    def person(self) -> Person:
        return self.who

    def open_tickets(self) -> tuple[TicketView, ...]:
        return self.tickets

    def popular_questions(self) -> tuple[str, ...]:
        return ("年报怎么报",)

    def find_enterprises(self, text: str) -> tuple[EnterpriseView, ...]:
        return tuple(item for item in self.enterprises if text in item.name)


@dataclass
class Phone:
    """One person's chat."""

    search: FakeSearch = field(default_factory=FakeSearch)
    desk: FakeDesk = field(default_factory=FakeDesk)
    state: ConversationState = field(default_factory=ConversationState)
    now: datetime = NOW

    def says(self, text: str) -> Turn:
        return self.sends(MessageKind.TEXT, text=text)

    def incoming(self, text: str) -> Incoming:
        return Incoming("gh_test", "oTest", MessageKind.TEXT, self.now, "k", text=text)

    def sends(self, kind: MessageKind, **fields: object) -> Turn:
        incoming = Incoming("gh_test", "oTest", kind, self.now, "k", **fields)
        turn = respond(
            self.state,
            incoming,
            policy=POLICY,
            search=self.search,
            desk=self.desk,
            now=self.now,
        )
        # What survives a turn must survive the database, too.
        self.state = ConversationState.from_json(turn.state.to_json())
        return turn

    def waits(self, **delta: float) -> None:
        self.now += timedelta(**delta)


POLICY = Policy(
    district="宁河区",
    officer_title="为企服务人员",
    hub="区政务服务办",
    hotline="12345",
    account_name="政企同行·有需必应",
    departments=("住建委", "城管委"),
    destinations=("12345热线", "86912345热线", "市级部门"),
)


@pytest.fixture
def phone() -> Phone:
    return Phone()


@pytest.fixture
def entry() -> Callable[..., Entry]:
    return make_entry


@pytest.fixture
def ticket() -> Callable[..., TicketView]:
    def make(number: str = "20261120-0042", title: str = "门口修路", **changes: object) -> TicketView:
        return replace(TicketView(number, title, NOW), **changes)

    return make
