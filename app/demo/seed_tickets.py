"""The demo's tickets: invented stories played through the real services, with the clock moving along.

Events, deadlines, reminders and pushes are therefore what the program itself would have written. Pushes are
marked as delivered, so that the running demo does not send a week of them.
"""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from importlib import resources
from typing import Any

from sqlalchemy import select, update
from sqlmodel import Session, col

from app.clock import SHANGHAI, local_date
from app.demo.seed_areas import DEPARTMENTS, department_openid
from app.demo.seed_areas import officers as staff_officers
from app.demo.seed_directory import Directory
from app.demo.seed_people import DEMO_PEOPLE, demo_openid
from app.directory import binding
from app.directory.models import Coordinator, Officer
from app.districts.profile import HolderKind
from app.keyvalue import Counter
from app.outbox.models import OutboxMessage, OutboxState
from app.tickets import service
from app.tickets.lifecycle import Action
from app.tickets.models import Ticket
from app.tickets.values import Actor, ActorKind, Rules, TicketDraft
from app.workdays.calendar import WorkCalendar

NEXT_NUMBER = 42
HUB_CLERK = Actor(ActorKind.HUB, "1", "中枢值班员")
TICKS = (time(9, 1), time(13, 31))
FIRST_TICK_DAY = -9
DELIVERY = timedelta(seconds=4)
STUCK = {
    "dead": {"state": OutboxState.DEAD.value, "last_error": "template/send: errcode 43004", "tries": 3},
    "pending": {"state": OutboxState.PENDING.value, "last_error": "no window, no template", "tries": 1},
}


@dataclass
class Story:
    """One request and what was done about it; `ticket_id` once it is opened."""

    data: Mapping[str, Any]
    openid: str | None
    ticket_id: int | None = None


@dataclass(order=True)
class Act:
    """Something that happens at a moment: a story's opening or step, or the worker's tick."""

    at: datetime
    order: int
    story: Story | None = field(compare=False)
    step: Mapping[str, Any] | None = field(compare=False)


def seed_tickets(session: Session, directory: Directory, rules: Rules, now: datetime) -> None:
    """Play every story in the order of time."""
    stories = [_story(data) for data in _stories()]
    session.add(Counter(name="ticket_number", value=NEXT_NUMBER - 1 - len(stories)))
    session.flush()
    _bind(session, stories, directory, now)
    player = _Player(session, directory, rules)
    for act in sorted(_acts(stories, rules.calendar, now)):
        player.play(act)


def background_openids() -> tuple[str, ...]:
    """Made-up people who are no phones of the playground, but to whom the demo may have to tell something."""
    phones = {person.openid for person in DEMO_PEOPLE}
    contacts = {story.openid for story in (_story(data) for data in _stories()) if story.openid is not None}
    officers = {officer.openid for officer in staff_officers() if officer.openid is not None}
    coordinators = {department_openid(n) for n in range(1, len(DEPARTMENTS) + 1)}
    return tuple(sorted((contacts | officers | coordinators) - phones))


