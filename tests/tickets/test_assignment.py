"""Who gets a new ticket (A3, design §3 «Own officer», C1)."""

from dataclasses import replace
from datetime import date

import pytest

from app.tickets.assignment import Choice, OfficerFacts, Reason, choose

TODAY = date(2026, 11, 20)
HOME = OfficerFacts(1, is_active=True, is_reachable=True)
AWAY = replace(HOME, stand_in_id=2, away_from=date(2026, 11, 16), away_until=date(2026, 11, 20))
STAND_IN = OfficerFacts(2, is_active=True, is_reachable=True)


def chosen(
    *officers: OfficerFacts, assigned: int | None = 1, known: bool = True, about: bool = False
) -> Choice:
    by_id = {officer.id: officer for officer in officers}
    return choose(assigned, by_id, has_enterprise=known, is_about_officer=about, today=TODAY)


def test_the_own_officer() -> None:
    assert chosen(HOME) == Choice(1, 1, Reason.OWN_OFFICER)


def test_the_hub_for_unknown_callers_unserved_enterprises_and_complaints() -> None:
    """A complaint about one's officer never reaches that officer, not even as responsible."""
    assert chosen(HOME, known=False) == Choice(None, None, Reason.NO_ENTERPRISE)
    assert chosen(HOME, assigned=None) == Choice(None, None, Reason.NO_OFFICER)
    assert chosen(HOME, about=True) == Choice(None, None, Reason.ABOUT_OFFICER)


@pytest.mark.parametrize(
    ("away_from", "away_until", "who"),
    [
        (date(2026, 11, 20), date(2026, 11, 20), 2),
        (date(2026, 11, 16), None, 2),
        (date(2026, 11, 21), None, 1),
        (date(2026, 11, 16), date(2026, 11, 19), 1),
        (None, date(2026, 11, 30), 1),
    ],
)
def test_a_stand_in_only_while_away(away_from: date | None, away_until: date | None, who: int) -> None:
    """First and last day of the absence included."""
    officer = replace(HOME, stand_in_id=2, away_from=away_from, away_until=away_until)
    assert chosen(officer, STAND_IN).officer_id == who


def test_the_stand_in_of_the_stand_in() -> None:
    second = replace(STAND_IN, is_active=False, stand_in_id=3)
    third = OfficerFacts(3, is_active=True, is_reachable=True)
    assert chosen(AWAY, second, third) == Choice(3, 3, Reason.STAND_IN)


def test_a_circle_of_absent_officers_ends_at_the_hub() -> None:
    other = replace(AWAY, id=2, stand_in_id=1)
    assert chosen(AWAY, other) == Choice(None, None, Reason.NOBODY_THERE)


def test_an_officer_without_chat_stays_responsible_while_the_hub_moves_it() -> None:
    assert chosen(replace(HOME, is_reachable=False)) == Choice(None, 1, Reason.UNREACHABLE)
