"""An order of another system becomes a ticket, once: whatever is repeated, two at a time or days later."""

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from hashlib import sha256

from sqlalchemy import or_
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col, select

from app.api.faults import Unprocessable
from app.api.keys import Caller
from app.api.schemas import AttachmentIn, TicketIn
from app.directory.lookup import clean_name
from app.directory.models import Department, Enterprise
from app.districts.outside import OutsideSystem
from app.districts.profile import Profile
from app.errors import Conflict
from app.tickets import finding, parties, service
from app.tickets.channels import every_channel
from app.tickets.models import Attachment, Ticket
from app.tickets.outside_models import OutsideOrder
from app.tickets.values import Actor, ActorKind, Rules, TicketDraft

KEY_LENGTH = 128
MAX_FILE_BYTES = 3 * 1024 * 1024
Keep = Callable[[bytes], str]


def take(
    session: Session,
    caller: Caller,
    key: str,
    body: TicketIn,
    *,
    rules: Rules,
    keep: Keep,
    now: datetime,
    kind: str = "",
) -> tuple[Ticket, bool]:
    """The ticket of this order, and whether it was opened just now. `kind` is one of the profile's, or "".

    `keep` stores one attachment and gives its path ("" for a type that is not kept). Raises Unprocessable
    with every fault at once, and Conflict where key or outside number was used for something else.
    """
    if not 0 < len(key) <= KEY_LENGTH:
        raise Unprocessable([("Idempotency-Key", f"请求头 Idempotency-Key 应是 1–{KEY_LENGTH} 个字符")])
    digest = _digest(body)  # of what was sent: a mapping that is edited later makes no repeat a mix-up
    body = in_our_words(body, rules.profile.system(caller.system), every_channel(rules.profile))
    order = _claim(session, caller.system, key, body, digest)
    if order is None:
        return _known(session, caller.system, key, body, digest), False
    files = _checked(session, body, rules.profile)
    draft = replace(_draft(session, caller, body), kind=kind)
    ticket = service.open_ticket(session, draft, rules=rules, now=now)
    order.ticket_id = ticket.id
    session.add(order)
    for name, content in files:
        _attach(session, ticket, name, content, keep, now)
    session.flush()
    return ticket, True


def in_our_words(body: TicketIn, system: OutsideSystem | None, channels: Sequence[str] = ()) -> TicketIn:
    """A category by that system's own name or code is taken for ours, where its mapping knows it; a channel by
    the beginning of one name of ours, or by the name of the system itself."""
    ours = {"channel": _our_channel(body.channel, system, channels), "category": body.category}
    if system is not None:
        ours["category"] = system.categories.get(body.category, body.category)
    return body.model_copy(update=ours)


def _our_channel(name: str, system: OutsideSystem | None, channels: Sequence[str]) -> str:
    if system is not None and name in (system.key, system.name):
        return system.channel
    begin = [channel for channel in channels if channel.startswith(name)] if len(name) > 1 else []
    return begin[0] if len(begin) == 1 and name not in channels else name


def _claim(session: Session, system: str, key: str, body: TicketIn, digest: str) -> OutsideOrder | None:
    """Take key and outside number, or None where one of them is taken: decided by the database, not by us."""
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    statement = insert(OutsideOrder).values(
        system=system,
        external_number=body.external_number,
        idempotency_key=key,
        body_hash=digest,
        received_at=body.received_at,
        due_at=body.due_at,
    )
    claim = statement.on_conflict_do_nothing().returning(col(OutsideOrder.id))
    order_id = session.connection().execute(claim).scalar()
    return session.get_one(OutsideOrder, order_id) if order_id is not None else None


def _known(session: Session, system: str, key: str, body: TicketIn, digest: str) -> Ticket:
    orders = _orders(session, system, key, body.external_number)
    order = next((row for row in orders if row.idempotency_key == key), orders[0])
    ticket = session.get_one(Ticket, order.ticket_id)
    if order.body_hash == digest:
        return ticket
    if order.idempotency_key == key:
        raise Conflict(f"这个 Idempotency-Key 已用于 {order.external_number}，内容不同：新的诉求请换一个值")
    raise Conflict(f"{body.external_number} 已登记为工单 {ticket.number}，内容不同：同一单号不能登记两次")