class _Player:
    def __init__(self, session: Session, directory: Directory, rules: Rules) -> None:
        self._session = session
        self._directory = directory
        self._rules = rules
        self._stuck: dict[int, str] = {}

    def play(self, act: Act) -> None:
        """One act, and the delivery of what it wrote."""
        if act.story is None:
            service.escalate_due(self._session, self._rules, act.at)
        elif act.step is None:
            self._open(act.story, act.at)
        else:
            self._do(act.story, act.step, act.at)
        self._deliver(act.at)

    def _open(self, story: Story, at: datetime) -> None:
        data = story.data
        draft = TicketDraft(
            content=data["text"],
            openid=story.openid,
            enterprise_id=self._directory.enterprise_ids.get(data["enterprise"]),
            contact_name="赵测试",
            contact_phone=f"1390000{data['enterprise']:04d}",
            channel=data.get("channel", "微信"),
            near=tuple(data.get("near", ())),
            category=data.get("category", ""),
            kind=data.get("kind", ""),
            is_about_officer=data.get("about_officer", False),
            external_number=data.get("external_number", ""),
            opened_by=None if story.openid else HUB_CLERK,
        )
        ticket = service.open_ticket(self._session, draft, rules=self._rules, now=at)
        story.ticket_id = ticket.id
        if ticket.id is not None and "stuck" in data:
            self._stuck[ticket.id] = data["stuck"]

    def _do(self, story: Story, step: Mapping[str, Any], at: datetime) -> None:
        assert story.ticket_id is not None  # noqa: S101 - acts are played in order
        ticket = self._session.get_one(Ticket, story.ticket_id)
        service.perform(
            self._session,
            story.ticket_id,
            Action(step["do"]),
            self._actor(step["by"], ticket, story),
            note=step.get("note", ""),
            target=step.get("target", ""),
            days=step.get("days"),
            score=step.get("score"),
            rules=self._rules,
            now=at,
        )

    def _actor(self, by: str, ticket: Ticket, story: Story) -> Actor:
        if by == "hub":
            return HUB_CLERK
        if by == "enterprise":
            return Actor(ActorKind.ENTERPRISE, story.openid or "", "赵测试")
        if by == "department":
            statement = select(Coordinator).where(col(Coordinator.department_id) == ticket.department_id)
            person = self._session.scalars(statement).first()
            assert person is not None  # noqa: S101 - every demo department has one
            return Actor(ActorKind.COORDINATOR, str(person.id), person.name)
        holds = ticket.holder_kind == HolderKind.OFFICER
        officer = self._session.get_one(Officer, ticket.officer_id if holds else ticket.first_responder_id)
        return Actor(ActorKind.OFFICER, str(officer.id), officer.name)

    def _deliver(self, at: datetime) -> None:
        new = self._session.scalars(
            select(OutboxMessage)
            .where(col(OutboxMessage.state) == OutboxState.NEW)
            .order_by(col(OutboxMessage.id))
        ).all()
        for message in new:
            fate = self._stuck.get(message.ticket_id or 0) if message.kind == "ticket_resolved" else None
            sent = {
                "state": OutboxState.SENT.value,
                "sent_at": at + DELIVERY,
                "channel": "template" if (message.id or 0) % 3 else "text",
                "tries": 1,
            }
            self._session.execute(
                update(OutboxMessage)
                .where(col(OutboxMessage.id) == message.id)
                .values(**(STUCK[fate] if fate else sent))
            )
        self._session.flush()


def _stories() -> list[dict[str, Any]]:
    text = resources.files("app.demo").joinpath("seed_stories.toml").read_text(encoding="utf-8")
    stories: list[dict[str, Any]] = tomllib.loads(text)["story"]
    return stories


def _story(data: Mapping[str, Any]) -> Story:
    if not data.get("contact", True):
        return Story(data, None)
    number = data["enterprise"]
    owner = next((person for person in DEMO_PEOPLE if number and number in person.enterprises), None)
    return Story(data, owner.openid if owner else demo_openid(f"contact{number:03d}x"))


def _bind(session: Session, stories: list[Story], directory: Directory, now: datetime) -> None:
    """The people of the playground and the contacts of the stories, most of them verified."""
    since = now - timedelta(days=20)
    for person in DEMO_PEOPLE:
        for number in reversed(person.enterprises):
            contact = binding.bind_contact(session, person.openid, directory.enterprise_ids[number], since)
            contact.verified_at = since if person.is_verified else None
            session.add(contact)
    for story in stories:
        enterprise_id = directory.enterprise_ids.get(story.data["enterprise"])
        if story.openid is None or enterprise_id is None:
            continue
        contact = binding.bind_contact(session, story.openid, enterprise_id, since)
        is_phone = any(story.openid == person.openid for person in DEMO_PEOPLE)
        if not is_phone and story.data["enterprise"] % 4:
            contact.verified_at, contact.verified_by = since, "演示"
        session.add(contact)
        binding.save_contact(session, story.openid, "赵测试", f"1390000{story.data['enterprise']:04d}")
    session.flush()
    _make_current(session, directory)


def _make_current(session: Session, directory: Directory) -> None:
    for person in DEMO_PEOPLE:
        if person.enterprises:
            binding.switch_contact(session, person.openid, directory.enterprise_ids[person.enterprises[0]])
            binding.save_contact(session, person.openid, person.name, f"1390000{person.enterprises[0]:04d}")
    session.flush()


def _acts(stories: list[Story], calendar: WorkCalendar, now: datetime) -> Iterator[Act]:
    """Every act with its moment; what would lie in the future happens just now."""
    order = 0
    for story in stories:
        for step in (None, *story.data.get("steps", ())):
            order += 1
            yield Act(min(_moment(calendar, now, (step or story.data)["at"]), now), order, story, step)
    for offset in range(FIRST_TICK_DAY, 1):
        for tick in TICKS:
            at = _moment(calendar, now, (offset, tick.isoformat("minutes")))
            if at <= now:
                yield Act(at, 0, None, None)


def _moment(calendar: WorkCalendar, now: datetime, at: tuple[int, str]) -> datetime:
    """The time of day on the working day so many before today (or before the last one, on an off day)."""
    today = local_date(now)
    base: date = today if calendar.is_workday(today) else calendar.add(today, -1)
    day = calendar.add(base, at[0]) if at[0] else base
    return datetime.combine(day, time.fromisoformat(at[1]), SHANGHAI)
