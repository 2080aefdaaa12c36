"""Putting right what is on the problem list (问题清单, BH 2(3)2, C12).

listed → evidence → submitted → signed by the head of the unit → spot check (`spotchecks`) → verified.
Every step takes a session and never commits; a refusal is raised before anything is written.
"""

from datetime import date, datetime

from sqlmodel import Session, col, select

from app.clock import local_date
from app.directory.models import Department
from app.errors import Conflict
from app.outbox.service import enqueue
from app.tickets import finding, parties, problems
from app.tickets.events import write_event
from app.tickets.evidence import KeptFile
from app.tickets.problem_models import ProblemEvent, ProblemEvidence, ProblemItem
from app.tickets.problems import DONE, ProblemStatus
from app.tickets.values import Actor, Incomplete, Rules
from bot.messages import Reply

OPEN = frozenset({ProblemStatus.OPEN})
SUBMITTED = frozenset({ProblemStatus.SUBMITTED})
BEFORE_VERIFIED = frozenset({ProblemStatus.SUBMITTED, ProblemStatus.SIGNED})
TITLE_LENGTH = 200
NAME_LENGTH = 64


def list_problem(
    session: Session,
    title: str,
    *,
    department: str,
    owner_name: str,
    due_on: date | None = None,
    measures: str = "",
    source: str = "",
    ticket_number: str = "",
    by: Actor,
    rules: Rules,
    now: datetime,
) -> ProblemItem:
    """列入清单, by the hub: what is wrong, whose it is, who answers for it, by when (the profile's days if not said).

    `department` is a name or `department:<id>`. `ticket_number`: the request it comes from, which then cannot be
    settled before the signature.
    """
    rule = problems.rule_of(rules)
    problems.authorise(session, by, "list", None, now, hub_only=True)
    if not title.strip() or not owner_name.strip():
        raise Incomplete("请写明问题和责任人")
    unit = _one_department(session, department)
    today = local_date(now)
    due = due_on or rules.calendar.add(today, rule.working_days)
    if due < today or not rules.calendar.is_workday(due):
        raise Incomplete("整改时限应是今天以后的工作日", field="due_on")
    ticket = problems.live_ticket(session, ticket_number)
    item = ProblemItem(
        status=ProblemStatus.OPEN.value,
        ticket_id=ticket.id if ticket else None,
        title=" ".join(title.split())[:TITLE_LENGTH],
        measures=measures[:2000],
        source=source[:NAME_LENGTH],
        department_id=unit.id or 0,
        owner_name=owner_name.strip()[:NAME_LENGTH],
        due_on=due,
        listed_at=now,
        listed_by=by.name,
    )
    session.add(item)
    session.flush()
    problems.write(session, item, "listed", by, now, note=item.title, data={"ticket": ticket_number})
    if ticket is not None:
        write_event(session, ticket, "listed", by, now, is_public=False, data={"problem": item.id})
    _tell(session, item, f"已列入问题清单：{item.title}。责任人{item.owner_name}，", "listed", now)
    return item


def add_evidence(
    session: Session,
    item_id: int,
    *,
    note: str = "",
    file: KeptFile | None = None,
    by: Actor,
    rules: Rules,
    now: datetime,
) -> ProblemEvidence:
    """上传佐证: a note, a file, or both, while the item is being put right."""
    problems.rule_of(rules)
    item = problems.find(session, item_id)
    problems.authorise(session, by, "evidence", item, now, hub_only=False)
    if not note.strip() and file is None:
        raise Incomplete("请写明整改情况，或附上照片、文件", field="note")
    problems.move(session, item, OPEN, ProblemStatus.OPEN)
    row = ProblemEvidence(item_id=item_id, at=now, by=by.name, note=note.strip()[:2000])
    if file is not None:
        row.name, row.path, row.media_type, row.digest = file.name, file.path, file.media_type, file.digest
    session.add(row)
    data = {"file": file.digest[:16]} if file else None
    problems.write(session, item, "evidence", by, now, note=row.note or row.name, data=data)
    return row


def submit(session: Session, item_id: int, *, by: Actor, rules: Rules, now: datetime) -> ProblemItem:
    """报请签字: nothing is signed on trust, so there must be evidence newer than the last return."""
    problems.rule_of(rules)
    item = problems.find(session, item_id)
    problems.authorise(session, by, "submit", item, now, hub_only=False)
    if item.status == ProblemStatus.OPEN and not _has_fresh_evidence(session, item_id):
        raise Conflict(f"第 {item_id} 项还没有整改佐证，先上传照片、文件或说明")
    problems.move(session, item, OPEN, ProblemStatus.SUBMITTED, {"submitted_at": now})
    problems.write(session, item, "submitted", by, now)
    return item


