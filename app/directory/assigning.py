"""One enterprise gets another officer because a person says so, with the reason (A3)."""

from datetime import datetime

from sqlmodel import Session, col, select

from app import audit
from app.directory import changes, enterprises
from app.directory.changes import Author
from app.directory.locking import lock_directory
from app.directory.models import Assignment, Enterprise, Officer
from app.directory.placing import Held, Placement
from app.districts.statuses import GONE
from app.errors import AppError, Conflict, NotFound

RULE = "人工指定"


def assign(
    session: Session,
    enterprise_id: int,
    officer_id: int,
    *,
    expected_officer_id: int | None,
    reason: str,
    actor_kind: str,
    actor: str,
    now: datetime,
) -> Officer:
    """From now on this officer serves the enterprise; who.

    `expected_officer_id` is who served it when the person decided (None: nobody). Raises Conflict if somebody was
    faster, NotFound, or AppError where the reason is missing.
    """
    if not reason.strip():
        raise AppError("请写明改派的原因", field="reason")
    lock_directory(session)
    enterprise = session.get(Enterprise, enterprise_id, populate_existing=True)
    officer = session.get(Officer, officer_id, populate_existing=True)
    if enterprise is None or officer is None:
        raise NotFound("没有这家企业或这位服务人员")
    held = session.exec(
        select(Assignment)
        .where(col(Assignment.enterprise_id) == enterprise_id, col(Assignment.until).is_(None))
        .execution_options(populate_existing=True)
    ).first()
    before = session.get(Officer, held.officer_id) if held else None
    _demand(enterprise, officer, before, expected_officer_id)
    ended = Held(held.id or 0, held.officer_id, held.rule) if held else None
    placement = Placement(ended, officer.id, RULE, reason.strip(), f"改由{officer.name}服务")
    enterprises.place(session, {enterprise_id: placement}, now)
    area = enterprise.area_code or ""
    changes.write(
        session,
        [
            changes.line(
                Author(actor, now, reason=reason.strip()),
                changes.ENTERPRISES,
                enterprise.credit_code,
                enterprise.name,
                changes.ASSIGNED,
                before={"officer": before.staff_no if before else None},
                after={"officer": officer.staff_no},
                area=area,
                from_area=area,
            )
        ],
    )
    audit.record(
        session,
        at=now,
        actor_kind=actor_kind,
        actor=actor,
        action="directory.assign",
        target=f"enterprise:{enterprise_id}",
        detail={"from": before.id if before else None, "to": officer.id, "reason": reason.strip()[:200]},
    )
    return officer


def _demand(
    enterprise: Enterprise, officer: Officer, before: Officer | None, expected_officer_id: int | None
) -> None:
    if (before.id if before else None) != expected_officer_id:
        now_serving = f"现在由{before.name}服务" if before else "现在没有服务人员"
        raise Conflict(f"{enterprise.name}刚被改派过，{now_serving}。请看过再决定。")
    if before is not None and before.id == officer.id:
        raise Conflict(f"{enterprise.name}本来就由{officer.name}服务", field="target")
    if not officer.is_active:
        raise Conflict(f"{officer.name}已离岗，请指定在岗的人", field="target")
    if enterprise.status in GONE:
        raise Conflict(f"{enterprise.name}已{enterprise.status}，不再分派服务人员")
