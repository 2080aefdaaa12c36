"""Sampled satisfaction call-backs (D3): drawn by seed, asked once by chat, called by a person where silent.

A draw is a function of seed, period and tickets: done again it gives the same tickets, so it can be checked.
The contact cap holds here, because the survey is something that we start (E7).
"""

import random
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlmodel import Session, col, select

from app.clock import local_date
from app.directory.models import Area, Department, Enterprise, Officer, Visit
from app.districts.rules import Grouping
from app.errors import Conflict, NotFound
from app.followers.models import Follower
from app.tickets import describing, notices, telling
from app.tickets.events import write_event
from app.tickets.lifecycle import Status
from app.tickets.models import Campaign, CampaignItem, Ticket
from app.tickets.values import Actor, Incomplete, Rules

MONTH = timedelta(days=30)
UNGROUPED = "未分类"
ANSWERED, UNREACHABLE, REFUSED = "answered", "unreachable", "refused"
OUTCOMES = {ANSWERED: "已答复", UNREACHABLE: "联系不上", REFUSED: "不愿评价"}
SATISFIED_FROM = 4


@dataclass(frozen=True)
class Candidate:
    """A closed ticket that may be drawn."""

    ticket_id: int
    number: str
    enterprise_id: int | None
    group: str


@dataclass(frozen=True)
class GroupFigures:
    """How one group of a campaign went; `satisfied` are answers of 4 and 5."""

    group: str
    drawn: int
    answered: int
    satisfied: int


def draw(candidates: Iterable[Candidate], *, seed: int, per_group: int) -> list[Candidate]:
    """At most `per_group` of each group, an enterprise once in all; the same arguments give the same draw. Pure."""
    groups: dict[str, list[Candidate]] = defaultdict(list)
    for candidate in sorted(candidates, key=lambda item: item.number):
        groups[candidate.group].append(candidate)
    drawn: list[Candidate] = []
    disturbed: set[int] = set()
    for group in sorted(groups):
        members = groups[group]
        random.Random(f"{seed}:{group}").shuffle(members)
        taken = 0
        for member in members:
            if taken == per_group:
                break
            if member.enterprise_id in disturbed:
                continue
            if member.enterprise_id is not None:
                disturbed.add(member.enterprise_id)
            drawn.append(member)
            taken += 1
    return drawn


def create_campaign(
    session: Session,
    name: str,
    *,
    since: date,
    until: date,
    seed: int,
    by: Actor,
    rules: Rules,
    now: datetime,
) -> Campaign:
    """Draw from the tickets filed from `since` to `until` (both included); Conflict for a name used before."""
    if until < since:
        raise Incomplete("结束日期应不早于开始日期")
    if session.exec(select(Campaign).where(col(Campaign.name) == name)).first() is not None:
        raise Conflict(f"已有名为「{name}」的回访，换个名字")
    feedback = rules.profile.feedback
    campaign = Campaign(
        name=name,
        seed=seed,
        since=since,
        until=until,
        per_group=feedback.sample_per_group,
        grouped_by=feedback.grouped_by.value,
        created_at=now,
        created_by=by.name,
    )
    session.add(campaign)
    session.flush()
    found = _candidates(session, since, until, feedback.grouped_by, feedback.contacts_per_month, now)
    for item in draw(found, seed=seed, per_group=feedback.sample_per_group):
        session.add(CampaignItem(campaign_id=campaign.id or 0, ticket_id=item.ticket_id, group=item.group))
    session.flush()
    return campaign


def ask(session: Session, campaign: Campaign, *, rules: Rules, now: datetime) -> int:
    """Ask everybody who was drawn and can be reached by chat, once, within office hours; how many were asked."""
    opens = rules.calendar.next_open(now, rules.profile.office_hours)
    asked = 0
    for item, ticket in items(session, campaign):
        if item.asked_at is not None or item.outcome or ticket.openid is None:
            continue
        facts = describing.describe(session, ticket, rules=rules, now=now)
        notice = notices.survey(facts)
        key = f"campaign{campaign.id}"
        telling.push_to_enterprise(session, ticket, notice, rules=rules, now=now, key=key, due_at=opens)
        item.asked_at = opens
        session.add(item)
        asked += 1
    session.flush()
    return asked


def items(session: Session, campaign: Campaign) -> list[tuple[CampaignItem, Ticket]]:
    """Everything that was drawn."""
    statement = (
        select(CampaignItem, Ticket)
        .join(Ticket, col(Ticket.id) == col(CampaignItem.ticket_id))
        .where(col(CampaignItem.campaign_id) == campaign.id)
        .order_by(col(CampaignItem.group), col(CampaignItem.id))
    )
    return list(session.exec(statement).all())


def callbacks(session: Session, *, rules: Rules, now: datetime) -> list[tuple[CampaignItem, Ticket]]:
    """Whom a person has to call: never reachable by chat, or silent for the profile's working days."""
    limit = rules.profile.feedback.callback_working_days
    statement = (
        select(CampaignItem, Ticket)
        .join(Ticket, col(Ticket.id) == col(CampaignItem.ticket_id))
        .where(col(CampaignItem.outcome) == "")
        .order_by(col(CampaignItem.asked_at), col(CampaignItem.id))
    )
    today = local_date(now)
    return [
        (item, ticket)
        for item, ticket in session.exec(statement).all()
        if (item.asked_at is None and ticket.openid is None)
        or (item.asked_at is not None and rules.calendar.between(local_date(item.asked_at), today) >= limit)
    ]


