"""What must hold after a week, looked at from outside: phones and diary against the database, each with its evidence."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlmodel import Session, col, select

from app.audit import AuditRow
from app.bench.week.diary import Act, Diary, Matter
from app.bench.week.life import Lived
from app.clock import SHANGHAI, local_date
from app.demo.platform.world import Entry
from app.directory.models import Enterprise
from app.integrity import examine
from app.outbox.models import OutboxMessage, OutboxState
from app.tickets.lifecycle import LIVE
from app.tickets.models import Ticket
from bot.messages import Reply

PUSHED = ("custom", "template", "subscribe")
SHOWN = 5
AWAKE = timedelta(minutes=16)
# Days of 2026 around the made-up week that are not as Monday to Friday says, from the State Council's notice.
DAYS_OFF = {date(2026, 9, 25), *(date(2026, 10, day) for day in range(1, 8))}
WORKED = {date(2026, 9, 20), date(2026, 10, 10)}
# What an enterprise reads after each step: the words of a chat message, the title of a template message.
TOLD = {
    "接单": ("已接单", "诉求接单通知"), "吹哨": ("有进展", "诉求流转通知"), "上报": ("有进展", "诉求流转通知"),
    "转出": ("有进展", "诉求流转通知"), "补件": ("需要您补充", "需要补充材料"), "延期": ("要多用", "办理延期通知"),
    "办结": ("已办结：", "诉求办结通知"), "回复": ("回复：", "回复："),
}  # fmt: skip


@dataclass(frozen=True)
class Finding:
    """One thing that must hold: how much was looked at, and what does not fit."""

    name: str
    looked_at: int
    wrong: tuple[str, ...]

    @property
    def holds(self) -> bool:
        """Nothing that does not fit, and something was looked at."""
        return not self.wrong


def findings(lived: Lived) -> list[Finding]:
    """Every check in the order of the report."""
    with lived.town.runtime.db.reading() as session:
        seen = _Seen(lived, session)
        return [Finding(name, *check(seen)) for name, check in CHECKS.items()]


Outcome = tuple[int, tuple[str, ...]]


class _Seen:
    """What the checks share: rows by number and openid."""

    def __init__(self, lived: Lived, session: Session) -> None:
        self.lived = lived
        self.session = session
        self.diary: Diary = lived.diary
        self.now = lived.town.clock.now()
        self.tickets = {row.number: row for row in session.exec(select(Ticket))}
        self.outbox = list(session.exec(select(OutboxMessage)))

    def chat(self, openid: str) -> list[Entry]:
        """Everything on a phone."""
        return self.lived.town.platform.user(openid).person.chat


def _answered(seen: _Seen) -> Outcome:
    """Every message has its answer within five seconds, or `success` and the answer later."""
    later = {row.dedupe_key for row in seen.outbox if row.kind == "deferred_answer"}
    wrong = list(seen.diary.faults)
    silent = [said for said in seen.diary.said if said.sent.verdict == "silent"]
    if len(later) < len(silent):
        wrong += [f"没有答复也没有后补：{said.occasion}「{said.text}」" for said in silent[len(later) :]]
    return len(seen.diary.said), tuple(wrong)


def _repeats(seen: _Seen) -> Outcome:
    """What the platform brings twice gets the very same reply."""
    wrong = [
        f"{said.occasion}「{said.text}」第二次的答复不同：{again[:60]}"
        for said, again in seen.diary.duplicates
        if again != said.sent.text
    ]
    return len(seen.diary.duplicates), tuple(wrong)


def _opened_once(seen: _Seen) -> Outcome:
    """Every ticket is one that somebody outside was given, and none is missing."""
    known, rows = set(seen.diary.matters), set(seen.tickets)
    wrong = [f"{number} 有人拿到单号，库里没有" for number in sorted(known - rows)]
    wrong += [
        f"{number} 库里有，没有人拿到过单号：{seen.tickets[number].content[:30]}"
        for number in sorted(rows - known)
    ]
    return len(rows), tuple(wrong)


def _delivered_once(seen: _Seen) -> Outcome:
    """Pushes that count as sent are on the phone, as often as they were sent."""
    count = seen.lived.town.runtime.gateway.count_texts
    sent: Counter[str] = Counter()
    for row in seen.outbox:
        if row.state == OutboxState.SENT and row.channel in ("text", "template"):
            sent[row.openid] += count(Reply.from_json(row.reply)) if row.channel == "text" else 1
    wrong = []
    for openid in {row.openid for row in seen.outbox}:
        shown = sum(entry.kind in PUSHED for entry in seen.chat(openid))
        if shown != sent[openid]:
            wrong.append(f"{openid} 手机上 {shown} 条推送，记着送出 {sent[openid]} 条")
    wrong += [f"平台记下：{lint.code} {lint.detail}" for lint in seen.lived.town.platform.record.lints]
    return sum(sent.values()), tuple(wrong)


def _empty(seen: _Seen) -> Outcome:
    """Nothing waits that could go out, nothing was given up; what waits for a contact is counted apart."""
    bad = (OutboxState.NEW, OutboxState.RUN, OutboxState.UNKNOWN, OutboxState.DEAD)
    wrong = [
        f"{row.id} {row.state} {row.kind} {row.last_error}"
        for row in seen.outbox
        if row.state in bad and row.due_at <= seen.now
    ]
    return len(seen.outbox), tuple(wrong)


def _held(seen: _Seen) -> Outcome:
    """Every live ticket has a holder, a deadline, and a moment when the clock looks again."""
    wrong = []
    live = [row for row in seen.tickets.values() if row.status in LIVE]
    for row in live:
        holder = {"officer": row.officer_id, "department": row.department_id}.get(row.holder_kind, 1)
        if holder is None:
            wrong.append(f"{row.number} {row.holder_kind} 没有承办人")
        if row.next_step_at is None and not _is_done_reminding(row):
            wrong.append(f"{row.number} {row.status} {row.holder_kind} 没有下一步的时间")
    return len(live), tuple(wrong)


def _is_done_reminding(row: Ticket) -> bool:
    """On the supervision list: the last step of its chains was taken."""
    return row.supervised_at is not None


def _told(seen: _Seen) -> Outcome:
    """件件有回音: after each step of an officer the asker reads of it, or it waits for the next contact."""
    waiting = defaultdict(list)
    for row in seen.outbox:
        if row.state == OutboxState.PENDING:
            waiting[row.openid].append(row)
    wrong, looked = [], 0
    for matter, act in _acts(seen.diary):
        if not matter.openid or act.verb not in TOLD:
            continue
        looked += 1
        is_shown = any(_tells(entry, matter, act) for entry in seen.chat(matter.openid))
        is_kept = any(_is_about(seen, row, matter) for row in waiting[matter.openid])
        if not is_shown and not is_kept:
            wrong.append(f"{matter.number} {act.at.astimezone(SHANGHAI):%m-%d %H:%M}{act.verb}，企业没看到")
    return looked, tuple(wrong)


def _tells(entry: Entry, matter: Matter, act: Act) -> bool:
    words = TOLD[act.verb]
    is_later = entry.kind != "sent" and entry.at >= act.at - timedelta(seconds=1)
    return is_later and matter.number[-4:] in entry.text and any(word in entry.text for word in words)


def _is_about(seen: _Seen, row: OutboxMessage, matter: Matter) -> bool:
    return row.ticket_id == seen.tickets[matter.number].id


def _acts(diary: Diary) -> Iterator[tuple[Matter, Act]]:
    for matter in diary.matters.values():
        for act in matter.acts:
            yield matter, act


def _clocks(seen: _Seen) -> Outcome:
    """The promised day, counted anew on fingers, of every ticket that nobody extended, paused, moved or reopened."""
    finish = seen.lived.town.runtime.profile.deadlines.finish.working_days
    closes = seen.lived.town.runtime.profile.office_hours.closes
    moved = {"补件", "延期", "吹哨", "上报", "退回"}
    wrong, looked = [], 0
    for number, row in seen.tickets.items():
        matter = seen.diary.matter(number)
        acts = {act.verb for act in matter.acts} if matter else set()
        if acts & moved or row.reopened_count or row.holder_kind not in ("officer", "department"):
            continue
        if row.step != row.ladder[0]["key"]:
            continue
        looked += 1
        expected = counted(row.opened_at, finish, closes)
        if row.due_on != expected:
            wrong.append(
                f"{number} {row.opened_at.astimezone(SHANGHAI):%m-%d %H:%M}收到，应是 {expected}，却是 {row.due_on}"
            )
    return looked, tuple(wrong)


def counted(opened_at: datetime, days: int, closes: time) -> date:
    """`days` working days after the day of receipt, which after the office closes is the next working day."""
    local = opened_at.astimezone(SHANGHAI)
    day = local.date()
    if not is_workday(day) or local.time() >= closes:
        day = _next_workday(day)
    for _ in range(days):
        day = _next_workday(day)
    return day


def is_workday(day: date) -> bool:
    """By the list above."""
    return day in WORKED or (day.weekday() < 5 and day not in DAYS_OFF)


def _next_workday(day: date) -> date:
    day += timedelta(days=1)
    while not is_workday(day):
        day += timedelta(days=1)
    return day


def _ladder(seen: _Seen) -> Outcome:
    """Where nobody acts, the ticket is put on the supervision list; once it is late, the area's leader hears of it."""
    areas = {row.id: row.area_code or "" for row in seen.session.exec(select(Enterprise))}
    today, wrong, looked = local_date(seen.now), [], 0
    for number, row in seen.tickets.items():
        matter = seen.diary.matter(number)
        if row.status not in LIVE or row.holder_kind not in ("officer", "department") or row.waiting_since:
            continue
        if _workdays_after(row.due_on, today) < 3:
            continue
        looked += 1
        if row.supervised_at is None:
            wrong.append(f"{number} 到期 {row.due_on}，没有列入督办")
        leader = seen.lived.cast.leaders.get(areas.get(row.enterprise_id or 0, "")[:4], "")
        heard = leader and any(
            number[-4:] in entry.text for entry in seen.chat(leader) if entry.kind != "sent"
        )
        if leader and not heard and matter is not None:
            wrong.append(f"{number} 超期，分管领导没有收到")
    return looked, tuple(wrong)


