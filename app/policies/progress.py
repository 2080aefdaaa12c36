"""How a push goes: how many waited, went out, arrived, were read, and what they asked afterwards."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func
from sqlmodel import Session, col, select

from app.conversations.models import Answer
from app.directory.models import Enterprise
from app.editing.privacy import redacted
from app.outbox.models import OutboxMessage, OutboxState
from app.policies import links
from app.policies.models import ItemState, PolicyPush, PushItem
from app.tickets.models import Ticket

UNDER_WAY = frozenset({OutboxState.NEW, OutboxState.RUN})
FAILED = frozenset({OutboxState.DEAD, OutboxState.UNKNOWN, OutboxState.CANCELLED})
SHOWN = 500


@dataclass(frozen=True)
class Figures:
    """Counts of people. `later` waits for the person's next contact with us; `skipped` were left alone after the
    start, those before it are on the push; `stopped` were spared because it was stopped."""

    total: int
    waiting: int
    under_way: int
    sent: int
    later: int
    failed: int
    skipped: int
    stopped: int
    read: int


@dataclass(frozen=True)
class Line:
    """One person of the push as a list shows it."""

    item: PushItem
    enterprise: str
    credit_code: str
    status: str


@dataclass(frozen=True)
class FollowUp:
    """A question or a ticket of a person after the push reached them, personal data taken out of the words."""

    at: datetime
    enterprise: str
    question: str
    outcome: str
    ticket: str


STATUS = {
    ItemState.WAITING: "排队",
    ItemState.SKIPPED: "没有打扰",
    ItemState.STOPPED: "已停发",
}
SENT_STATUS = {
    OutboxState.SENT: "已送达",
    OutboxState.PENDING: "等对方下次来时显示",
    OutboxState.DEAD: "没有送到",
    OutboxState.UNKNOWN: "不确定送到没有",
    OutboxState.CANCELLED: "已取消",
}


def figures(session: Session, push: PolicyPush) -> Figures:
    """All counts of one push."""
    statement = (
        select(col(PushItem.state), col(OutboxMessage.state), func.count())
        .outerjoin(OutboxMessage, col(OutboxMessage.dedupe_key) == col(PushItem.outbox_key))
        .where(col(PushItem.push_id) == push.id)
        .group_by(col(PushItem.state), col(OutboxMessage.state))
    )
    pairs = [(state, sent, count) for state, sent, count in session.execute(statement).all()]

    def of(state: ItemState, among: frozenset[OutboxState] | None = None) -> int:
        fits = [count for own, sent, count in pairs if own == state and (among is None or sent in among)]
        return sum(fits)

    read = select(func.count()).where(col(PushItem.push_id) == push.id, col(PushItem.read_at).is_not(None))
    return Figures(
        total=sum(count for _, _, count in pairs),
        waiting=of(ItemState.WAITING),
        under_way=of(ItemState.RELEASED, UNDER_WAY),
        sent=of(ItemState.RELEASED, frozenset({OutboxState.SENT})),
        later=of(ItemState.RELEASED, frozenset({OutboxState.PENDING})),
        failed=of(ItemState.RELEASED, FAILED),
        skipped=of(ItemState.SKIPPED),
        stopped=of(ItemState.STOPPED),
        read=session.exec(read).one(),
    )


def lines(session: Session, push: PolicyPush) -> list[Line]:
    """Everybody of the push with where it stands; at most five hundred."""
    statement = (
        select(PushItem, Enterprise, col(OutboxMessage.state))
        .join(Enterprise, col(Enterprise.id) == col(PushItem.enterprise_id))
        .outerjoin(OutboxMessage, col(OutboxMessage.dedupe_key) == col(PushItem.outbox_key))
        .where(col(PushItem.push_id) == push.id)
        .order_by(col(PushItem.id))
        .limit(SHOWN)
    )
    return [
        Line(item, enterprise.name, enterprise.credit_code, _status(item, sent))
        for item, enterprise, sent in session.execute(statement).all()
    ]


def note_read(session: Session, token: str, entry_id: str, key: bytes, now: datetime) -> bool:
    """Somebody opened the page by the link of a push; whether it is the first time. A forged link changes nothing."""
    item_id = links.read_signed(token, key)
    item = session.get(PushItem, item_id) if item_id is not None else None
    push = session.get(PolicyPush, item.push_id) if item is not None else None
    if item is None or push is None or push.entry_id != entry_id or item.read_at is not None:
        return False
    item.read_at = now
    session.add(item)
    return True


def follow_ups(session: Session, push: PolicyPush) -> list[FollowUp]:
    """What its readers asked in the chat, and the tickets they opened, within the push's hours; oldest first."""
    within = timedelta(hours=push.follow_hours)
    statement = (
        select(PushItem, Enterprise)
        .join(Enterprise, col(Enterprise.id) == col(PushItem.enterprise_id))
        .where(col(PushItem.push_id) == push.id, col(PushItem.released_at).is_not(None))
    )
    reached = {item.openid: (item, enterprise) for item, enterprise in session.exec(statement).all()}
    since = min((item.released_at for item, _ in reached.values() if item.released_at), default=None)
    if since is None:
        return []
    found: list[FollowUp] = []
    for answer in _answers(session, list(reached), since):
        item, enterprise = reached[answer.openid]
        if _is_within(answer.at, item, within):
            outcome = "没解决" if answer.is_solved is False else _OUTCOMES.get(answer.decision, "")
            found.append(
                FollowUp(answer.at, enterprise.name, _masked(answer.question, enterprise), outcome, "")
            )
    for ticket in _tickets(session, list(reached), since):
        item, enterprise = reached[ticket.openid or ""]
        if _is_within(ticket.opened_at, item, within):
            words = _masked(ticket.content, enterprise)
            found.append(FollowUp(ticket.opened_at, enterprise.name, words, "已转成工单", ticket.number))
    return sorted(found, key=lambda one: (one.at, one.ticket))


_OUTCOMES = {"answer": "已答", "chosen": "选了一条", "choose": "请对方选", "none": "没答上"}
_WORDS_SHOWN = 120
_AT_ONCE = 500


def _answers(session: Session, openids: Sequence[str], since: datetime) -> list[Answer]:
    rows: list[Answer] = []
    for start in range(0, len(openids), _AT_ONCE):
        part = openids[start : start + _AT_ONCE]
        statement = select(Answer).where(
            col(Answer.openid).in_(part), col(Answer.at) > since, col(Answer.question) != ""
        )
        rows += session.exec(statement).all()
    return rows


def _tickets(session: Session, openids: Sequence[str], since: datetime) -> list[Ticket]:
    rows: list[Ticket] = []
    for start in range(0, len(openids), _AT_ONCE):
        part = openids[start : start + _AT_ONCE]
        rows += session.exec(
            select(Ticket).where(col(Ticket.openid).in_(part), col(Ticket.opened_at) > since)
        ).all()
    return rows


def _is_within(at: datetime, item: PushItem, within: timedelta) -> bool:
    return item.released_at is not None and item.released_at < at <= item.released_at + within


def _masked(words: str, enterprise: Enterprise) -> str:
    people = [enterprise.legal_representative, enterprise.contact_name]
    return redacted(words, enterprises=[enterprise.name], people=people)[:_WORDS_SHOWN]


def _status(item: PushItem, sent: str | None) -> str:
    state = ItemState(item.state)
    if state is not ItemState.RELEASED:
        return STATUS[state]
    return SENT_STATUS.get(OutboxState(sent), "正在发") if sent else "正在发"
