"""The slice of a district that the chat needs."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Policy:
    """Names and limits; texts around them are in bot.wording.

    `follow_up_minutes`: how long after opening a ticket an unanswered message still belongs to it.
    `destinations`: systems that a ticket may be handed to (转出).
    """

    district: str
    officer_title: str
    hub: str
    hotline: str
    account_name: str
    follow_up_minutes: int = 30
    departments: tuple[str, ...] = ()
    destinations: tuple[str, ...] = ()
