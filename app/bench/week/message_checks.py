"""What must hold of messages after a week: answered, shown once, told of every step, at decent hours, not too often."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta

from app.bench.week.diary import Act, Diary, Matter
from app.bench.week.seen import PUSHED, Outcome, Seen
from app.clock import SHANGHAI
from app.demo.platform.world import Entry
from app.outbox.models import OutboxMessage, OutboxState
from bot.messages import Reply

AWAKE = timedelta(minutes=16)
# What an enterprise reads after each step: the words of a chat message, the title of a template message.
TOLD = {
    "接单": ("已接单", "诉求接单通知"), "吹哨": ("有进展", "诉求流转通知"), "上报": ("有进展", "诉求流转通知"),
    "转出": ("有进展", "诉求流转通知"), "补件": ("需要您补充", "需要补充材料"), "延期": ("要多用", "办理延期通知"),
    "办结": ("已办结：", "诉求办结通知"), "回复": ("回复：", "回复："),
}  # fmt: skip


def answered(seen: Seen) -> Outcome:
    """Every message has its answer within five seconds, or `success` and the answer later."""
    later = {row.dedupe_key for row in seen.outbox if row.kind == "deferred_answer"}
    wrong = list(seen.diary.faults)
    silent = [said for said in seen.diary.said if said.sent.verdict == "silent"]
    if len(later) < len(silent):
        wrong += [f"没有答复也没有后补：{said.occasion}「{said.text}」" for said in silent[len(later) :]]
    return len(seen.diary.said), tuple(wrong)


def repeats(seen: Seen) -> Outcome:
    """What the platform brings twice gets the very same reply."""
    wrong = [
        f"{said.occasion}「{said.text}」第二次的答复不同：{again[:60]}"
        for said, again in seen.diary.duplicates
        if again != said.sent.text
    ]
    return len(seen.diary.duplicates), tuple(wrong)


def delivered_once(seen: Seen) -> Outcome:
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


def emptied(seen: Seen) -> Outcome:
    """Nothing waits that could go out, nothing was given up; what waits for a contact is counted apart."""
    bad = (OutboxState.NEW, OutboxState.RUN, OutboxState.UNKNOWN, OutboxState.DEAD)
    wrong = [
        f"{row.id} {row.state} {row.kind} {row.last_error}"
        for row in seen.outbox
        if row.state in bad and row.due_at <= seen.now
    ]
    return len(seen.outbox), tuple(wrong)


def told(seen: Seen) -> Outcome:
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


def _is_about(seen: Seen, row: OutboxMessage, matter: Matter) -> bool:
    return row.ticket_id == seen.tickets[matter.number].id


def _acts(diary: Diary) -> Iterator[tuple[Matter, Act]]:
    for matter in diary.matters.values():
        for act in matter.acts:
            yield matter, act


def quiet(seen: Seen) -> Outcome:
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


def capped(seen: Seen) -> Outcome:
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
