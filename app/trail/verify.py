"""Walk the chain of the audit trail and say where it breaks first."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlmodel import Session, col

from app.audit import GENESIS, HEAD, AuditHead, AuditRow, digest
from app.trail.guard import missing

BATCH = 1000


@dataclass(frozen=True)
class Verdict:
    """How many rows stand, the newest hash, and what is wrong first ("" if nothing is)."""

    rows: int
    hash: str
    fault: str = ""
    row_id: int | None = None


def verify(session: Session, *, known: tuple[int, str] | None = None) -> Verdict:
    """Check every row against its neighbour and the head of the chain.

    `known` is a position and its hash noted elsewhere at an earlier time: it must still be in the chain, which
    shows a trail that was rewritten as a whole.
    """
    loose = session.scalars(
        select(AuditRow).where(col(AuditRow.position).is_(None)).order_by(col(AuditRow.id)).limit(1)
    ).first()
    verdict = _walk(session, known)
    if verdict.fault:
        return verdict
    if loose is not None:
        return Verdict(verdict.rows, verdict.hash, "有一行不是由程序写入的（不在链上）", loose.id)
    return _end(session, verdict, known)


def _walk(session: Session, known: tuple[int, str] | None) -> Verdict:
    position, previous = 0, GENESIS
    while True:
        statement = select(AuditRow).where(col(AuditRow.position) > position)
        rows = session.scalars(statement.order_by(col(AuditRow.position)).limit(BATCH)).all()
        if not rows:
            return Verdict(position, previous)
        for row in rows:
            fault = _fault(row, position + 1, previous)
            if not fault and known is not None and known[0] == row.position and known[1] != row.hash:
                fault = "与另外记下的校验值不符：这一行之前的记录被整体改写过"
            if fault:
                return Verdict(position, previous, fault, row.id)
            position, previous = position + 1, row.hash
        session.expunge_all()


def _fault(row: AuditRow, position: int, previous: str) -> str:
    if row.position != position:
        return f"第 {position} 行不见了：这一行之前有记录被删除"
    if row.previous_hash != previous:
        return "与前一行接不上：有记录被插入、删除或调换"
    if row.hash != digest(row, position, previous):
        return "内容与校验值不符：这一行被改过"
    return ""


def _end(session: Session, verdict: Verdict, known: tuple[int, str] | None) -> Verdict:
    head = session.get(AuditHead, HEAD, populate_existing=True)
    position, hash_ = (head.position, head.hash) if head is not None else (0, GENESIS)
    if (position, hash_) != (verdict.rows, verdict.hash):
        return Verdict(verdict.rows, verdict.hash, f"应有 {position} 行：最后的记录被删除或改动")
    if known is not None and known[0] > verdict.rows:
        return Verdict(verdict.rows, verdict.hash, f"另外记下的是第 {known[0]} 行：之后的记录不见了")
    absent = missing(session.connection())
    if absent:
        return Verdict(verdict.rows, verdict.hash, "防改触发器不见了：请执行 qiying db upgrade 补上")
    return verdict
