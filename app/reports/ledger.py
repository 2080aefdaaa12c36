"""台账 (FT, E4): every ticket that came in during a period, as it stood when the period ended."""

from collections.abc import Iterator, Sequence
from datetime import date

from sqlalchemy import select
from sqlmodel import Session, col

from app import audit
from app.clock import local_date
from app.directory.models import Enterprise
from app.reports.gathering import BATCH, Names
from app.reports.history import Story
from app.reports.period import Period
from app.tickets.lifecycle import STATUS_NAMES
from app.tickets.values import RESULT_NAMES, ResultKind

HEADS = (
    "序号", "单号", "收到日期", "渠道", "企业名称", "统一社会信用代码", "片区", "诉求", "类别", "承办",
    "办结期限", "办结日期", "是否按时", "结果", "企业评分", "退回次数", "重办次数", "期末状态",
)  # fmt: skip
Row = tuple[str | int | date | None, ...]


def opened_in(found: Sequence[Story], period: Period) -> list[Story]:
    """The stories of the ledger, oldest first."""
    return [story for story in found if period.has(story.basis.opened_at)]


def rows(session: Session, found: Sequence[Story], known: Names) -> Iterator[Row]:
    """The ledger's rows; telephone numbers in free text are masked, people do not appear."""
    for start in range(0, len(found), BATCH):
        batch = found[start : start + BATCH]
        ids = {story.basis.enterprise_id for story in batch}
        statement = select(col(Enterprise.id), col(Enterprise.name), col(Enterprise.credit_code))
        facts = {row[0]: row for row in session.execute(statement.where(col(Enterprise.id).in_(ids))).all()}
        for number, story in enumerate(batch, start=start + 1):
            enterprise = facts.get(story.basis.enterprise_id)
            yield _row(
                number, story, enterprise[1] if enterprise else "", enterprise[2] if enterprise else "", known
            )


def _row(number: int, story: Story, name: str, code: str, known: Names) -> Row:
    basis, done = story.basis, story.standing
    result = RESULT_NAMES[ResultKind(done.result_kind)] if done and done.result_kind else ""
    return (
        number,
        basis.number,
        local_date(basis.opened_at),
        basis.channel,
        name or "未登记企业",
        code,
        known.areas.get(basis.area, basis.area),
        str(audit.cleaned(basis.title)),
        basis.category,
        known.party(story.party),
        story.due_on,
        local_date(done.at) if done else "",
        ("是" if done.is_on_time else "否") if done else "",
        result,
        story.rating.score if story.rating else None,
        len(story.returned),
        len(story.reopened),
        STATUS_NAMES[story.status],
    )