def _workdays_after(day: date, today: date) -> int:
    count = 0
    while day < today:
        day += timedelta(days=1)
        count += is_workday(day)
    return count


def _quiet(seen: _Seen) -> Outcome:
    """Between the quiet hours' start and end a phone shows nothing that its owner did not just ask for."""
    hours = seen.lived.town.runtime.profile.quiet_hours
    wrong, looked = [], 0
    for openid in {row.openid for row in seen.outbox}:
        spoke: datetime | None = None
        for entry in seen.chat(openid):
            if entry.kind == "sent":
                spoke = entry.at
            if entry.kind not in PUSHED:
                continue
            looked += 1
            is_awake = spoke is not None and entry.at - spoke <= AWAKE
            if hours.until(entry.at) is not None and not is_awake:
                wrong.append(f"{openid} {entry.at.astimezone(SHANGHAI):%m-%d %H:%M} {entry.text[:30]}")
    return looked, tuple(wrong)


def _cap(seen: _Seen) -> Outcome:
    """Surveys and policies: no more a month than the district allows, none after 退订."""
    most = seen.lived.town.runtime.profile.feedback.contacts_per_month
    wrong, looked = [], 0
    for client in seen.lived.cast.clients:
        asked = 0
        has_left = False
        for entry in seen.chat(client.openid):
            has_left = has_left or (entry.kind == "sent" and entry.text == "退订")
            if entry.kind in PUSHED and ("【回访】" in entry.text or "政策送达" in entry.text):
                asked, looked = asked + 1, looked + 1
                if has_left:
                    wrong.append(f"{client.openid} 退订以后又收到 {entry.text[:20]}")
        if asked > most:
            wrong.append(f"{client.openid} 收到 {asked} 次，上限 {most}")
    return looked, tuple(wrong)


