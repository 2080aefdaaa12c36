"""Sampled satisfaction call-backs: drawn by seed, sent, counted (D3)."""

from sqlmodel import Session, col, select
from starlette.responses import Response

from app.errors import AppError, NotFound
from app.panel import ticket_actions
from app.panel.calls import Call, whole_number
from app.panel.paging import page_of
from app.panel.roles import DISPATCHERS
from app.tickets import campaigns
from app.tickets.campaigns import GroupFigures
from app.tickets.models import Campaign
from app.tickets.values import Incomplete

PATH = "/admin/campaigns"
MOST_PER_GROUP = 500
GROUP_NAMES = {"category": "类别", "area": "片区", "department": "部门"}
TYPED = ("name", "since", "until", "seed", "per_group")


def show_list(call: Call) -> Response:
    """All campaigns, newest first, and the form for a new one."""
    return _list_page(call)


def create(call: Call) -> Response:
    """Draw the sample; nobody is asked yet."""
    form = call.form
    since, until = form.day("since"), form.day("until")
    seed, per_group = form.number("seed"), form.number("per_group")
    if not form.text("name"):
        raise Incomplete("请写名称", field="name")
    if since is None or until is None:
        raise Incomplete("请写起止日期", field="until" if since else "since")
    if seed is None:
        raise Incomplete("随机种子请写一个不超过九位的整数，如 20261120", field="seed")
    if per_group is None or not 1 <= per_group <= MOST_PER_GROUP:
        raise Incomplete(f"每组抽 1 到 {MOST_PER_GROUP} 件", field="per_group")
    campaign = campaigns.create_campaign(
        call.session,
        form.text("name")[:64],
        since=since,
        until=until,
        seed=seed,
        per_group=per_group,
        by=ticket_actions.actor_of(call.user),
        rules=call.deps.rules(call.session),
        now=call.now,
    )
    call.target = f"campaign:{campaign.id}"
    call.detail = {
        "seed": seed,
        "since": since.isoformat(),
        "until": until.isoformat(),
        "per_group": per_group,
    }
    return call.go(f"{PATH}/{campaign.id}", done="campaign")


def show_refusal(call: Call, error: AppError) -> Response:
    """The form again with what was typed."""
    return _list_page(call, fault=error.message, status=error.status_code)


def show(call: Call) -> Response:
    """Who was drawn, who answered, how satisfied each group is."""
    campaign = _campaign(call)
    rules = call.deps.rules(call.session)
    figures = campaigns.figures(call.session, campaign)
    items = campaigns.items(call.session, campaign)
    return call.page(
        "campaign.html",
        campaign=campaign,
        figures=figures,
        total=_total(figures),
        page=page_of(items, number=call.query_number("page"), path=f"{PATH}/{campaign.id}", query={}),
        outcomes=campaigns.OUTCOMES,
        group_name=GROUP_NAMES.get(campaign.grouped_by, "组"),
        to_ask=sum(item.asked_at is None and not item.outcome and bool(ticket.openid) for item, ticket in items),
        to_call=sum(ours.id in {item.id for item, _ in items} for ours, _ in campaigns.callbacks(call.session, rules=rules, now=call.now)),
        may_ask=call.role in DISPATCHERS,
    )  # fmt: skip


def ask(call: Call) -> Response:
    """Send the question to everybody who can be reached by chat and was not asked."""
    campaign = _campaign(call)
    asked = campaigns.ask(call.session, campaign, rules=call.deps.rules(call.session), now=call.now)
    call.target = f"campaign:{campaign.id}"
    call.detail = {"asked": asked}
    return call.go(f"{PATH}/{campaign.id}", done="asked")


def _campaign(call: Call) -> Campaign:
    row = call.session.get(Campaign, whole_number(call.part("campaign_id")) or 0)
    if row is None:
        raise NotFound("没有这次回访")
    return row


def _list_page(call: Call, *, fault: str = "", status: int = 200) -> Response:
    today = call.today
    month = today.day.replace(day=1)
    defaults = {
        "name": f"{today.day.year}年{today.day.month}月满意度回访",
        "since": month.isoformat(),
        "until": today.day.isoformat(),
        "seed": f"{today.day:%Y%m}",
        "per_group": str(today.rules.profile.feedback.sample_per_group),
    }
    typed = {name: call.form.text(name) for name in TYPED}
    return call.page(
        "campaigns.html",
        status=status,
        rows=_rows(call.session),
        fault=fault,
        typed=typed if any(typed.values()) else defaults,
        group_name=GROUP_NAMES[today.rules.profile.feedback.grouped_by.value],
        most=MOST_PER_GROUP,
        may_create=call.role in DISPATCHERS,
    )


def _rows(session: Session) -> list[tuple[Campaign, GroupFigures]]:
    statement = select(Campaign).order_by(col(Campaign.id).desc()).limit(50)
    return [(row, _total(campaigns.figures(session, row))) for row in session.exec(statement)]


def _total(figures: list[GroupFigures]) -> GroupFigures:
    return GroupFigures(
        "合计",
        sum(group.drawn for group in figures),
        sum(group.answered for group in figures),
        sum(group.satisfied for group in figures),
    )