def sign(
    session: Session, item_id: int, *, head: str, post: str, by: Actor, rules: Rules, now: datetime
) -> ProblemItem:
    """主要负责同志签字: who of the unit signed, in which post; whoever records it is another person."""
    problems.rule_of(rules)
    item = problems.find(session, item_id)
    problems.authorise(session, by, "sign", item, now, hub_only=False)
    head, post = head.strip()[:NAME_LENGTH], post.strip()[:NAME_LENGTH]
    if not head or not post:
        raise Incomplete("请写明签字的主要负责同志姓名和职务")
    if head in (by.name, item.owner_name):
        raise Conflict("签字的应是单位主要负责同志，不能是责任人或登记人自己", field="head")
    values = {"signed_at": now, "signed_by": head, "signed_post": post}
    problems.move(session, item, SUBMITTED, ProblemStatus.SIGNED, values)
    problems.write(session, item, "signed", by, now, note=f"{head}（{post}）")
    return item


def send_back(
    session: Session, item_id: int, reason: str, *, by: Actor, rules: Rules, now: datetime
) -> ProblemItem:
    """退回整改, by the hub: the evidence does not show that it was put right."""
    problems.rule_of(rules)
    item = problems.find(session, item_id)
    problems.authorise(session, by, "return", item, now, hub_only=True)
    reopen(session, item, reason, "returned", {}, by=by, now=now)
    return item


def reopen(
    session: Session,
    item: ProblemItem,
    reason: str,
    kind: str,
    values: dict[str, int],
    *,
    by: Actor,
    now: datetime,
) -> None:
    """Back to the department, unsigned, with the reason."""
    if not reason.strip():
        raise Incomplete("请写明哪里没有整改到位", field="reason")
    cleared = {"submitted_at": None, "signed_at": None, "signed_by": "", "signed_post": ""}
    problems.move(session, item, BEFORE_VERIFIED, ProblemStatus.OPEN, {**cleared, **values})
    problems.write(session, item, kind, by, now, note=reason)
    _tell(session, item, f"退回整改：{reason.strip()}。", f"v{item.version}", now)


def remind_due(session: Session, rules: Rules, now: datetime) -> int:
    """On the day and once after it the department is reminded, within office hours; how many items are late."""
    if rules.profile.rectification is None or not rules.calendar.is_open(now, rules.profile.office_hours):
        return 0
    today = local_date(now)
    late = 0
    for item, _ in problems.listed(session, statuses=frozenset(ProblemStatus) - DONE):
        if item.due_on > today:
            break
        is_late = problems.is_overdue(item, now)
        late += is_late
        words = "整改已超期，" if is_late else "今天是整改时限，"
        _tell(session, item, words, f"{'late' if is_late else 'due'}:{item.due_on}", now)
    return late


def _tell(session: Session, item: ProblemItem, words: str, key: str, now: datetime) -> None:
    """The department's coordinators, once a key."""
    text = (
        f"【问题清单】第 {item.id} 项 {words}{problems.due_text(item.due_on)}前整改到位，"
        "上传佐证材料，由主要负责同志签字后报中枢。"
    )
    for person in parties.coordinators(session, item.department_id):
        if person.openid:
            enqueue(
                session,
                dedupe_key=f"problem:{item.id}:{key}:{person.openid}",
                openid=person.openid,
                kind="notice",
                reply=Reply.of(text),
                fields={
                    "title": "问题清单整改",
                    "note": item.title[:20],
                    "due": problems.due_text(item.due_on),
                },
                ticket_id=item.ticket_id,
                now=now,
            )


def _has_fresh_evidence(session: Session, item_id: int) -> bool:
    """Whether anything was handed in since the item was listed or last sent back."""
    statement = (
        select(ProblemEvent.kind)
        .where(
            col(ProblemEvent.item_id) == item_id,
            col(ProblemEvent.kind).in_(["evidence", "listed", "returned", "failed"]),
        )
        .order_by(col(ProblemEvent.id).desc())
    )
    return session.exec(statement).first() == "evidence"


def _one_department(session: Session, text: str) -> Department:
    meant = finding.named(parties.departments(session), text.strip()) if text.strip() else []
    if len(meant) != 1:
        names = "、".join(item.name for item in meant)
        raise Incomplete(
            f"「{text}」不止一个：{names}，请写全" if meant else f"没有「{text}」这个部门", field="department"
        )
    return meant[0]
