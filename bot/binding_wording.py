"""Every sentence about whom somebody speaks for: which enterprise, which officer serves it, how to reach them."""

from collections.abc import Sequence

from bot.messages import Part, Reply, Tap
from bot.policy import Policy
from bot.views import EnterpriseView, OfficerView


def phone_text(phone: str) -> str:
    """The public phone with a lead, or nothing."""
    return f" {phone}" if phone else ""


def who_are_you(policy: Policy) -> Reply:
    """Asked once, while the question is already safe in the hub's queue."""
    return Reply.of(
        f"您是哪家企业或店铺？发执照上的名称或统一社会信用代码，马上转给专门服务您的{policy.officer_title}。"
        "（只问这一次）"
    )


def bind_how() -> Reply:
    """绑定 without a name."""
    return Reply.of("请发执照上的名称或 18 位统一社会信用代码，例如：绑定 测试1号食品有限公司")


def which_enterprise(found: Sequence[EnterpriseView]) -> Reply:
    """Confirm by a tap; the list shows names only."""
    parts: list[Part] = ["是这家吗？\n" if len(found) == 1 else "是哪一家？\n"]
    for number, enterprise in enumerate(found, start=1):
        parts += [Tap(f"{number} {enterprise.name}", f"{number} {enterprise.name}"), "\n"]
    last = len(found) + 1
    parts.append(Tap(f"{last} 都不是", f"{last} 都不是"))
    return Reply(tuple(parts))


def enterprise_not_found(policy: Policy, name: str) -> Reply:
    """Unknown in the directory: say so, lose nothing."""
    return Reply.of(
        f"名录里没找到「{name[:30]}」。可以换执照上的全称或信用代码再试；刚办的照可能还没同步，"
        f"不影响您提问，答不了的由{policy.hub}接手。"
    )


def too_many_look_ups(policy: Policy) -> Reply:
    """The directory is not read out to one person: what to do meanwhile."""
    return Reply.of(
        "您一小时内查的企业太多了，先歇一会儿，一小时后再绑定。不绑定也能照常提问；"
        f"急的话回复“人工”，由{policy.hub}帮您核对。"
    )


def bound(enterprise: str, officer: OfficerView | None, policy: Policy, moved: Sequence[str]) -> Reply:
    """Bound, who serves you, what moved there."""
    lines = [f"好，您代表「{enterprise}」提问，{policy.officer_title}核实后能看到本企业的全部事项。"]
    if officer is not None:
        area = f"（{officer.area}）" if officer.area else ""
        lines.append(f"您的{officer.title}：{officer.name}{area}{phone_text(officer.phone)}")
        lines += [f"{number[-4:]} 已转到{officer.name}手上。" for number in moved]
    else:
        lines.append(f"本企业还没有指定{policy.officer_title}，先由{policy.hub}接手。")
    return Reply.of("\n".join(lines))


def ask_contact() -> Reply:
    """Name and phone, asked once, refusable."""
    return Reply.of("留个称呼和电话方便联系（如：赵女士 13900000000），不想留就不用回。")


def contact_saved(name: str) -> Reply:
    """Saved."""
    return Reply.of(f"记下了{'，' + name if name else ''}。以后不再问。")


def already_bound(enterprise: str) -> Reply:
    """Bound to the same one already."""
    return Reply.of(f"您已经绑定「{enterprise}」了，直接发问题就行。")


def unbound(enterprise: str) -> Reply:
    """解绑 done."""
    return Reply.of(f"已解除与「{enterprise}」的绑定。在办的事照常通知您。")


def not_bound() -> Reply:
    """Something that needs an enterprise."""
    return Reply.of("您还没有绑定企业。", Tap("绑定企业", "绑定"))


def switch_to(options: Sequence[EnterpriseView]) -> Reply:
    """切换: a bookkeeper speaks for several."""
    parts: list[Part] = ["现在要代表哪一家？\n"]
    for number, enterprise in enumerate(options, start=1):
        parts += [Tap(f"{number} {enterprise.name}", f"{number} {enterprise.name}"), "\n"]
    return Reply(tuple(parts))


def switched(enterprise: str) -> Reply:
    """切换 done."""
    return Reply.of(f"好，接下来您代表「{enterprise}」。")


def my_officer(officer: OfficerView | None, policy: Policy) -> Reply:
    """A7."""
    if officer is None:
        return Reply.of(f"本企业还没有指定{policy.officer_title}，有事直接发给我，由{policy.hub}接手。")
    lines = [f"您的{officer.title}：{officer.name}{phone_text(officer.phone)}"]
    if officer.area:
        lines.append(f"服务片区：{officer.area}")
    if officer.duty:
        lines.append(f"负责：{officer.duty}")
    if officer.stands_in_for:
        lines.append(f"（{officer.stands_in_for}外出期间代办）")
    return Reply.of("\n".join(lines))


def only_one(enterprise: str) -> Reply:
    """切换 with one enterprise."""
    return Reply.of(f"您只绑定了「{enterprise}」。要再加一家，发：绑定 企业名称")


def bind_first(policy: Policy) -> Reply:
    """我的服务员 before binding."""
    return Reply.of(
        f"告诉我您是哪家企业，就能查到您的{policy.officer_title}。请发执照上的名称或统一社会信用代码。"
    )


def not_listed(policy: Policy) -> Reply:
    """None of the offered enterprises."""
    return Reply.of(
        f"好，先不绑定，不影响您提问，答不了的由{policy.hub}接手。想再试，发：绑定 执照上的全称或信用代码"
    )


def contact_declined() -> Reply:
    """No phone number: fine."""
    return Reply.of("好，那就在这里联系。")
