"""明察暗访: signed items are checked on the spot, by a sample that can be drawn again (BH 2(3)2, C12)."""

import math
from datetime import datetime

from sqlmodel import Session, col, select

from app.errors import Conflict, NotFound
from app.tickets import problems, rectifying
from app.tickets.problem_models import ProblemItem, SpotCheck, SpotCheckItem
from app.tickets.problems import ProblemStatus
from app.tickets.sampling import sample
from app.tickets.values import Actor, Incomplete, Rules

PASSED, FAILED = "passed", "failed"
OUTCOMES = {PASSED: "合格", FAILED: "不合格"}
SIGNED = frozenset({ProblemStatus.SIGNED})


def draw_spot_check(
    session: Session, name: str, *, seed: int, size: int | None = None, by: Actor, rules: Rules, now: datetime
) -> SpotCheck:
    """Draw from everything that is signed and not yet verified: `size`, else the profile's share, at least one."""
    rule = problems.rule_of(rules)
    problems.authorise(session, by, "draw", None, now, hub_only=True)
    if not name.strip():
        raise Incomplete("请给这次抽查起个名字，例如：11月抽查", field="check_name")
    if session.exec(select(SpotCheck).where(col(SpotCheck.name) == name.strip())).first() is not None:
        raise Conflict(f"已有名为「{name.strip()}」的抽查，换个名字", field="check_name")
    signed = [item.id or 0 for item, _ in problems.listed(session, statuses=SIGNED)]
    if not signed:
        raise Conflict("没有已签字待核实的问题，不用抽查")
    wanted = size if size is not None else math.ceil(len(signed) * rule.sample_percent / 100)
    check = SpotCheck(
        name=name.strip()[:64],
        seed=seed,
        size=max(1, wanted),
        drawn_from=len(signed),
        drawn_at=now,
        drawn_by=by.name,
    )
    session.add(check)
    session.flush()
    for item_id in sample(signed, seed=seed, size=check.size):
        session.add(SpotCheckItem(check_id=check.id or 0, item_id=item_id))
    session.flush()
    return check


def drawn(session: Session, check: SpotCheck) -> list[tuple[SpotCheckItem, ProblemItem]]:
    """What was drawn, with the item of each."""
    statement = (
        select(SpotCheckItem, ProblemItem)
        .join(ProblemItem, col(ProblemItem.id) == col(SpotCheckItem.item_id))
        .where(col(SpotCheckItem.check_id) == check.id)
        .order_by(col(SpotCheckItem.id))
    )
    return list(session.exec(statement).all())


def by_name(session: Session, name: str) -> SpotCheck:
    """The spot check with this name; NotFound."""
    check = session.exec(select(SpotCheck).where(col(SpotCheck.name) == name)).first()
    if check is None:
        raise NotFound(f"没有名为「{name}」的抽查")
    return check


def record_check(
    session: Session, check_item_id: int, outcome: str, note: str, *, by: Actor, rules: Rules, now: datetime
) -> ProblemItem:
    """Somebody was there. Passed: verified and off the list. Failed: back to the department, marked for referral."""
    rule = problems.rule_of(rules)
    row = session.get(SpotCheckItem, check_item_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise NotFound("没有这项抽查")
    item = problems.find(session, row.item_id)
    problems.authorise(session, by, "check", item, now, hub_only=True)
    if outcome not in OUTCOMES:
        raise Incomplete("抽查结果应是合格或不合格", field="outcome")
    if row.outcome:
        raise Conflict(f"这一项已由{row.checked_by}查过：{OUTCOMES[row.outcome]}")
    if outcome == PASSED:
        problems.move(session, item, SIGNED, ProblemStatus.VERIFIED, {"verified_at": now})
        problems.write(session, item, "passed", by, now, note=note)
    else:
        if not note.strip():
            raise Incomplete("请写明哪里没有整改到位", field="note")
        reason = f"{note.strip()}（抽查不合格，按规定移送{rule.refer_to}）"
        values = {"failed_checks": item.failed_checks + 1}
        rectifying.reopen(session, item, reason, "failed", values, by=by, now=now)
    row.outcome, row.note, row.checked_at, row.checked_by = outcome, note[:2000], now, by.name
    session.add(row)
    session.flush()
    return item
