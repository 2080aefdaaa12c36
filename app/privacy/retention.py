"""How long personal texts are kept, per table, and the daily job that ends it (PIPL 19: the shortest time needed).

Cases, their timeline and the audit trail are records of the administration: the program never deletes them
(network logs must stay at least 180 days). What is ended here are the texts around them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Text, and_, cast, column, delete, exists, select, table, update
from sqlalchemy.sql.elements import ColumnElement
from sqlmodel import col

from app.conversations.models import Answer, InboxMessage, InboxState, Lesson, LessonState
from app.db import Database, UtcDateTime
from app.directory.models import Attempt, Invitation
from app.errors import ConfigurationError
from app.followers.models import Follower
from app.limits.models import AddressBucket
from app.outbox.models import OutboxMessage, OutboxState
from app.privacy.clusters import CLUSTERS, GAP, NOTICES, QUESTIONS

CHUNK = 500
FINISHED = (OutboxState.SENT, OutboxState.CANCELLED)
OUT_OF_SCOPE = ("out_of_scope", "smalltalk")
_SESSIONS = table("panel_session", column("id_hash"), column("last_seen_at", UtcDateTime))
_FAILURES = table("panel_login_failure", column("key"), column("since", UtcDateTime))
_UPLOADS = table("panel_upload", column("id"), column("created_at", UtcDateTime))
UPLOAD_KEPT = timedelta(days=1)


@dataclass(frozen=True)
class Retention:
    """Days after which a text goes; QIYING_RETENTION overrides single numbers.

    `inbox_texts`: replies stored for the platform's repeats. `inbox`: the rows that recognise a repeat.
    `out_of_scope`: questions that are none of ours, and small talk. `questions`: all other questions, those
    nobody could answer and choices no editor has looked at included. `told`: the words of messages that were told or given up. `dialogue`: where the
    talk stood. `attempts`: counted tries. `sessions`: logins. `invitations`: used or expired codes.
    """

    inbox_texts: int = 3
    inbox: int = 30
    out_of_scope: int = 30
    questions: int = 180
    told: int = 90
    dialogue: int = 30
    attempts: int = 7
    sessions: int = 180
    invitations: int = 90

    @classmethod
    def of(cls, overrides: Mapping[str, Any]) -> "Retention":
        """With the district's own numbers; raises ConfigurationError for an unknown name or a silly number."""
        known = {item.name for item in fields(cls)}
        faults = [
            f"QIYING_RETENTION 没有「{name}」这一项，可用：{'、'.join(sorted(known))}"
            for name in overrides
            if name not in known
        ]
        faults += [
            f"QIYING_RETENTION 的 {name} 要写 1 到 3650 之间的天数"
            for name, days in overrides.items()
            if name in known
            and (not isinstance(days, int) or isinstance(days, bool) or not 1 <= days <= 3650)
        ]
        if overrides.get("sessions", 180) in range(1, 180):
            faults.append("QIYING_RETENTION 的 sessions（登录记录）不能少于 180 天：网络日志至少保存六个月")
        if faults:
            raise ConfigurationError(faults)
        return cls(**dict(overrides))


@dataclass(frozen=True)
class _Rule:
    """Rows of one table that are due, and what becomes of them: new values, or gone (None)."""

    name: str
    key: Any
    is_due: ColumnElement[bool]
    values: dict[str, Any] | None = None


def purge(db: Database, retention: Retention, now: datetime, real_now: datetime) -> dict[str, int]:
    """End what is due, in short transactions so that nobody waits; how many rows by rule.

    Business times follow `now`, logins and login failures `real_now`.
    """
    done = {}
    for rule in _rules(retention, now, real_now):
        count = 0
        while changed := _step(db, rule):
            count += changed
        if count:
            done[rule.name] = count
    return done


def _step(db: Database, rule: _Rule) -> int:
    with db.transaction() as session:
        connection = session.connection()
        keys = list(connection.execute(select(rule.key).where(rule.is_due).limit(CHUNK)).scalars())
        if not keys:
            return 0
        target = rule.key.table
        change = delete(target) if rule.values is None else update(target).values(**rule.values)
        return connection.execute(change.where(rule.key.in_(keys))).rowcount


