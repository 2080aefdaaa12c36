"""Sampled satisfaction call-backs (D3): drawn by seed, asked once by chat, called by a person where silent.

A draw is a function of seed, period and tickets: done again it gives the same tickets, so it can be checked.
The contact cap holds here, because the survey is something that we start (E7); who is left out is kept with
the reason.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import update
from sqlmodel import Session, col, select

from app.clock import local_date
from app.directory.models import Area, Department, Enterprise, Officer
from app.districts.rules import Grouping
from app.errors import Conflict
from app.followers.models import Follower
from app.tickets import contacting, describing, notices, telling
from app.tickets.contacting import Contact, Skipped
from app.tickets.lifecycle import Status
from app.tickets.models import Campaign, CampaignItem, Rating, Ticket
from app.tickets.sampling import Candidate, draw
from app.tickets.values import SATISFIED_FROM, Actor, Incomplete, Rules

UNGROUPED = "未分类"
ANSWERED, UNREACHABLE, REFUSED, LEFT_ALONE = "answered", "unreachable", "refused", "left_alone"
OUTCOMES = {ANSWERED: "已答复", UNREACHABLE: "联系不上", REFUSED: "不愿评价", LEFT_ALONE: "未打扰"}
CALLED = (ANSWERED, UNREACHABLE, REFUSED)
FAILED = (UNREACHABLE, REFUSED, LEFT_ALONE)
SKIPPED_KEPT = 1000


@dataclass(frozen=True)
class GroupFigures:
    """How one group of a campaign went; `satisfied` are answers of 4 and 5."""

    group: str
    drawn: int
    answered: int
    satisfied: int


def create_campaign(
    session: Session,
    name: str,
    *,
    since: date,
    until: date,
    seed: int,
    per_group: int | None = None,
    by: Actor,
    rules: Rules,
    now: datetime,
) -> Campaign:
    """Draw from the tickets filed from `since` to `until` (both included); Conflict for a name used before.

    `per_group`: at most so many of each group; None: as many as the profile says.
    """
    if until < since:
        raise Incomplete("结束日期应不早于开始日期", field="until")
    if session.exec(select(Campaign).where(col(Campaign.name) == name)).first() is not None:
        raise Conflict(f"已有名为「{name}」的回访，换个名字", field="name")
    feedback = rules.profile.feedback
    per_group = feedback.sample_per_group if per_group is None else per_group
    campaign = Campaign(
        name=name,
        seed=seed,
        since=since,
        until=until,
        per_group=per_group,
        grouped_by=feedback.grouped_by.value,
        created_at=now,
        created_by=by.name,
    )
    session.add(campaign)
    session.flush()
    found, skipped = _candidates(session, since, until, rules, now)
    campaign.skipped = [item.to_json() for item in skipped[:SKIPPED_KEPT]]
    for item in draw(found, seed=seed, per_group=per_group):
        session.add(CampaignItem(campaign_id=campaign.id or 0, ticket_id=item.ticket_id, group=item.group))
    session.flush()
    return campaign


def replace_failed(session: Session, campaign: Campaign, *, rules: Rules, now: datetime) -> int:
    """Draw others for those whom nobody reached, who refused or who had to be left alone; how many.

    BH 2(3)1 wants so many *valid* samples of each group, not so many drawn. No enterprise comes twice.
    """
    drawn = items(session, campaign)
    kept = Counter(item.group for item, _ in drawn if item.outcome not in FAILED)
    tickets = {ticket.id for _, ticket in drawn}
    enterprises = {ticket.enterprise_id for _, ticket in drawn} - {None}
    found, _ = _candidates(session, campaign.since, campaign.until, rules, now)
    fresh = [
        item for item in found if item.ticket_id not in tickets and item.enterprise_id not in enterprises
    ]
    added = 0
    for group in sorted({item.group for item, _ in drawn if item.outcome in FAILED}):
        members = [item for item in fresh if item.group == group and item.enterprise_id not in enterprises]
        for item in draw(members, seed=campaign.seed, per_group=campaign.per_group - kept[group]):
            session.add(CampaignItem(campaign_id=campaign.id or 0, ticket_id=item.ticket_id, group=group))
            enterprises |= {item.enterprise_id} - {None}
            added += 1
    session.flush()
    return added


def ask(session: Session, campaign: Campaign, *, rules: Rules, now: datetime) -> int:
    """Ask everybody who was drawn and can be reached by chat, once, within office hours; how many were asked.

    Whoever was contacted too often since the draw is left alone, and the item says so.
    """
    opens = rules.calendar.next_open(now, rules.profile.office_hours)
    asked = 0
    for item, ticket in items(session, campaign):
        if item.asked_at is not None or item.outcome or ticket.openid is None:
            continue
        reason = contacting.reason_to_leave_alone(
            session, ticket.enterprise_id, ticket.openid, profile=rules.profile, now=now
        )
        if reason:
            settle(session, item, LEFT_ALONE, None, None, reason, now)
            continue
        _ask_one(session, campaign, item, ticket, rules=rules, now=now, opens=opens)
        asked += 1
    session.flush()
    return asked


def _ask_one(
    session: Session,
    campaign: Campaign,
    item: CampaignItem,
    ticket: Ticket,
    *,
    rules: Rules,
    now: datetime,
    opens: datetime,
) -> None:
    notice = notices.survey(describing.describe(session, ticket, rules=rules, now=now))
    key = f"campaign{campaign.id}"
    telling.push_to_enterprise(session, ticket, notice, rules=rules, now=now, key=key, due_at=opens)
    item.asked_at = opens
    session.add(item)
    if ticket.enterprise_id is not None:
        note = f"满意度回访「{campaign.name}」{ticket.number}"
        contacting.log_contact(session, ticket.enterprise_id, Contact.SURVEY, note=note, now=opens)


def skipped(session: Session, campaign: Campaign) -> list[Skipped]:
    """Everybody whom this campaign left alone, with the reason (E7)."""
    at_the_draw = [Skipped(item["number"], item["reason"]) for item in campaign.skipped or []]
    later = [
        Skipped(ticket.number, item.comment)
        for item, ticket in items(session, campaign)
        if item.outcome == LEFT_ALONE
    ]
    return at_the_draw + later


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


def keep_rating(session: Session, rating: Rating) -> None:
    """The last answer counts, the earlier ones stay; whoever was to be called about it need not be any more."""
    session.connection().execute(
        update(Rating).where(col(Rating.ticket_id) == rating.ticket_id).values(is_current=False)
    )
    session.add(rating)
    session.flush()
    _note_answer(session, rating)


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


def _note_answer(session: Session, rating: Rating) -> None:
    statement = select(CampaignItem).where(col(CampaignItem.ticket_id) == rating.ticket_id)
    for item in session.exec(statement):
        if item.outcome in ("", ANSWERED) and not item.called_by:
            settle(session, item, ANSWERED, rating.score, rating.officer_score, rating.comment, rating.at)


def settle(
    session: Session,
    item: CampaignItem,
    outcome: str,
    score: int | None,
    officer_score: int | None,
    comment: str,
    now: datetime,
) -> None:
    """What came of one call-back."""
    item.outcome, item.answered_at = outcome, now
    item.score, item.officer_score, item.comment = score, officer_score, comment[:1000]
    session.add(item)


def _candidates(
    session: Session, since: date, until: date, rules: Rules, now: datetime
) -> tuple[list[Candidate], list[Skipped]]:
    """Filed in the period and not merged; those who opted out or were contacted too often are set aside."""
    statement = select(Ticket).where(
        col(Ticket.status) == Status.CLOSED, col(Ticket.duplicate_of_id).is_(None)
    )
    refusing = set(session.exec(select(Follower.openid).where(col(Follower.refuses_surveys))))
    counts = contacting.contacted(session, now)
    found: list[Candidate] = []
    left_alone: list[Skipped] = []
    for ticket in session.exec(statement.order_by(col(Ticket.id))):
        if ticket.closed_at is None or not since <= local_date(ticket.closed_at) <= until:
            continue
        reason = contacting.too_often(counts.get(ticket.enterprise_id or 0, 0), rules.profile)
        reason = contacting.OPTED_OUT if ticket.openid in refusing else reason
        if reason:
            left_alone.append(Skipped(ticket.number, reason))
            continue
        group = _group(session, ticket, rules.profile.feedback.grouped_by)
        found.append(Candidate(ticket.id or 0, ticket.number, ticket.enterprise_id, group))
    return found, left_alone


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
