"""Who is told what after an action: outbox rows in the transaction of the change (mission D1, C4)."""

import re
from collections.abc import Iterable
from datetime import date, datetime

from sqlmodel import Session

from app.clock import local_date, real_now
from app.directory.models import Coordinator, Officer
from app.districts.profile import HolderKind
from app.outbox.models import OutboxState
from app.outbox.service import enqueue
from app.tickets import assignment, cohandling, describing, links, news, notices, parties, repository
from app.tickets.changes import Case, Change, Holder
from app.tickets.facts import TicketFacts
from app.tickets.lifecycle import Action
from app.tickets.models import Ticket
from app.tickets.notices import Notice
from app.tickets.values import ActorKind, Rules

ON_THE_WAY = (OutboxState.NEW, OutboxState.RUN, OutboxState.SENT, OutboxState.UNKNOWN)
ONLY_MEDIA = re.compile(r"(［[^］]{1,6}］\s*)+")
BURST_SECONDS = 600


def tell_after(case: Case, change: Change) -> None:
    """Enqueue everything that follows from an action; the ticket already carries the change.

    Nobody is pushed what he did himself: his reply comes from the conversation.
    """
    facts = describing.describe(case.session, case.ticket, rules=case.rules, now=case.now)
    to_enterprise = news.enterprise_notice(case, change, facts)
    if to_enterprise is not None:
        push_to_enterprise(case.session, case.ticket, to_enterprise, rules=case.rules, now=case.now)
    _tell_followers(case, change)
    _tell_staff(case, change, facts)


def _tell_followers(case: Case, change: Change) -> None:
    """Who asked the same and was merged hears what the enterprise hears, under the own number."""
    for merged in repository.merged_into(case.session, case.ticket.id):
        facts = describing.describe(case.session, merged, rules=case.rules, now=case.now)
        is_again = case.action is Action.REOPEN
        notice = notices.reopened_by_hub(facts) if is_again else news.enterprise_notice(case, change, facts)
        if notice is not None and case.action is not Action.WITHDRAW:
            key = f"of{case.ticket.id}v{case.ticket.version}"
            push_to_enterprise(case.session, merged, notice, rules=case.rules, now=case.now, key=key)


def _tell_staff(case: Case, change: Change, facts: TicketFacts) -> None:
    """Holder first, then the first responder, who works beside them, and from whom it was taken; each person once."""
    today = local_date(case.now)
    told = own_openid(case)
    to_holder = news.holder_notice(case, facts)
    is_from_enterprise = case.actor.kind is ActorKind.ENTERPRISE
    audiences = (
        (
            holder_openids(case.session, case.ticket, today),
            to_holder or news.onlooking_holder_notice(case, facts),
        ),
        (
            responder_openids(case.session, case.ticket, today),
            to_holder if is_from_enterprise else news.responder_notice(case, facts),
        ),
        (
            cohandling.openids(case.session, case.ticket),
            to_holder if is_from_enterprise else news.helper_notice(case, facts),
        ),
        (
            _former_holder_openids(case.session, change, today),
            to_holder if case.action is Action.REOPEN else news.former_holder_notice(case, facts),
        ),
    )
    for openids, notice in audiences:
        if notice is not None:
            push_to_staff(
                case.session,
                case.ticket,
                openids - told,
                notice,
                rules=case.rules,
                now=case.now,
                key=burst_key(case),
            )
            told |= openids


def burst_key(case: Case) -> str:
    """Nine pictures in a row are one message to the officer: pictures without words share a ten-minute key."""
    if case.action is not Action.SUPPLEMENT or not ONLY_MEDIA.fullmatch(case.note):
        return ""
    return f"media{int(case.now.timestamp()) // BURST_SECONDS}"


