"""A push from its first draft to its end: written, looked at, started, let out hour by hour, stopped (B7).

Nothing goes out at the start: the worker lets out so many an hour outside quiet hours and asks of each once more
whether the person may be disturbed. Sending, its own quiet hours and repeats are the outbox's.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, update
from sqlmodel import Session, col, select

from app.districts.profile import Profile
from app.errors import AppError, Conflict, NotFound
from app.outbox import service as outbox
from app.outbox.models import OutboxMessage, OutboxState
from app.outbox.quiet import QuietUntil
from app.policies import links
from app.policies.audience import Audience, Receiver, audience, still_welcome, was_reached
from app.policies.models import ItemState, PolicyPush, PushItem, PushState
from app.policies.targeting import Target
from app.tickets import contacting
from app.tickets.contacting import Contact
from app.tickets.values import Rules
from bot.messages import Reply, Url
from handbook.entry import Entry, Kind

PUSHED_KINDS = frozenset({Kind.ANSWER, Kind.POLICY})
PER_HOUR, MOST_PER_HOUR = 200, 2000
FOLLOW_HOURS, MOST_FOLLOW_HOURS = 72, 24 * 14
SENTENCE_LENGTH = 120
SAMPLE_KEPT = 500
HOUR = timedelta(hours=1)
FIELD_LENGTH = 20


def may_be_pushed(entry: Entry) -> bool:
    """Only what every enterprise may read, and what has an answer in it."""
    return entry.is_public and entry.kind in PUSHED_KINDS


def create(
    session: Session,
    entry: Entry | None,
    target: Target,
    *,
    sentence: str,
    per_hour: int,
    follow_hours: int,
    by: str,
    now: datetime,
) -> PolicyPush:
    """A draft: nobody is told yet. Raises AppError for what cannot be pushed."""
    if entry is None or not may_be_pushed(entry):
        raise AppError("请选一条公开的政策或应答条目", field="entry")
    if not sentence.strip() or len(sentence) > SENTENCE_LENGTH:
        raise AppError(f"请用一句话说清楚，不超过 {SENTENCE_LENGTH} 个字", field="sentence")
    if not 1 <= per_hour <= MOST_PER_HOUR:
        raise AppError(f"每小时发 1 到 {MOST_PER_HOUR} 条", field="per_hour")
    if not 1 <= follow_hours <= MOST_FOLLOW_HOURS:
        raise AppError(f"追问算到推送后 1 到 {MOST_FOLLOW_HOURS} 小时", field="follow_hours")
    push = PolicyPush(
        entry_id=entry.id,
        title=entry.title,
        sentence=sentence.strip(),
        target=target.to_json(),
        per_hour=per_hour,
        follow_hours=follow_hours,
        created_at=now,
        created_by=by,
    )
    session.add(push)
    session.flush()
    return push


def find(session: Session, push_id: int, *, lock: bool = False) -> PolicyPush:
    """One push. Raises NotFound."""
    push = session.get(PolicyPush, push_id, with_for_update=lock, populate_existing=lock)
    if push is None:
        raise NotFound("没有这次推送")
    return push


def preview(session: Session, push: PolicyPush, *, profile: Profile, now: datetime) -> Audience:
    """Who would get it now, and who would not."""
    return audience(session, Target.from_json(push.target), push.entry_id, profile=profile, now=now)


def start(session: Session, push_id: int, *, profile: Profile, by: str, now: datetime) -> PolicyPush:
    """Fix the list. Raises Conflict where it was started already or nobody would get it."""
    push = find(session, push_id, lock=True)
    if push.state != PushState.DRAFT:
        raise Conflict("这次推送已经开始过了：刷新看最新状态")
    found = preview(session, push, profile=profile, now=now)
    if not found.receivers:
        raise Conflict("按现在的条件没有人会收到：先看看为什么没有打扰，再改条件")
    push.state, push.started_at, push.started_by = PushState.RUNNING, now, by
    push.skipped = found.reasons
    push.skipped_sample = [
        {"enterprise": item.enterprise, "reason": item.reason} for item in found.left_out[:SAMPLE_KEPT]
    ]
    session.add(push)
    session.add_all(_item(push, receiver) for receiver in found.receivers)
    session.flush()
    return push


def stop(session: Session, push_id: int, *, reason: str, by: str, now: datetime) -> int:
    """No more of it: what waits here and what waits in the outbox is given up. How many people it spares."""
    push = find(session, push_id, lock=True)
    if push.state != PushState.RUNNING:
        raise Conflict("这次推送没有在发，不用停")
    if not reason.strip():
        raise AppError("请写为什么停，留作记录", field="reason")
    push.state, push.ended_at = PushState.STOPPED, now
    push.stopped_by, push.stop_reason = by, reason.strip()[:200]
    session.add(push)
    session.flush()
    keys = _unsent_keys(session, push)
    recalled = _cancel(session, keys)
    spared = update(PushItem).where(
        col(PushItem.push_id) == push.id, col(PushItem.state) == ItemState.WAITING
    )
    waiting = session.connection().execute(spared.values(state=ItemState.STOPPED.value)).rowcount
    session.expire_all()
    return int(waiting) + recalled


def release(session: Session, rules: Rules, now: datetime, quiet_until: QuietUntil) -> int:
    """Let out what the quotas allow now; how many went into the outbox. None in quiet hours."""
    if quiet_until(now) is not None:
        return 0
    running = select(PolicyPush).where(col(PolicyPush.state) == PushState.RUNNING).with_for_update()
    return sum(_release(session, push, rules, now) for push in session.exec(running).all())


def share_text(push: PolicyPush, path: str) -> Reply:
    """What the chat shows: title, one sentence, the page, and the way out."""
    return Reply.of(
        f"【政策送达】{push.title}\n{push.sentence}\n", Url("看全文", path), "\n不想再收到，回复“退订”。"
    )


def sentence_of(entry: Entry) -> str:
    """A first proposal for the one sentence: the short answer up to its first full stop."""
    first = entry.summary.replace("\n", " ").split("。")[0].strip()
    return f"{first}。"[:SENTENCE_LENGTH] if first else ""


def _release(session: Session, push: PolicyPush, rules: Rules, now: datetime) -> int:
    items = _next_items(session, push, push.per_hour - _released_lately(session, push, now))
    told = sum(_let_out(session, push, item, rules, now) for item in items)
    session.flush()
    left = select(func.count()).where(
        col(PushItem.push_id) == push.id, col(PushItem.state) == ItemState.WAITING
    )
    if session.exec(left).one() == 0:
        push.state, push.ended_at = PushState.DONE, now
        session.add(push)
    return told


def _let_out(session: Session, push: PolicyPush, item: PushItem, rules: Rules, now: datetime) -> bool:
    assert item.id is not None  # noqa: S101 - read from the database
    reason = still_welcome(session, item, profile=rules.profile, now=now)
    if reason:
        item.state, item.reason = ItemState.SKIPPED, reason
        session.add(item)
        return False
    is_first = not was_reached(session, item)
    path = links.entry_path(push.entry_id, item.id, rules.signing_key)
    item.outbox_key = f"policy:{push.id}:{item.id}"
    item.state, item.released_at = ItemState.RELEASED, now
    session.add(item)
    outbox.enqueue(
        session,
        dedupe_key=item.outbox_key,
        openid=item.openid,
        kind="notice",
        reply=share_text(push, path),
        fields={
            "number": "政策推送",
            "title": push.title[:FIELD_LENGTH],
            "status": "新政策",
            "note": push.sentence[:FIELD_LENGTH],
        },
        path=path,
        now=now,
    )
    if is_first:
        note = f"政策推送「{push.title}」：{item.why}"
        contacting.log_contact(session, item.enterprise_id, Contact.POLICY, note=note, now=now)
    session.flush()
    return True


def _next_items(session: Session, push: PolicyPush, room: int) -> Sequence[PushItem]:
    if room <= 0:
        return []
    statement = select(PushItem).where(
        col(PushItem.push_id) == push.id, col(PushItem.state) == ItemState.WAITING
    )
    return session.exec(statement.order_by(col(PushItem.id)).limit(room)).all()


def _released_lately(session: Session, push: PolicyPush, now: datetime) -> int:
    statement = select(func.count()).where(
        col(PushItem.push_id) == push.id, col(PushItem.released_at) > now - HOUR
    )
    return session.exec(statement).one()


def _item(push: PolicyPush, receiver: Receiver) -> PushItem:
    return PushItem(
        push_id=push.id or 0,
        enterprise_id=receiver.enterprise_id,
        openid=receiver.openid,
        why=receiver.why[:300],
    )


def _unsent_keys(session: Session, push: PolicyPush) -> list[str]:
    statement = (
        select(OutboxMessage.dedupe_key)
        .join(PushItem, col(PushItem.outbox_key) == col(OutboxMessage.dedupe_key))
        .where(
            col(PushItem.push_id) == push.id,
            col(OutboxMessage.state).in_([OutboxState.NEW, OutboxState.PENDING]),
        )
    )
    return list(session.exec(statement))


def _cancel(session: Session, keys: Sequence[str]) -> int:
    """Take back what no attempt is under way for; the state is asked again, a worker may have been faster."""
    count = 0
    for key in keys:
        taken = (
            update(OutboxMessage)
            .where(
                col(OutboxMessage.dedupe_key) == key,
                col(OutboxMessage.state).in_([OutboxState.NEW, OutboxState.PENDING]),
            )
            .values(state=OutboxState.CANCELLED.value)
        )
        if session.connection().execute(taken).rowcount != 1:
            continue
        count += 1
        given_up = update(PushItem).where(col(PushItem.outbox_key) == key)
        session.connection().execute(given_up.values(state=ItemState.STOPPED.value))
    return count