def record_call(
    session: Session,
    item_id: int,
    *,
    by: Actor,
    outcome: str,
    score: int | None = None,
    officer_score: int | None = None,
    comment: str = "",
    now: datetime,
) -> CampaignItem:
    """A named person called; an answer needs a score. It is on the ticket's timeline and the contact log."""
    item = session.get(CampaignItem, item_id)
    ticket = session.get(Ticket, item.ticket_id) if item else None
    if item is None or ticket is None:
        raise NotFound("没有这项回访")
    if item.outcome:
        raise Conflict(f"这项回访已有结果：{OUTCOMES[item.outcome]}")
    if outcome not in OUTCOMES or (outcome == ANSWERED and score not in range(1, 6)):
        raise Incomplete("请选回访结果；有答复的要写 1 到 5 分")
    _settle(session, item, outcome, score, officer_score, comment, now)
    item.called_by = by.name
    note = f"{OUTCOMES[outcome]}{f'，{score} 分' if score else ''}{f'：{comment}' if comment else ''}"
    write_event(session, ticket, "surveyed", by, now, note=note, is_public=False)
    if ticket.enterprise_id is not None:
        visit = Visit(enterprise_id=ticket.enterprise_id, at=now, channel="回访", note=note[:1000])
        session.add(visit)
    session.flush()
    return item


def note_answer(
    session: Session, ticket_id: int, score: int, officer_score: int | None, comment: str, now: datetime
) -> None:
    """A rating in chat answers every call-back that still waits for this ticket."""
    statement = select(CampaignItem).where(col(CampaignItem.ticket_id) == ticket_id)
    for item in session.exec(statement):
        if item.outcome in ("", ANSWERED) and not item.called_by:
            _settle(session, item, ANSWERED, score, officer_score, comment, now)


def figures(session: Session, campaign: Campaign) -> list[GroupFigures]:
    """Per group: drawn, answered, satisfied."""
    groups: dict[str, list[CampaignItem]] = defaultdict(list)
    for item, _ in items(session, campaign):
        groups[item.group].append(item)
    return [
        GroupFigures(
            group,
            len(members),
            sum(item.outcome == ANSWERED for item in members),
            sum((item.score or 0) >= SATISFIED_FROM for item in members),
        )
        for group, members in sorted(groups.items())
    ]


def _settle(
    session: Session,
    item: CampaignItem,
    outcome: str,
    score: int | None,
    officer_score: int | None,
    comment: str,
    now: datetime,
) -> None:
    item.outcome, item.answered_at = outcome, now
    item.score, item.officer_score, item.comment = score, officer_score, comment[:1000]
    session.add(item)


def _candidates(
    session: Session, since: date, until: date, grouped_by: Grouping, cap: int, now: datetime
) -> list[Candidate]:
    """Filed in the period, not merged, person not opted out, enterprise not contacted too often already."""
    statement = select(Ticket).where(
        col(Ticket.status) == Status.CLOSED, col(Ticket.duplicate_of_id).is_(None)
    )
    tickets = [
        ticket
        for ticket in session.exec(statement)
        if ticket.closed_at is not None and since <= local_date(ticket.closed_at) <= until
    ]
    refusing = set(session.exec(select(Follower.openid).where(col(Follower.refuses_surveys))))
    tired = _contacted_too_often(session, cap, now)
    return [
        Candidate(ticket.id or 0, ticket.number, ticket.enterprise_id, _group(session, ticket, grouped_by))
        for ticket in tickets
        if ticket.openid not in refusing and ticket.enterprise_id not in tired
    ]


def _contacted_too_often(session: Session, cap: int, now: datetime) -> set[int | None]:
    """Enterprises that we asked `cap` times or more within the last 30 days."""
    statement = (
        select(Ticket.enterprise_id)
        .join(CampaignItem, col(CampaignItem.ticket_id) == col(Ticket.id))
        .where(col(CampaignItem.asked_at) >= now - MONTH, col(Ticket.enterprise_id).is_not(None))
    )
    asked = list(session.exec(statement))
    return {enterprise_id for enterprise_id in asked if asked.count(enterprise_id) >= cap}


def _group(session: Session, ticket: Ticket, grouped_by: Grouping) -> str:
    if grouped_by is Grouping.CATEGORY:
        return ticket.category or UNGROUPED
    if grouped_by is Grouping.AREA:
        enterprise = session.get(Enterprise, ticket.enterprise_id) if ticket.enterprise_id else None
        area = session.get(Area, enterprise.area_code) if enterprise and enterprise.area_code else None
        return area.name if area else UNGROUPED
    department = session.get(Department, ticket.department_id) if ticket.department_id else None
    if department is not None:
        return department.name
    officer = session.get(Officer, ticket.officer_id) if ticket.officer_id else None
    return (officer.unit if officer else "") or UNGROUPED
