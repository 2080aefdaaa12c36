"""The district's profile in words: every rule with its value and the clause it comes from. Pure."""

from dataclasses import dataclass

from app.districts.profile import DEFAULT_CLAUSE, Limit, Profile

DUTY_NAMES = {"dispatch": "分派由谁", "convene": "会商由谁召集", "supervise": "督办由谁"}


@dataclass(frozen=True)
class Rule:
    """One line; a rule without a clause of the document is ours, and marked so."""

    name: str
    value: str
    clause: str

    @property
    def is_default(self) -> bool:
        """Whether the document says nothing and the value is the program's own."""
        return self.clause.startswith(DEFAULT_CLAUSE)


@dataclass(frozen=True)
class Group:
    """Rules under one heading."""

    title: str
    rules: tuple[Rule, ...]


def groups(profile: Profile) -> list[Group]:
    """The whole profile, in the order of a request's life."""
    return [
        Group("谁来办", _people(profile)),
        Group("办理层级", _ladder(profile)),
        Group("时限", _deadlines(profile)),
        Group("延期、暂停、提醒和归档", _clocks(profile)),
        Group("协办、转出和绿色通道", _together(profile)),
        Group("回访和整改", _feedback(profile)),
        Group("派单和覆盖", _routing(profile)),
        Group("分类和去处", _words(profile)),
    ]


def defaults(found: list[Group]) -> list[Rule]:
    """The rules that the document does not give."""
    return [rule for group in found for rule in group.rules if rule.is_default]


def _people(profile: Profile) -> tuple[Rule, ...]:
    titles, hub = profile.titles, profile.hub
    duties = tuple(Rule(DUTY_NAMES.get(duty, duty), body, hub.clause) for duty, body in hub.duties.items())
    return (
        Rule("服务人员叫什么", titles.officer, titles.clause),
        Rule("部门专员叫什么", titles.coordinator, titles.clause),
        Rule("运行中枢", hub.name, hub.clause),
        *duties,
    )


def _ladder(profile: Profile) -> tuple[Rule, ...]:
    found = []
    for number, step in enumerate(profile.ladder, 1):
        parts = [step.holder]
        if step.limit is not None:
            parts.append(f"{step.limit.working_days} 个工作日")
        if step.needs_reason:
            parts.append("上报要写理由")
        if step.needs_opinion:
            parts.append("先要有部门意见")
        if step.supervises:
            parts.append("列入督办清单")
        found.append(Rule(f"{number}. {step.name}", "；".join(part for part in parts if part), step.clause))
    return tuple(found)


def _deadlines(profile: Profile) -> tuple[Rule, ...]:
    due, hours = profile.deadlines, profile.office_hours
    return (
        _limit("全程办结", due.finish),
        _limit("部门联系企业", due.contact),
        *((_limit("部门报进展", due.progress),) if due.progress else ()),
        _limit("有结果后告知企业", due.tell),
        _limit("重新打开后再办结", due.reopen),
        Rule("办公时间", f"{hours.opens:%H:%M}–{hours.closes:%H:%M}", DEFAULT_CLAUSE),
    )


def _clocks(profile: Profile) -> tuple[Rule, ...]:
    pause, more, remind, quiet = profile.pause, profile.extension, profile.reminders, profile.quiet_hours
    waits = f"停表，最多 {pause.max_working_days} 个工作日" if pause.is_enabled else "不停表"
    return (
        Rule("等企业补充时", waits, pause.clause),
        Rule("延期", f"每次最多 {more.max_working_days} 个工作日，最多 {more.max_times} 次", more.clause),
        Rule("到期前提醒", f"提前 {remind.before_due} 个工作日", remind.clause),
        Rule(
            "没接单",
            f"{remind.unaccepted} 个工作日提醒，{remind.unaccepted_to_hub} 个工作日报中枢",
            remind.clause,
        ),
        Rule("超期", f"过 {remind.overdue_to_hub} 个工作日中枢督办", remind.clause),
        Rule(
            "归档", f"告知后 {profile.closing.silent_working_days} 个工作日没有异议", profile.closing.clause
        ),
        Rule("免打扰", f"{quiet.start:%H:%M}–{quiet.end:%H:%M}", quiet.clause),
    )


