"""What must hold after a week, looked at from outside: phones and diary against the database, each with its evidence."""

from collections.abc import Callable, Sequence

from sqlmodel import col, select

from app.audit import AuditRow
from app.bench.week import message_checks, ticket_checks
from app.bench.week.life import Lived
from app.bench.week.seen import Finding, Outcome, Seen
from app.integrity import examine

SHOWN = 5


def findings(lived: Lived) -> list[Finding]:
    """Every check in the order of the report."""
    with lived.town.runtime.db.reading() as session:
        seen = Seen(lived, session)
        return [Finding(name, *check(seen)) for name, check in CHECKS.items()]


def _trail(seen: Seen) -> Outcome:
    """The audit chain verifies and the database is whole."""
    rows = len(seen.session.exec(select(col(AuditRow.id))).all())
    return rows, tuple(examine(seen.lived.town.runtime.db))


CHECKS: dict[str, Callable[[Seen], Outcome]] = {
    "每条消息 5 秒内有答复，或先应下、答复后补": message_checks.answered,
    "平台重复投递，答复一字不差，不做第二遍": message_checks.repeats,
    "每张工单都有人拿到单号，不多不少": ticket_checks.opened_once,
    "推送不重不漏：手机上看到的就是记着送出的": message_checks.delivered_once,
    "待发的都发完了，没有放弃的": message_checks.emptied,
    "在办的都有承办人、期限和下一步": ticket_checks.held,
    "件件有回音：每一步企业都看得到": message_checks.told,
    "期限数得对（另用手工日历数一遍）": ticket_checks.clocks,
    "没人理的列入督办，超期的报到分管领导": ticket_checks.ladder,
    "免打扰时段不推送": message_checks.quiet,
    "回访和政策推送不过上限，退订的不再收到": message_checks.capped,
    "操作记录连得上，数据库完好": _trail,
}


def sample(wrong: Sequence[str]) -> list[str]:
    """The first few, and how many more."""
    more = len(wrong) - SHOWN
    return [*wrong[:SHOWN], *([f"……另有 {more} 处"] if more > 0 else [])]
