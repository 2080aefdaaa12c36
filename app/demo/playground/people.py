"""The demo's cast: whose phone can be picked in the playground."""

from dataclasses import dataclass
from enum import StrEnum


class Side(StrEnum):
    """Which of the two phones a person holds by default."""

    ENTERPRISE = "enterprise"
    OFFICER = "officer"


@dataclass(frozen=True)
class DemoPerson:
    """One made-up person. `subtitle` says which enterprise or area; `suggestions` are sentences worth
    trying, shown over the keyboard; who is not following yet sees the button to follow."""

    openid: str
    name: str
    side: Side
    subtitle: str = ""
    suggestions: tuple[str, ...] = ()
    is_following: bool = True

    @property
    def is_staff(self) -> bool:
        """Whether this person answers rather than asks."""
        return self.side is Side.OFFICER
