"""Which reminder is due when, as pure functions of a ticket and the calendar (C9)."""

from dataclasses import replace
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from app.districts.loader import load_profile
from app.districts.profile import HolderKind
from app.tickets.escalation import CHAIN, Planned, Step, Watch, due_now, next_look, plan, worth_doing
from app.tickets.lifecycle import Status
from app.workdays.store import packaged_calendar

PROFILE = load_profile("ninghe")
CALENDAR = packaged_calendar()
OPENED = Watch(
    status=Status.PENDING,
    holder_kind=HolderKind.OFFICER,
    held_on=date(2026, 9, 29),
    due_on=date(2026, 10, 14),
)


def at(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%d %H:%M").replace(tzinfo=ZoneInfo("Asia/Shanghai")).astimezone(UTC)


def planned(watch: Watch) -> list[Planned]:
    return plan(watch, profile=PROFILE, calendar=CALENDAR)


def days(watch: Watch) -> dict[str, str]:
    return {item.step.value: f"{item.at:%m-%d %H:%M}" for item in planned(watch)}


def test_a_new_ticket_across_the_october_holiday() -> None:
    """Every step at the opening of a working day; the make-up Saturday is one, 国庆 is none."""
    assert days(OPENED) == {
        "unaccepted": "09-30 09:00",
        "unaccepted_to_hub": "10-08 09:00",
        "due_soon": "10-12 09:00",
        "due_today": "10-14 09:00",
        "overdue": "10-15 09:00",
        "overdue_to_hub": "10-16 09:00",
    }


def test_an_accepted_ticket_is_not_reminded_of_acceptance() -> None:
    assert set(days(replace(OPENED, status=Status.WORKING))) == {
        "due_soon",
        "due_today",
        "overdue",
        "overdue_to_hub",
    }


@pytest.mark.parametrize("kind", [HolderKind.HUB, HolderKind.MEETING, HolderKind.LEADER, HolderKind.CITY])
def test_bodies_of_the_hub_are_not_chased_for_acceptance(kind: HolderKind) -> None:
    """Their queue is the panel's first page; the deadline holds for them as well."""
    assert "unaccepted" not in days(replace(OPENED, holder_kind=kind))
    assert "overdue" in days(replace(OPENED, holder_kind=kind))


def test_the_promise_to_call_is_watched() -> None:
    assert days(replace(OPENED, contact_due_on=date(2026, 10, 9)))["contact_late"] == "10-09 09:00"


def test_while_waiting_the_deadline_sleeps() -> None:
    """Asked again after three working days, over after ten less those used before."""
    waiting = replace(OPENED, status=Status.WAITING, waiting_since=date(2026, 9, 29))
    assert days(waiting) == {"waiting_again": "10-09 09:00", "waiting_over": "10-19 09:00"}
    assert days(replace(waiting, waited_days=8)) == {"waiting_over": "10-08 09:00"}


def test_without_a_pause_rule_waiting_changes_nothing() -> None:
    no_pause = replace(PROFILE, pause=replace(PROFILE.pause, is_enabled=False))
    waiting = replace(OPENED, status=Status.WAITING, waiting_since=date(2026, 9, 29))
    steps = {item.step for item in plan(waiting, profile=no_pause, calendar=CALENDAR)}
    assert steps == {Step.DUE_SOON, Step.DUE_TODAY, Step.OVERDUE, Step.OVERDUE_TO_HUB}


def test_after_the_result_telling_has_its_own_clock() -> None:
    """D2: within two working days; at once if no chat message can reach the enterprise."""
    resolved = replace(OPENED, status=Status.RESOLVED, resolved_on=date(2026, 9, 29))
    assert days(resolved) == {"untold": "09-30 09:00", "untold_late": "10-09 09:00"}
    assert days(replace(resolved, can_be_told=False))["untold"] == "09-29 09:00"
    assert days(replace(resolved, told_on=date(2026, 9, 30))) == {"close_silent": "10-13 09:00"}


@pytest.mark.parametrize("status", [Status.CLOSED, Status.WITHDRAWN])
def test_settled_tickets_are_left_alone(status: Status) -> None:
    assert planned(replace(OPENED, status=status)) == []


def test_each_step_is_done_once_and_again_only_if_its_date_moved() -> None:
    """Keys carry the date: an extension plans a new reminder, a second tick does not."""
    now = at("2026-10-12 09:00")
    working = replace(OPENED, status=Status.WORKING)
    first = due_now(planned(working), set(), now)
    assert [item.key for item in first] == ["due_soon:2026-10-12"]
    done = {item.key for item in first}
    assert due_now(planned(working), done, now) == []
    extended = replace(working, due_on=date(2026, 10, 20))
    assert due_now(planned(extended), done, at("2026-10-16 09:00"))[0].key == "due_soon:2026-10-16"


def test_after_an_outage_only_the_last_of_each_chain() -> None:
    """Late runs are caught up once: nobody gets three reminders of one deadline."""
    due = due_now(planned(OPENED), set(), at("2026-10-20 09:00"))
    assert len(due) == 6
    assert {item.step for item in worth_doing(due)} == {Step.UNACCEPTED_TO_HUB, Step.OVERDUE_TO_HUB}


def test_the_next_look_is_the_earliest_step_left() -> None:
    items = planned(replace(OPENED, status=Status.WORKING))
    assert next_look(items, set(), at("2026-09-29 10:00")) == at("2026-10-12 09:00")
    assert next_look(items, {"due_soon:2026-10-12"}, at("2026-10-12 09:00")) == at("2026-10-14 09:00")
    assert next_look(items, set(), at("2026-10-13 12:00")) == at("2026-10-13 12:00"), "overlooked: now"
    assert next_look(items, {item.key for item in items}, at("2026-10-15 09:00")) is None


def test_every_step_belongs_to_a_chain() -> None:
    assert set(CHAIN) == set(Step)
