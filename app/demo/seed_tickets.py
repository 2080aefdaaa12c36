"""The demo's tickets: invented stories played through the real services, with the clock moving along.

Events, deadlines, reminders and pushes are therefore what the program itself would have written. Pushes are
marked as delivered, so that the running demo does not send a week of them.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import select, update
from sqlmodel import Session, col

from app.clock import SHANGHAI, local_date
from app.demo.cast import Cast
from app.demo.seed_areas import departments
from app.demo.seed_areas import officers as staff_officers
from app.demo.seed_directory import Directory
from app.demo.seed_people import SeededPerson, demo_openid, demo_people
from app.demo.stories import stories
from app.directory import binding
from app.directory.models import Coordinator, Officer
from app.districts.profile import HolderKind
from app.keyvalue import Counter
from app.outbox.models import OutboxMessage, OutboxState
from app.tickets import rectifying, service
from app.tickets.categorising import proposed_category
from app.tickets.lifecycle import Action
from app.tickets.models import Ticket
from app.tickets.values import Actor, ActorKind, Rules, TicketDraft
from app.workdays.calendar import WorkCalendar

NEXT_NUMBER = 42
BELOW_HUB = {HolderKind.OFFICER, HolderKind.DEPARTMENT}
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


def seed_tickets(session: Session, cast: Cast, directory: Directory, rules: Rules, now: datetime) -> None:
    """Play every story in the order of time."""
    people = demo_people(cast)
    told = [_story(data, people) for data in stories(cast.without)]
    session.add(Counter(name="ticket_number", value=NEXT_NUMBER - 1 - len(told)))
    session.flush()
    _bind(session, told, directory, now, people)
    player = _Player(session, cast, directory, rules)
    for act in sorted(_acts(told, rules.calendar, now)):
        player.play(act)
    player.list_problems(told, now)


def background_openids(cast: Cast) -> tuple[str, ...]:
    """Made-up people who are no phones of the playground, but to whom the demo may have to tell something."""
    people = demo_people(cast)
    told = (_story(data, people) for data in stories(cast.without))
    found = {story.openid for story in told if story.openid is not None}
    found |= {officer.openid for officer in staff_officers(cast) if officer.openid is not None}
    found |= {department.openid for department in departments(cast)}
    return tuple(sorted(found - {person.openid for person in people}))


class _Player:
    def __init__(self, session: Session, cast: Cast, directory: Directory, rules: Rules) -> None:
        self._session = session
        self._cast = cast
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

    def list_problems(self, told: list[Story], now: datetime) -> None:
        """The problem list (C12), from the stories that the district puts on it."""
        numbers = {story.data["enterprise"]: story.ticket_id for story in told}
        for problem in self._cast.problems:
            ticket = self._session.get_one(Ticket, numbers[problem.enterprise])
            item = rectifying.list_problem(
                self._session, problem.title, department=problem.department, owner_name="示例负责人",
                measures=problem.measures, source="企业诉求", ticket_number=ticket.number, by=HUB_CLERK,
                rules=self._rules, now=now,
            )  # fmt: skip
            if problem.evidence and item.id is not None:
                rectifying.add_evidence(
                    self._session, item.id, note=problem.evidence, by=HUB_CLERK, rules=self._rules, now=now
                )
        self._deliver(now)

    def _open(self, story: Story, at: datetime) -> None:
        data, number = story.data, story.data["enterprise"]
        draft = TicketDraft(
            content=self._told(data["text"], number),
            openid=story.openid,
            enterprise_id=self._directory.enterprise_ids.get(number),
            contact_name="赵测试",
            contact_phone=f"1390000{number:04d}",
            channel=self._channel(data.get("channel", "微信")),
            near=tuple(data.get("near", ())),
            category=self._category(data),
            kind=data.get("kind", ""),
            is_about_officer=data.get("about_officer", False),
            external_number=data.get("external_number", ""),
            opened_by=None if story.openid else HUB_CLERK,
        )
        ticket = service.open_ticket(self._session, draft, rules=self._rules, now=at)
        story.ticket_id = ticket.id
        if ticket.id is not None and "stuck" in data:
            self._stuck[ticket.id] = data["stuck"]

    def _told(self, text: str, number: int) -> str:
        home = self._cast.homes.get(number, self._cast.area_code(1))
        return text.replace("{home}", self._cast.area_name(home)).replace("{elsewhere}", self._cast.elsewhere)

    def _channel(self, name: str) -> str:
        """As the district calls it; one it does not have comes by its first."""
        known = self._rules.profile.channels
        wanted = self._cast.window if name == "window" else name
        return wanted if wanted in known else known[0]

    def _category(self, data: Mapping[str, Any]) -> str:
        topic = data.get("topic")
        own = self._cast.categories.get(data["enterprise"])
        return own or (proposed_category([topic], self._rules.profile.from_handbook) if topic else "")

    def _do(self, story: Story, step: Mapping[str, Any], at: datetime) -> None:
        assert story.ticket_id is not None  # noqa: S101 - acts are played in order
        ticket = self._session.get_one(Ticket, story.ticket_id)
        action, by, target = Action(step["do"]), step["by"], step.get("target", "")
        if action is Action.RAISE:
            rung = _rung(ticket, target)
            if rung is None:
                return
            by, target = "hub" if rung["needs_opinion"] else by, rung["key"]
        elif action in (Action.SUMMON, Action.DISPATCH):
            target = self._cast.department(target)
        service.perform(
            self._session,
            story.ticket_id,
            action,
            self._actor(by, ticket, story),
            note=step.get("note", ""),
            target=target,
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


def _rung(ticket: Ticket, target: str) -> Mapping[str, Any] | None:
    """The next rung above the departments, or the one that asks the city; None where there is none above."""
    here = next(n for n, step in enumerate(ticket.ladder) if step["key"] == ticket.step)
    wanted = {HolderKind.CITY, HolderKind.MEETING} if target == "city" else set(HolderKind)
    above = [step for step in ticket.ladder[here + 1 :] if step["holder_kind"] in wanted - BELOW_HUB]
    return above[0] if above else None


def _story(data: Mapping[str, Any], people: Iterable[SeededPerson]) -> Story:
    if not data.get("contact", True):
        return Story(data, None)
    number = data["enterprise"]
    owner = next((person for person in people if number and number in person.enterprises), None)
    return Story(data, owner.openid if owner else demo_openid(f"contact{number:03d}x"))


def _bind(
    session: Session,
    told: list[Story],
    directory: Directory,
    now: datetime,
    people: tuple[SeededPerson, ...],
) -> None:
    """The people of the playground and the contacts of the stories, most of them verified."""
    since = now - timedelta(days=20)
    for person in people:
        for number in reversed(person.enterprises):
            contact = binding.bind_contact(session, person.openid, directory.enterprise_ids[number], since)
            contact.verified_at = since if person.is_verified else None
            session.add(contact)
    phones = {person.openid for person in people}
    for story in told:
        enterprise_id = directory.enterprise_ids.get(story.data["enterprise"])
        if story.openid is None or enterprise_id is None:
            continue
        contact = binding.bind_contact(session, story.openid, enterprise_id, since)
        if story.openid not in phones and story.data["enterprise"] % 4:
            contact.verified_at, contact.verified_by = since, "演示"
        session.add(contact)
        binding.save_contact(session, story.openid, "赵测试", f"1390000{story.data['enterprise']:04d}")
    session.flush()
    _make_current(session, directory, people)


def _make_current(session: Session, directory: Directory, people: tuple[SeededPerson, ...]) -> None:
    for person in people:
        if person.enterprises:
            binding.switch_contact(session, person.openid, directory.enterprise_ids[person.enterprises[0]])
            binding.save_contact(session, person.openid, person.name, f"1390000{person.enterprises[0]:04d}")
    session.flush()


def _acts(told: list[Story], calendar: WorkCalendar, now: datetime) -> Iterator[Act]:
    """Every act with its moment; what would lie in the future happens just now."""
    order = 0
    for story in told:
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
