"""The text of every push to officers and coordinators. Pure, golden-tested."""

from collections.abc import Sequence

from app.districts.profile import Profile
from app.tickets.deadlines import day_text
from app.tickets.facts import TicketFacts
from app.tickets.lifecycle import Status
from app.tickets.notices import Notice, template_fields
from bot.messages import Part, Reply, Tap

NUMBERS_SHOWN = 5
# Outside the chat's window a template is all that is read: these say how long is left.
ABOUT_TIME = frozenset({"ticket_reminder", "ticket_escalated", "ticket_urged"})


def new_ticket(facts: TicketFacts, department_hint: str = "") -> Notice:
    """A request of an enterprise one serves: what, who, how long, and three likely next actions."""
    return _card("ticket_opened_officer", "新诉求", facts, department_hint)


def assigned(facts: TicketFacts, note: str) -> Notice:
    """The hub, a colleague or a department handed it over."""
    return _card("ticket_assigned", "转来的诉求", facts, note=note)


def helping(facts: TicketFacts, note: str = "") -> Notice:
    """A department is asked to work on it beside the holder (C3)."""
    asked = note or f"由{facts.holder.short}主办，您可以直接回复企业"
    return _card("ticket_assigned", "协办的诉求", facts, note=asked, takes_it_up=False)


def step_beside(facts: TicketFacts, kind: str, what: str) -> Notice:
    """Who works beside the holder is told of every step, too."""
    return _notice(kind, facts, f"{facts.suffix} {what}。您单位协办，请一并跟进。\n", what)


def step_for_holder(facts: TicketFacts, kind: str, what: str) -> Notice:
    """The holder is told of what somebody else did on the ticket."""
    return _notice(kind, facts, f"{facts.suffix} {what}。您是承办人，请知悉。\n", what)


def step_taken(facts: TicketFacts, kind: str, what: str) -> Notice:
    """The first responder is told of every step that somebody else takes (首问负责, mission C4)."""
    return _notice(kind, facts, f"{facts.suffix} {what}。您是首问责任人，请继续跟进。\n", what)


def taken_over(facts: TicketFacts, what: str) -> Notice:
    """It left one's hands by somebody else's act: raised, dispatched elsewhere, decided by a meeting."""
    return _notice("ticket_transferred", facts, f"{facts.suffix} {what}。您这里不用再办，请知悉。\n", what)


def supplemented(facts: TicketFacts, message: str) -> Notice:
    """The enterprise added something."""
    return _notice("ticket_supplement", facts, f"【补充】{facts.suffix} 企业补充：“{message}”\n", message)


def urged(facts: TicketFacts) -> Notice:
    """The enterprise is urging."""
    text = f"【催办】{facts.suffix} 企业第 {facts.urged_count} 次催办，{facts.due_text}。\n“{facts.quote}”\n"
    return _notice("ticket_urged", facts, text)


def withdrawn(facts: TicketFacts) -> Notice:
    """Nothing left to do."""
    return _notice("ticket_withdrawn", facts, f"{facts.suffix} 企业已撤回，不用再办。\n")


def merged(facts: TicketFacts) -> Notice:
    """Somebody else works on the same matter."""
    text = f"{facts.suffix} 已并入同一事项，由{facts.holder.short}办理，这张不用再办。\n"
    return _notice("ticket_withdrawn", facts, text)


def handed_back(facts: TicketFacts, result: str) -> Notice:
    """The other system's result came back (C16)."""
    return _notice("ticket_supplement", facts, f"【转出回办】{facts.suffix} 结果：{result}\n", result)


def still_out(facts: TicketFacts, where: str, since: str) -> Notice:
    """Another system has it and says nothing (C16)."""
    text = (
        f"【请催转出】{facts.suffix} {since} 转{where}，还没有回音，已列入{facts.supervising_body}督办清单。"
        f"请联系对方，有结果请登记转出回办。\n"
    )
    return _notice("ticket_reminder", facts, text)


def reopened(facts: TicketFacts, comment: str, *, by_hub: bool) -> Notice:
    """The enterprise was not satisfied, or the hub opened it again."""
    why = f"{facts.hub_name}要求重办" if by_hub else "企业不满意"
    said = f"：“{comment}”" if comment else ""
    text = f"【重办】{facts.suffix} {why}{said}。现在「{facts.step_name}」，由{facts.holder.short}牵头。\n"
    return _notice("ticket_reopened", facts, text, comment)


def unaccepted(facts: TicketFacts) -> Notice:
    """Nobody has taken it up yet."""
    text = f"【待接单】{facts.suffix} 还没有接单，{facts.due_text}。\n"
    return _notice("ticket_reminder", facts, text, "还没有接单")


def unaccepted_to_hub(facts: TicketFacts) -> Notice:
    """Still nobody: it is on the supervision list (C9)."""
    text = (
        f"【待接单】{facts.suffix} 一直没有接单，已列入{facts.supervising_body}督办清单，{facts.due_text}。\n"
    )
    return _notice("ticket_reminder", facts, text, "没有接单，已列入督办清单")


def contact_late(facts: TicketFacts) -> Notice:
    """The promise to call the enterprise is due."""
    text = f"【请联系企业】{facts.suffix} 今天是承诺联系企业的最后一天：{facts.enterprise_line}\n"
    return _notice("ticket_reminder", facts, text, "今天是联系企业的最后一天")


def due_soon(facts: TicketFacts) -> Notice:
    """Before the deadline, and on the day itself."""
    text = f"【将到期】{facts.suffix} {facts.due_text}，办不完请延期并写明理由。\n“{facts.quote}”\n"
    return _notice("ticket_reminder", facts, text)


