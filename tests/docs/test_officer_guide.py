"""The officers' page that is handed out for training: what it tells people to type is understood (E6)."""

import re
from pathlib import Path

from bot.commands import COORDINATOR_VERBS, STAFF_VERBS, Verb, parse

GUIDE = Path(__file__).parents[2] / "docs" / "officer-guide.md"


def examples() -> list[str]:
    """Everything in backquotes: single words and whole commands with their arguments."""
    return re.findall(r"`([^`]+)`", GUIDE.read_text(encoding="utf-8"))


def test_every_example_is_a_command() -> None:
    """A command that was renamed would leave the guide teaching something that opens a ticket instead."""
    whole = [text for text in examples() if " " in text]
    assert len(whole) > 15
    assert [text for text in whole if parse(text) is None] == []


def test_every_command_of_an_officer_is_taught() -> None:
    text = GUIDE.read_text(encoding="utf-8")
    missing = [verb.value for verb in (*STAFF_VERBS, Verb.BIND_STAFF) if verb.value not in text]
    assert missing == []


def test_the_line_for_coordinators_names_theirs() -> None:
    [line] = [
        line for line in GUIDE.read_text(encoding="utf-8").splitlines() if line.startswith("**部门协调专员**")
    ]
    assert {verb.value for verb in COORDINATOR_VERBS} == set(re.findall(r"`([^`]+)`", line))
