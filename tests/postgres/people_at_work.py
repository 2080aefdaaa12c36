"""Random people who do random things to tickets: any act, any order, crashes, days that pass, calendars that change."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
)
from sqlalchemy import func, update
from sqlmodel import Session, col, select

from app.clock import local_date
from app.db import Database
from app.directory.models import Officer
from app.districts.loader import load_profile, shipped_profiles
from app.errors import AppError
from app.outbox.models import OutboxMessage, OutboxState
from app.tickets import calendar_entry, reminding, service
from app.tickets.lifecycle import Action
from app.tickets.models import CoHandler, Handoff, MeetingItem, Rating, Ticket, TicketEvent
from app.tickets.values import Actor, ActorKind, Rules, TicketDraft
from app.workdays.calendar import WorkCalendar
from app.workdays.store import load_calendar

START = datetime(2026, 9, 25, 10, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
MOST_TICKETS = 4
RARE = {Action.MERGE, Action.WITHDRAW, Action.CLOSE, Action.CONVENE, Action.DECIDE}
HUB = Actor(ActorKind.HUB, "1", "中枢值班")
PEOPLE = [
    Actor(ActorKind.ENTERPRISE, "o-boss", ""),
    Actor(ActorKind.ENTERPRISE, "o-other", ""),
    Actor(ActorKind.OFFICER, "1", "王服务"),
    Actor(ActorKind.OFFICER, "2", "刘服务"),
    Actor(ActorKind.COORDINATOR, "1", "李专员"),
    Actor(ActorKind.COORDINATOR, "2", "周专员"),
    HUB,
]
TARGETS = [
    "",
    "住建委",
    "交通局",
    "officer:1",
    "officer:2",
    "department:2",
    "12345热线",
    "green",
    "solved",
    "没有",
]


class Crash(Exception):
    """The process dies just before the commit."""


class PeopleAtWork(RuleBasedStateMachine):
    """One district for the whole run; every example looks at its own tickets only."""

    database: Database

    def __init__(self) -> None:
        super().__init__()
        self.now = START
        self.ids: list[int] = []

    @initialize(key=st.sampled_from(shipped_profiles()))
    def district(self, key: str) -> None:
        self.profile = load_profile(key)
        with self.database.transaction() as session:
            session.connection().execute(update(Officer).values(away_from=None, away_until=None))
        self.opened("o-boss", "微信", is_bound=True)

    @precondition(lambda self: len(self.ids) < MOST_TICKETS)
    @rule(
        openid=st.sampled_from(["o-boss", "o-other", "o-stranger", None]),
        channel=st.sampled_from(["微信", "12345热线"]),
        is_bound=st.booleans(),
    )
    def somebody_asks(self, openid: str | None, channel: str, is_bound: bool) -> None:
        self.opened(openid, channel, is_bound=is_bound)

    def opened(self, openid: str | None, channel: str, *, is_bound: bool) -> None:
        numbers = {"o-boss": 1, "o-other": 2, None: 3}
        draft = TicketDraft(
            content="修路",
            openid=openid,
            enterprise_id=numbers.get(openid) if is_bound else None,
            channel=channel,
            departments=("住建委",),
        )
        with self.writing() as session:
            ticket = service.open_ticket(session, draft, rules=self.rules_of(session), now=self.now)
            self.ids.append(ticket.id or 0)

    @rule(
        which=st.integers(0, 99),
        actor=st.sampled_from(PEOPLE),
        action=st.sampled_from(list(Action)),
        aim=st.sampled_from(TARGETS),
        note=st.sampled_from(["", "好的", "绿色通道 很急"]),
        days=st.sampled_from([None, 3, 99]),
        score=st.sampled_from([None, 1, 5]),
        due_in=st.integers(-2, 20),
        version=st.sampled_from([None, None, None, 1, 3]),
        crashes=st.booleans(),
    )
    def act(self, which: int, actor: Actor, action: Action, aim: str, **words: Any) -> None:
        """Anybody tries anything; refused or crashed, nothing is left behind but the audit of a refusal."""
        ticket_id = self.ids[which % len(self.ids)]
        if action is Action.MERGE:
            aim = self.ticket(self.ids[(which + 1) % len(self.ids)]).number
        details = {
            "due_on": local_date(self.now) + timedelta(days=words.pop("due_in")),
            "members": ["住建委"],
        }
        version, crashes = words.pop("version"), words.pop("crashes")
        before = self.fingerprint()
        try:
            with self.writing() as session:
                try:
                    service.perform(
                        session,
                        ticket_id,
                        action,
                        actor,
                        target=aim,
                        details=details,
                        expected_version=version,
                        rules=self.rules_of(session),
                        now=self.now,
                        **words,
                    )
                except AppError:
                    crashes = False
                    session.flush()
                    assert self.fingerprint(session) == before, "a refusal writes nothing but its audit"
                if crashes:
                    raise Crash
        except Crash:
            assert self.fingerprint() == before, "a crash before the commit leaves nothing"

    @rule(seed=st.integers(0, 2**32))
    def people_work(self, seed: int) -> None:
        """A dozen possible acts in a row: keeps runs from being all refusals, and takes them deep."""
        chance = Random(seed)
        for _ in range(12):
            self.somebody_works(chance)
            self.now += timedelta(hours=chance.choice([0, 0, 1, 20]))

    def somebody_works(self, chance: Random) -> None:
        ticket = self.ticket(chance.choice(self.ids))
        seldom = (
            set()
            if chance.random() < 0.3
            else {Action.WITHDRAW, Action.MERGE, Action.SUPPLEMENT, Action.URGE}
        )
        with self.database.reading() as session:
            found = {
                actor: sorted(service.available_actions(session, ticket, actor, self.now) - seldom)
                for actor in PEOPLE
            }
        ways = {actor: actions for actor, actions in found.items() if actions}
        if not ways:
            return
        actor = chance.choice(list(ways))
        rare = [action for action in ways[actor] if action in RARE]
        action = chance.choice(rare if rare and chance.random() < 0.2 else ways[actor])
        targets = {
            Action.SUMMON: chance.choice(["住建委", "交通局"]),
            Action.DISPATCH: chance.choice(["officer:1", "officer:2", "交通局"]),
            Action.ENGAGE: chance.choice(["住建委", "交通局"]),
            Action.DECIDE: chance.choice(["住建委", "交通局"]),
            Action.MERGE: self.ticket(chance.choice(self.ids)).number,
            Action.HAND_OFF: self.profile.handoffs.destinations[0],
        }
        due_on = self.calendar().add(local_date(self.now), 5)
        with self.writing() as session, suppress(AppError):
            service.perform(
                session,
                ticket.id or 0,
                action,
                actor,
                note="办着",
                target=targets.get(action, ""),
                days=2,
                score=chance.choice([1, 4, 5]),
                details={"due_on": due_on},
                rules=self.rules_of(session),
                now=self.now,
            )

    @rule(hours=st.sampled_from([1, 8, 24, 72, 240]))
    def time_passes(self, hours: int) -> None:
        self.now += timedelta(hours=hours)
        with self.writing() as session:
            reminding.escalate_due(session, self.rules_of(session), self.now, limit=500)

    @rule(state=st.sampled_from([OutboxState.SENT, OutboxState.PENDING, OutboxState.UNKNOWN]))
    def pushes_go_out(self, state: OutboxState) -> None:
        with self.writing() as session:
            rows = session.exec(select(OutboxMessage).where(col(OutboxMessage.state) == OutboxState.NEW))
            for row in rows:
                row.state, row.sent_at = state, self.now if state is OutboxState.SENT else None
                session.add(row)

    @rule(officer_id=st.sampled_from([1, 2]), is_away=st.booleans())
    def somebody_is_away(self, officer_id: int, is_away: bool) -> None:
        with self.writing() as session:
            officer = session.get_one(Officer, officer_id)
            officer.away_from = local_date(self.now) if is_away else None
            session.add(officer)

    @precondition(lambda self: len(self.ids) > 1)
    @rule(days=st.integers(1, 30), is_workday=st.sampled_from([True, False, None]))
    def the_calendar_changes(self, days: int, is_workday: bool | None) -> None:
        day = local_date(self.now) + timedelta(days=days)
        with self.writing() as session:
            calendar_entry.override_day(
                session, day, is_workday, reason="雪", by=HUB, rules=self.rules_of(session), now=self.now
            )

    @contextmanager
    def writing(self) -> Iterator[Session]:
        with self.database.transaction() as session:
            yield session

    def calendar(self) -> WorkCalendar:
        with self.database.reading() as session:
            return load_calendar(session)

    def rules_of(self, session: Session) -> Rules:
        return Rules(self.profile, load_calendar(session), b"key")

    def ticket(self, ticket_id: int) -> Ticket:
        with self.database.reading() as session:
            return session.get_one(Ticket, ticket_id)

    def tickets(self) -> list[Ticket]:
        with self.database.reading() as session:
            return list(session.exec(select(Ticket).where(col(Ticket.id).in_(self.ids))))

    def histories(self) -> list[tuple[Ticket, list[TicketEvent]]]:
        with self.database.reading() as session:
            rows = session.exec(
                select(TicketEvent)
                .where(col(TicketEvent.ticket_id).in_(self.ids))
                .order_by(col(TicketEvent.id))
            )
            events: dict[int, list[TicketEvent]] = {}
            for row in rows:
                events.setdefault(row.ticket_id, []).append(row)
        return [(ticket, events[ticket.id or 0]) for ticket in self.tickets()]

    def fingerprint(self, session: Session | None = None) -> tuple[Any, ...]:
        """Versions of our tickets and the length of everything that an act writes, the audit left out."""
        if session is None:
            with self.database.reading() as reading:
                return self.fingerprint(reading)
        tables = (TicketEvent, OutboxMessage, Rating, MeetingItem, Handoff, CoHandler)
        lengths = [session.exec(select(func.count()).select_from(table)).one() for table in tables]
        versions = session.exec(
            select(Ticket.id, Ticket.version, Ticket.status).order_by(col(Ticket.id))
        ).all()
        return (*lengths, *map(tuple, versions))

    def teardown(self) -> None:
        """The next example must not be woken by our tickets."""
        with self.database.transaction() as session:
            session.connection().execute(update(Ticket).values(next_step_at=None))