def _together(profile: Profile) -> tuple[Rule, ...]:
    found = []
    if profile.co_handling is not None:
        found.append(
            Rule("同时派给部门的渠道", _list(profile.co_handling.channels), profile.co_handling.clause)
        )
    own = profile.own_channels
    if own is not None:
        found.append(Rule("由带来诉求的部门办的渠道", _list(own.channels), own.clause))
    passing = profile.passing
    if passing is not None:
        words = f"{_list(passing.refer_to)}，退回 {passing.times_from} 次以上"
        found.append(Rule("推诿扯皮移交给谁", words, passing.clause))
    out = profile.handoffs
    found.append(Rule("可转去的平台", _list(out.destinations), out.clause))
    found.append(Rule("转出后没有回音几天催一次", f"{out.chase_working_days} 个工作日", out.clause))
    found += [Rule(f"来单系统：{item.name}", item.channel, item.clause) for item in profile.systems]
    green = profile.green_channel
    if green is not None:
        name = profile.step(green.step).name if green.step in {s.key for s in profile.ladder} else green.step
        found.append(Rule("绿色通道", f"直接到「{name}」：{_list(green.chains)}", green.clause))
    found.append(Rule("不受理的", _list(profile.exclusions), DEFAULT_CLAUSE))
    return tuple(found)


def _feedback(profile: Profile) -> tuple[Rule, ...]:
    ask, mend = profile.feedback, profile.rectification
    found = [
        Rule("回访抽样", f"每组最多 {ask.sample_per_group} 件", ask.clause),
        Rule("没回音改电话", f"{ask.callback_working_days} 个工作日后", ask.clause),
        Rule("打扰上限", f"同一企业 30 天内最多 {ask.contacts_per_month} 次", ask.clause),
        Rule("不满意的转给", profile.dissatisfied_to, ask.clause),
    ]
    if mend is not None:
        found.append(
            Rule("问题清单", f"{mend.working_days} 个工作日整改，抽查 {mend.sample_percent}%", mend.clause)
        )
    return tuple(found)


def _routing(profile: Profile) -> tuple[Rule, ...]:
    layers = tuple(
        Rule(
            f"派单第 {number} 层：{layer.name}",
            f"{len(layer.table)} 条对照" if layer.table else "按名录",
            layer.clause,
        )
        for number, layer in enumerate(profile.routing, 1)
    )
    cover = profile.coverage
    return (
        *layers,
        Rule("算进覆盖率的企业", _list(cover.statuses), cover.clause),
        Rule("一人最多服务", f"{cover.most_per_officer} 户", cover.clause),
    )


def _words(profile: Profile) -> tuple[Rule, ...]:
    places = profile.places
    return (
        Rule("诉求类别", _list(profile.categories), DEFAULT_CLAUSE),
        *(
            Rule(f"手册相近「{entry}」时推荐的类别", name, DEFAULT_CLAUSE)
            for entry, name in profile.from_handbook.items()
        ),
        Rule("诉求性质", _list(profile.kinds), DEFAULT_CLAUSE),
        Rule("来源渠道", _list(profile.channels), DEFAULT_CLAUSE),
        Rule("办事大厅", places.hall, places.clause),
        Rule("热线", places.hotline, places.clause),
        Rule("办不成事反映窗口", places.feedback_window, places.clause),
        Rule("网上平台", places.online_platform, places.clause),
    )


def _limit(name: str, limit: Limit) -> Rule:
    return Rule(name, f"{limit.working_days} 个工作日", limit.clause)


def _list(values: tuple[str, ...]) -> str:
    return "、".join(values) or "—"
