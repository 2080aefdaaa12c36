"""The monthly satisfaction call-back where a district asks for one (D3: NH 按月回访, BH 每月抽样)."""

from datetime import date, datetime, timedelta

from sqlmodel import Session, col, select

from app.clock import local_date
from app.tickets import campaigns
from app.tickets.models import Campaign
from app.tickets.values import SYSTEM, Rules


def start_monthly(session: Session, rules: Rules, now: datetime) -> Campaign | None:
    """Draw last month's and ask, once a month on its first working day or later; None if it was drawn already.

    Then, every working day, others are asked for those whom nobody reached. The seed is the month itself, so that
    anybody can repeat the draw.
    """
    today = local_date(now)
    if not rules.profile.feedback.is_monthly or not rules.calendar.is_workday(today):
        return None
    until = today.replace(day=1) - timedelta(days=1)
    since = until.replace(day=1)
    name = name_of(since)
    running = session.exec(select(Campaign).where(col(Campaign.name) == name)).first()
    if running is not None:
        if campaigns.replace_failed(session, running, rules=rules, now=now):
            campaigns.ask(session, running, rules=rules, now=now)
        return None
    campaign = campaigns.create_campaign(
        session,
        name,
        since=since,
        until=until,
        seed=since.year * 100 + since.month,
        by=SYSTEM,
        rules=rules,
        now=now,
    )
    campaigns.ask(session, campaign, rules=rules, now=now)
    return campaign


def name_of(month: date) -> str:
    """`2026年10月满意度回访`."""
    return f"{month.year}年{month.month}月满意度回访"
