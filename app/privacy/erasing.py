"""Erase one person (PIPL 47): unlink and scrub everywhere, keep the case without its person.

1. Rows that only exist because of the person go: follower, inbox, attempts.
2. Rows that belong to a case stay, emptied: contact, ticket, timeline, answers, ratings, messages.
3. Whatever is left of openid or number in any other table, known here or not, is replaced; the search index
   forgets every text that was changed.
4. Nothing may be left: otherwise the whole erasure is undone.
"""

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import delete, or_, select, update
from sqlmodel import Session, col

from app import audit
from app.conversations.models import Answer, InboxMessage, Lesson
from app.directory.models import Attempt, Contact, Enterprise
from app.editing.privacy import redacted
from app.errors import AppError, NotFound
from app.followers.models import Follower
from app.outbox.models import OutboxMessage, OutboxState
from app.outbox.service import UNSENT
from app.privacy.clusters import erase_clusters
from app.privacy.columns import AUDIT, Place, occurrences, scrub_everywhere
from app.privacy.matching import pseudonym
from app.privacy.subject import Subject
from app.searching import store as searching
from app.searching.models import Place as IndexedPlace
from app.tickets.models import Attachment, CampaignItem, Handoff, MeetingItem, Rating, Ticket, TicketEvent
from app.tickets.referral_models import Referral

ERASED = "已按本人要求删除"


@dataclass
class Erased:
    """What was done: counts by kind, files still to be deleted, and places in the audit trail (always empty)."""

    counts: dict[str, int] = field(default_factory=dict)
    files: list[str] = field(default_factory=list)
    left: list[Place] = field(default_factory=list)


def preview(session: Session, subject: Subject) -> dict[str, int]:
    """What an erasure would touch, by table. Changes nothing."""
    if not subject.is_known and not occurrences(session, subject.marks):
        raise NotFound("没有找到这个人的任何资料")
    counts: dict[str, int] = {}
    for place in occurrences(session, subject.marks):
        counts[place.table] = max(counts.get(place.table, 0), place.rows)
    counts["ticket"] = max(counts.get("ticket", 0), len(subject.ticket_ids))
    counts["attachment"] = len(_attachments(session, subject))
    return {name: count for name, count in counts.items() if count}


def erase(session: Session, subject: Subject, *, actor: str, now: datetime) -> Erased:
    """Do it in the caller's transaction; the caller deletes `files` after the commit. Raises AppError if any is left."""
    done = Erased()
    _erase_talk(session, subject, done)
    _erase_contacts(session, subject, done)
    _erase_cases(session, subject, done)
    _erase_messages(session, subject, done)
    session.flush()
    done.counts["elsewhere"] = scrub_everywhere(session, subject.marks)
    _erase_from_index(session)
    session.expire_all()
    done.left = occurrences(session, subject.marks)
    if [place for place in done.left if place.table not in AUDIT]:
        raise AppError(f"没有删干净，已全部撤回：{done.left}")
    people = ",".join(sorted(pseudonym(openid) for openid in subject.marks.openids))
    audit.record(
        session, at=now, actor_kind="cli", actor=actor, action="privacy.erase", target=people or "phone",
        detail=dict(done.counts),
    )  # fmt: skip
    return done


def delete_files(data_dir: Path, names: list[str]) -> int:
    """Remove uploads; how many were there."""
    count = 0
    for name in names:
        path = data_dir / "uploads" / Path(name).name
        if path.is_file():
            path.unlink()
            count += 1
    return count


def _erase_talk(session: Session, subject: Subject, done: Erased) -> None:
    openids = subject.marks.openids
    connection = session.connection()
    asked = select(col(Answer.id)).where(col(Answer.openid).in_(openids))
    done.counts["gap_cluster"] = erase_clusters(session, openids)
    for name, statement in (
        ("lesson", delete(Lesson).where(col(Lesson.answer_id).in_(asked))),
        ("follower", delete(Follower).where(col(Follower.openid).in_(openids))),
        ("inbox", delete(InboxMessage).where(col(InboxMessage.openid).in_(openids))),
        ("answer", update(Answer).where(col(Answer.openid).in_(openids)).values(question="")),
    ):
        done.counts[name] = connection.execute(statement).rowcount
    for openid in openids:
        found = delete(Attempt).where(col(Attempt.key).contains(openid, autoescape=True))
        connection.execute(found)