def _trail(seen: _Seen) -> Outcome:
    """The audit chain verifies and the database is whole."""
    rows = len(seen.session.exec(select(col(AuditRow.id))).all())
    return rows, tuple(examine(seen.lived.town.runtime.db))


CHECKS: dict[str, Callable[[_Seen], Outcome]] = {
    "每条消息 5 秒内有答复，或先应下、答复后补": _answered,
    "平台重复投递，答复一字不差，不做第二遍": _repeats,
    "每张工单都有人拿到单号，不多不少": _opened_once,
    "推送不重不漏：手机上看到的就是记着送出的": _delivered_once,
    "待发的都发完了，没有放弃的": _empty,
    "在办的都有承办人、期限和下一步": _held,
    "件件有回音：每一步企业都看得到": _told,
    "期限数得对（另用手工日历数一遍）": _clocks,
    "没人理的列入督办，超期的报到分管领导": _ladder,
    "免打扰时段不推送": _quiet,
    "回访和政策推送不过上限，退订的不再收到": _cap,
    "操作记录连得上，数据库完好": _trail,
}


def sample(wrong: Sequence[str]) -> list[str]:
    """The first few, and how many more."""
    more = len(wrong) - SHOWN
    return [*wrong[:SHOWN], *([f"……另有 {more} 处"] if more > 0 else [])]