def _rules(retention: Retention, now: datetime, real_now: datetime) -> list[_Rule]:
    grouped = _grouped(now - timedelta(days=retention.questions))
    return [*_asked(retention, now), *grouped, *_told(retention, now), *_counted(retention, now, real_now)]


def _asked(retention: Retention, now: datetime) -> list[_Rule]:
    """What people wrote and what was answered on the spot."""
    answered = col(InboxMessage.state) == InboxState.ANSWERED
    received, at = col(InboxMessage.received_at), col(Answer.at)
    has_reply, has_question = col(InboxMessage.reply_xml) != "", col(Answer.question) != ""
    is_outside = col(Answer.decision).in_(OUT_OF_SCOPE)
    without_person = {"question": "", "openid": ""}
    return [
        _Rule(
            "inbox_texts",
            col(InboxMessage.dedupe_key),
            and_(answered, received < now - timedelta(days=retention.inbox_texts), has_reply),
            {"reply_xml": "", "body": {}},
        ),
        _Rule(
            "inbox",
            col(InboxMessage.dedupe_key),
            and_(answered, received < now - timedelta(days=retention.inbox)),
        ),
        _Rule(
            "out_of_scope",
            col(Answer.id),
            and_(is_outside, at < now - timedelta(days=retention.out_of_scope), has_question),
            without_person,
        ),
        _Rule(
            "questions",
            col(Answer.id),
            and_(at < now - timedelta(days=retention.questions), has_question),
            without_person,
        ),
        _Rule(
            "lessons",
            col(Lesson.id),
            and_(
                col(Lesson.state).in_((LessonState.WAITING, LessonState.REFUTED)),
                col(Lesson.at) < now - timedelta(days=retention.questions),
            ),
        ),
    ]


def _grouped(limit: datetime) -> list[_Rule]:
    """Clusters are named in somebody's words: they end with the last question in them, the places first."""
    is_empty = ~exists().where(QUESTIONS.c.cluster_id == CLUSTERS.c.id)
    is_gap = NOTICES.c.kind == GAP
    return [
        _Rule("gap_questions", QUESTIONS.c.id, QUESTIONS.c.at < limit),
        _Rule("gap_clusters", CLUSTERS.c.id, and_(CLUSTERS.c.last_at < limit, is_empty)),
        _Rule("gap_notices", NOTICES.c.id, and_(is_gap, NOTICES.c.raised_at < limit)),
    ]


def _told(retention: Retention, now: datetime) -> list[_Rule]:
    """What was told, and where the talk stood."""
    is_old = col(OutboxMessage.created_at) < now - timedelta(days=retention.told)
    has_words = cast(col(OutboxMessage.reply), Text) != "[]"
    has_state = cast(col(Follower.state), Text) != "{}"
    emptied = {"reply": [], "fields": {}, "path": ""}
    return [
        _Rule(
            "told",
            col(OutboxMessage.id),
            and_(col(OutboxMessage.state).in_(FINISHED), has_words, is_old),
            emptied,
        ),
        _Rule(
            "given_up",
            col(OutboxMessage.id),
            and_(col(OutboxMessage.state) == OutboxState.DEAD, is_old),
            {**emptied, "state": OutboxState.CANCELLED.value},
        ),
        _Rule(
            "dialogue",
            col(Follower.openid),
            and_(col(Follower.last_seen_at) < now - timedelta(days=retention.dialogue), has_state),
            {"state": {}},
        ),
    ]


def _counted(retention: Retention, now: datetime, real_now: datetime) -> list[_Rule]:
    """Tries, codes and logins. The panel's tables are only known by name here: they lie above."""
    attempts, sessions = timedelta(days=retention.attempts), timedelta(days=retention.sessions)
    expired = now - timedelta(days=retention.invitations)
    return [
        _Rule("attempts", col(Attempt.key), col(Attempt.since) < now - attempts),
        _Rule("uploads", _UPLOADS.c.id, _UPLOADS.c.created_at < now - UPLOAD_KEPT),
        _Rule("invitations", col(Invitation.id), col(Invitation.expires_at) < expired),
        _Rule("addresses", col(AddressBucket.key), col(AddressBucket.at) < real_now - timedelta(days=1)),
        _Rule("sessions", _SESSIONS.c.id_hash, _SESSIONS.c.last_seen_at < real_now - sessions),
        _Rule("login_failures", _FAILURES.c.key, _FAILURES.c.since < real_now - attempts),
    ]