def progress_late(facts: TicketFacts) -> Notice:
    """The promise to report progress is due (FT 三(二)2)."""
    text = (
        f"【请反馈进度】{facts.suffix} 今天是向企业反馈办理进度的最后一天，请用「回复」告诉企业办到哪一步。\n"
    )
    return _notice("ticket_reminder", facts, text, "今天是反馈进度的最后一天")


def overdue(facts: TicketFacts) -> Notice:
    """Past the deadline: the area's leader is told too (C9)."""
    leader = f"，已报分管领导{facts.area_leader}" if facts.area_leader else ""
    text = (
        f"【超期】{facts.suffix} {facts.due_text}，现由{facts.holder.short}办理{leader}。"
        f"再不办结将列入{facts.supervising_body}督办清单。\n“{facts.quote}”\n"
    )
    return _notice("ticket_escalated", facts, text)


def overdue_to_hub(facts: TicketFacts) -> Notice:
    """Still past the deadline: on the hub's supervision list (C9)."""
    text = f"【督办】{facts.suffix} {facts.due_text}，已列入{facts.supervising_body}督办清单。\n“{facts.quote}”\n"
    return _notice("ticket_escalated", facts, text)


def listed(numbers: Sequence[str], profile: Profile) -> Notice:
    """For the hub: what came onto the supervision list just now."""
    body = profile.hub.duties.get("supervise", profile.hub.name)
    more = " 等" if len(numbers) > NUMBERS_SHOWN else ""
    shown = "、".join(number[-4:] for number in numbers[:NUMBERS_SHOWN])
    text = f"【督办】新列入{body}督办清单 {len(numbers)} 件：{shown}{more}。请到后台「督办」看明细。"
    fields = {
        "number": numbers[0],
        "title": f"新列入督办清单 {len(numbers)} 件",
        "note": "请到后台「督办」看明细",
    }
    return Notice(
        "ticket_escalated", Reply.of(text), fields | {"status": "督办", "handler": profile.hub.name}
    )


def supervised(facts: TicketFacts, note: str) -> Notice:
    """The hub put it onto the list by hand."""
    text = f"【督办】{facts.suffix} 已列入{facts.supervising_body}督办清单：{note}\n{facts.due_text}。\n"
    return _notice("ticket_escalated", facts, text, note)


def recounted(facts: TicketFacts) -> Notice:
    """The holidays of a year became known, and the deadline moved."""
    text = f"【时限重算】{facts.suffix} 放假安排公布后，{facts.due_text}。\n"
    return _notice("ticket_reminder", facts, text)


def untold(facts: TicketFacts) -> Notice:
    """The result did not reach the enterprise by chat: call, and log the call."""
    text = (
        f"【请电话告知】{facts.suffix} 的结果企业还没看到，请电话告知 {facts.caller or facts.enterprise}，"
        f"再发「告知 {facts.number} 经过」。\n"
    )
    return _notice("ticket_reminder", facts, text, "结果还没送到，请电话告知")


def untold_late(facts: TicketFacts) -> Notice:
    """The promise to tell the result is broken: it is on the supervision list (D2, FT 三(三))."""
    text = (
        f"【请电话告知】{facts.suffix} 的结果过了期限企业还没看到，已列入{facts.supervising_body}督办清单。"
        f"请电话告知 {facts.caller or facts.enterprise}，再发「告知 {facts.number} 经过」。\n"
    )
    return _notice("ticket_reminder", facts, text, "结果没送到，已列入督办清单")


def resumed(facts: TicketFacts) -> Notice:
    """The pause is used up."""
    text = f"【恢复计时】{facts.suffix} 等企业补充已到上限，时限继续走，{facts.due_text}。\n"
    return _notice("ticket_reminder", facts, text)


def _card(
    kind: str,
    title: str,
    facts: TicketFacts,
    department_hint: str = "",
    note: str = "",
    *,
    takes_it_up: bool = True,
) -> Notice:
    green = "〔绿色通道〕" if facts.is_green else ""
    lines = [
        f"【{title}】{green}{facts.suffix} · {facts.due_text}",
        facts.enterprise_line,
        f"“{facts.quote}”",
    ]
    if facts.sorting:
        lines.append(f"类别：{facts.sorting}")
    if facts.helpers:
        lines.append(f"协办：{facts.helpers}")
    if note:
        lines.append(f"说明：{note}")
    if facts.enterprise:
        near = f"手册相近：{'、'.join(facts.near)}" if facts.near else "手册没有相近的条目"
        lines.append(f"近 30 天该企业 {facts.visits} 次走访、{facts.live_tickets} 件在办。{near}")
    parts: list[Part] = ["\n".join(lines) + "\n"]
    if takes_it_up:
        parts += [Tap("接单", f"接单 {facts.number}"), " "]
    if kind == "ticket_opened_officer":
        say = f"吹哨 {facts.number} {department_hint}".strip()
        parts += [Tap(f"吹哨 {department_hint}".strip(), say), " "]
    parts.append(Tap("查看", f"查看 {facts.number}"))
    return Notice(kind, Reply(tuple(parts)), _fields(facts, note))


def _notice(kind: str, facts: TicketFacts, text: str, note: str = "") -> Notice:
    taps: list[Part] = [text]
    if facts.status is Status.PENDING and kind in ("ticket_reminder", "ticket_urged"):
        taps += [Tap("接单", f"接单 {facts.number}"), " "]
    taps.append(Tap("查看", f"查看 {facts.number}"))
    if not note and kind in ABOUT_TIME:
        note = facts.due_glance
    return Notice(kind, Reply(tuple(taps)), _fields(facts, note))


def _fields(facts: TicketFacts, note: str) -> dict[str, str]:
    """For staff the earlier of both deadlines stands in the template."""
    return template_fields(facts, note) | {"due": day_text(facts.first_due_on)}