def own_openid(case: Case) -> set[str]:
    """The actor's own WeChat identity."""
    if case.actor.kind is ActorKind.ENTERPRISE:
        return {case.actor.id}
    person: Officer | Coordinator | None = None
    if case.actor.kind is ActorKind.OFFICER:
        person = case.session.get(Officer, int(case.actor.id))
    elif case.actor.kind is ActorKind.COORDINATOR:
        person = case.session.get(Coordinator, int(case.actor.id))
    return {person.openid} if person and person.openid else set()


def holder_openids(session: Session, ticket: Ticket, today: date) -> set[str]:
    """Whom a message to the holder reaches; nobody for bodies that work through the hub's panel."""
    return _openids_of(session, Holder.of(ticket), today)


def _former_holder_openids(session: Session, change: Change, today: date) -> set[str]:
    """Whom a message to who held it until now reaches; nobody where it was not handed over."""
    before = change.data.get("from")
    return _openids_of(session, Holder.from_json(before), today) if isinstance(before, dict) else set()


def _openids_of(session: Session, holder: Holder, today: date) -> set[str]:
    if holder.kind is HolderKind.OFFICER:
        return _officer_openids(session, holder.officer_id, today)
    if holder.kind is HolderKind.DEPARTMENT and holder.department_id is not None:
        people = parties.coordinators(session, holder.department_id)
        return {person.openid for person in people if person.openid}
    return set()


def responder_openids(session: Session, ticket: Ticket, today: date) -> set[str]:
    """Whom a message to the 首问责任人 reaches."""
    return _officer_openids(session, ticket.first_responder_id, today)


def leader_openids(session: Session, ticket: Ticket) -> set[str]:
    """The 分管领导 of the area, where the roster knows that person."""
    return {person.openid for person in parties.area_leaders(session, ticket)[1] if person.openid}


def _officer_openids(session: Session, officer_id: int | None, today: date) -> set[str]:
    """The officer, or the stand-in while he is away."""
    present = assignment.first_present(officer_id, parties.officer_chain(session, officer_id), today)
    officer = session.get(Officer, present.id if present else officer_id) if officer_id is not None else None
    return {officer.openid} if officer and officer.openid else set()


def push_to_enterprise(
    session: Session,
    ticket: Ticket,
    notice: Notice,
    *,
    rules: Rules,
    now: datetime,
    key: str = "",
    due_at: datetime | None = None,
) -> None:
    """Enqueue for the person who asked; nothing where the request came without a WeChat identity."""
    if ticket.openid is None:
        return
    path = links.ticket_path(ticket.number, rules.signing_key, real_now())
    _push(session, ticket, ticket.openid, notice, path=path, now=now, key=key, due_at=due_at)


def push_to_staff(
    session: Session,
    ticket: Ticket,
    openids: Iterable[str],
    notice: Notice,
    *,
    rules: Rules,
    now: datetime,
    key: str = "",
) -> None:
    """Enqueue for officers or coordinators."""
    path = links.officer_path(ticket.number, rules.signing_key, real_now())
    for openid in sorted(openids):
        _push(session, ticket, openid, notice, path=path, now=now, key=key)


def was_told_at(session: Session, ticket: Ticket) -> datetime | None:
    """When the result of the latest resolution went out to the enterprise."""
    sent = [m for m in repository.result_messages(session, ticket) if m.state == OutboxState.SENT]
    return min((m.sent_at or m.created_at for m in sent), default=None)


def can_be_told(session: Session, ticket: Ticket) -> bool:
    """Whether the result is on its way by chat, so that nobody need call yet."""
    return any(m.state in ON_THE_WAY for m in repository.result_messages(session, ticket))


def _push(
    session: Session,
    ticket: Ticket,
    openid: str,
    notice: Notice,
    *,
    path: str,
    now: datetime,
    key: str,
    due_at: datetime | None = None,
) -> None:
    enqueue(
        session,
        dedupe_key=f"ticket:{ticket.id}:{key or f'v{ticket.version}'}:{notice.kind}:{openid}",
        openid=openid,
        kind=notice.kind,
        reply=notice.reply,
        fields=notice.fields,
        path=path,
        ticket_id=ticket.id,
        now=now,
        due_at=due_at,
    )