def _erase_contacts(session: Session, subject: Subject, done: Erased) -> None:
    rows = session.scalars(select(Contact).where(col(Contact.openid).in_(subject.marks.openids))).all()
    for row in rows:
        row.ended_at = row.ended_at or row.since
        row.openid, row.name, row.phone, row.is_current = pseudonym(row.openid), "", "", False
        session.add(row)
    for enterprise_id in subject.enterprise_ids:
        enterprise = session.get(Enterprise, enterprise_id)
        if enterprise is not None:
            enterprise.contact_name = enterprise.contact_phone = ""
            enterprise.indexed_at = None
            session.add(enterprise)
    done.counts["contact"], done.counts["enterprise"] = len(rows), len(subject.enterprise_ids)


def _erase_cases(session: Session, subject: Subject, done: Erased) -> None:
    for ticket_id in subject.ticket_ids:
        ticket = session.get(Ticket, ticket_id, with_for_update=True)
        if ticket is None:
            continue
        ticket.openid, ticket.contact_name, ticket.contact_phone = None, "", ""
        for name in ("title", "content", "result"):
            setattr(ticket, name, _cleaned(getattr(ticket, name), subject))
        ticket.indexed_at = None
        session.add(ticket)
    for model, names in (
        (TicketEvent, ("note", "data", "actor_name")),
        (Rating, ("comment",)),
        (CampaignItem, ("comment",)),
        (Handoff, ("note", "result")),
        (Referral, ("reason", "outcome")),
        (MeetingItem, ("minutes",)),
    ):
        done.counts[str(model.__tablename__)] = _clean_rows(session, subject, model, names)
    for item in _attachments(session, subject):
        done.files += [item.path] if item.path else []
        item.path, item.media_id, item.fault = "", "", ERASED
        session.add(item)
    done.counts["ticket"], done.counts["attachment"] = len(subject.ticket_ids), len(done.files)


def _clean_rows(session: Session, subject: Subject, model: Any, names: tuple[str, ...]) -> int:
    """Texts about this person's cases, their name included; own words go wholly where the person is the actor."""
    rows = session.scalars(select(model).where(model.ticket_id.in_(subject.ticket_ids))).all()
    for row in rows:
        if getattr(row, "actor_id", "") in subject.marks.openids:
            row.actor_name = ""
        for name in names:
            setattr(row, name, _cleaned(getattr(row, name), subject))
        session.add(row)
    return len(rows)


def _erase_from_index(session: Session) -> None:
    """Whatever was changed waits to be indexed again; until then nothing of it is in the index."""
    for places, model in (
        ((IndexedPlace.TICKET,), Ticket),
        ((IndexedPlace.NAME, IndexedPlace.ADDRESS), Enterprise),
    ):
        changed = select(col(model.id)).where(col(model.indexed_at).is_(None))
        searching.forget(session, places, searching.ROW.in_(changed))


def _erase_messages(session: Session, subject: Subject, done: Erased) -> None:
    """Messages to the person lose their words; messages about their cases lose them once told."""
    mine = or_(
        col(OutboxMessage.openid).in_(subject.marks.openids),
        col(OutboxMessage.ticket_id).in_(subject.ticket_ids),
    )
    rows = session.scalars(select(OutboxMessage).where(mine).with_for_update()).all()
    for row in rows:
        is_to_them = row.openid in subject.marks.openids
        if is_to_them and row.state in UNSENT:
            row.state = OutboxState.CANCELLED
        if is_to_them or row.state in (OutboxState.SENT, OutboxState.DEAD, OutboxState.CANCELLED):
            row.reply, row.fields, row.path = [], {}, ""
        else:
            row.reply = subject.marks.scrubbed_json(row.reply, with_names=True)
            row.fields = subject.marks.scrubbed_json(row.fields, with_names=True)
        session.add(row)
    done.counts["outbox"] = len(rows)


def _attachments(session: Session, subject: Subject) -> list[Attachment]:
    return list(session.scalars(select(Attachment).where(col(Attachment.ticket_id).in_(subject.ticket_ids))))


def _cleaned(value: Any, subject: Subject) -> Any:
    scrubbed = subject.marks.scrubbed_json(value, with_names=True)
    return redacted(scrubbed) if isinstance(scrubbed, str) else scrubbed