def _orders(session: Session, system: str, key: str, number: str) -> list[OutsideOrder]:
    same = or_(col(OutsideOrder.idempotency_key) == key, col(OutsideOrder.external_number) == number)
    return list(session.exec(select(OutsideOrder).where(OutsideOrder.system == system, same)))


def _digest(body: TicketIn) -> str:
    canonical = json.dumps(body.model_dump(mode="json"), ensure_ascii=False, sort_keys=True)
    return sha256(canonical.encode()).hexdigest()


def _checked(session: Session, body: TicketIn, profile: Profile) -> list[tuple[str, bytes]]:
    """The attachments' contents; Unprocessable with everything that does not fit this district."""
    faults = []
    if body.channel not in every_channel(profile):
        faults.append(("channel", "没有这个渠道，可用：" + "、".join(every_channel(profile))))
    if body.category and body.category not in profile.categories:
        faults.append(("category", "没有这个类别，可用：" + "、".join(profile.categories)))
    known = parties.departments(session) if body.departments else []
    for number, name in enumerate(body.departments):
        fault = department_fault(name, known)
        if fault:
            faults.append((f"departments.{number}", fault))
    files = []
    for number, item in enumerate(body.attachments):
        content = _decoded(item)
        if content is None:
            faults.append((f"attachments.{number}.content", "不是合格的 base64"))
        elif len(content) > MAX_FILE_BYTES:
            faults.append((f"attachments.{number}.content", f"超过 {MAX_FILE_BYTES // 2**20} MB"))
        else:
            files.append((item.name, content))
    if faults:
        raise Unprocessable(faults)
    return files


def department_fault(name: str, known: Sequence[Department]) -> str:
    """Why no one department of ours is meant by this name; empty where one is. Pure."""
    meant = finding.named(known, name)
    if len(meant) == 1:
        return ""
    if meant:
        return f"「{name[:40]}」不止一个：{'、'.join(row.name for row in meant)}，请写全"
    names = "、".join(row.name for row in known) or "还没有登记部门，请先不填"
    return f"没有「{name[:40]}」这个部门，现有：{names}"


def _decoded(item: AttachmentIn) -> bytes | None:
    try:
        return base64.b64decode(item.content, validate=True)
    except (binascii.Error, ValueError):
        return None


def _draft(session: Session, caller: Caller, body: TicketIn) -> TicketDraft:
    enterprise = find_enterprise(session, body.enterprise.credit_code, body.enterprise.name)
    content = (
        body.content
        if enterprise
        else f"{body.content}\n（来单主体：{body.enterprise.name}，名录中没有找到）"
    )
    return TicketDraft(
        content=content,
        enterprise_id=enterprise.id if enterprise else None,
        contact_name=body.contact.name,
        contact_phone=body.contact.phone,
        channel=body.channel,
        title=body.title,
        category=body.category,
        external_number=body.external_number,
        departments=tuple(body.departments),
        opened_by=Actor(ActorKind.SYSTEM, caller.system, body.channel),
    )


def find_enterprise(session: Session, code: str, name: str) -> Enterprise | None:
    """The enterprise of this code, else the only one of exactly this name."""
    if code:
        return session.exec(select(Enterprise).where(Enterprise.credit_code == code)).first()
    cleaned = clean_name(name)
    found = session.exec(select(Enterprise).where(col(Enterprise.name).in_({name, cleaned})).limit(2)).all()
    return found[0] if len(found) == 1 else None


def _attach(session: Session, ticket: Ticket, name: str, content: bytes, keep: Keep, now: datetime) -> None:
    if ticket.id is None:
        return
    path = keep(content)
    kind = "file" if path.endswith(".pdf") else "image"
    fault = "" if path else f"类型不收：{name}"[:64]
    session.add(Attachment(ticket_id=ticket.id, at=now, media_kind=kind, path=path, fault=fault))
