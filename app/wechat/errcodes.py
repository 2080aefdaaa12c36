"""The platform's error codes → what they mean for a message. One table; an unknown code is loud.

Meanings as observed for service accounts: HTTP is 200 for nearly all of them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from app.outbox.retry import ErrorKind

OK = 0
TOKEN_REJECTED = frozenset({40001, 40014, 42001})
SENT_BEFORE = 45065  # this client_msg_id was sent already
NO_MENU = 46003


@dataclass(frozen=True)
class Reaction:
    """`is_alarming`: a person has to look; the message itself cannot put it right."""

    kind: ErrorKind
    is_alarming: bool = False


_CREDENTIAL = Reaction(ErrorKind.CREDENTIAL, True)
_BUG = Reaction(ErrorKind.CONTENT, True)
_FORBIDDEN = Reaction(ErrorKind.FORBIDDEN, True)

REACTIONS: Mapping[int, Reaction] = MappingProxyType(
    {
        -1: Reaction(ErrorKind.BUSY),
        40001: _CREDENTIAL,  # after the one refresh; on the token endpoint: wrong secret
        40014: _CREDENTIAL,
        42001: _CREDENTIAL,
        41001: _CREDENTIAL,  # we sent no token at all
        40002: _CREDENTIAL,
        40013: _CREDENTIAL,
        40125: _CREDENTIAL,
        40164: _CREDENTIAL,  # our address is not on the whitelist
        40243: _CREDENTIAL,  # secret frozen
        41002: _CREDENTIAL,
        41004: _CREDENTIAL,
        40003: Reaction(ErrorKind.RECIPIENT),
        43019: Reaction(ErrorKind.RECIPIENT),  # blacklisted by the account
        43004: Reaction(ErrorKind.NOT_FOLLOWING),
        50005: Reaction(ErrorKind.NOT_FOLLOWING),
        43101: Reaction(ErrorKind.REFUSED),
        48002: Reaction(ErrorKind.REFUSED),
        40037: Reaction(ErrorKind.TEMPLATE, True),
        45015: Reaction(ErrorKind.WINDOW),
        45047: Reaction(ErrorKind.WINDOW),
        45009: Reaction(ErrorKind.QUOTA, True),
        45011: Reaction(ErrorKind.THROTTLED),
        48001: _FORBIDDEN,
        48004: _FORBIDDEN,
        50002: _FORBIDDEN,
        40007: _BUG,
        40008: _BUG,
        40033: _BUG,
        40066: _BUG,
        41030: _BUG,
        43002: _BUG,
        44002: _BUG,
        44004: _BUG,
        45002: _BUG,
        45008: _BUG,
        47001: _BUG,
        47003: _BUG,
        65320: _BUG,
        48006: _FORBIDDEN,
        SENT_BEFORE: _BUG,  # only where no client_msg_id was ours
        40029: Reaction(ErrorKind.CONTENT),  # OAuth: start over
        40163: Reaction(ErrorKind.CONTENT),
        NO_MENU: Reaction(ErrorKind.CONTENT),
    }
)


def reaction(code: int) -> Reaction:
    """The reaction to a code; one that the table lacks is retried a few times and raises an alarm."""
    return REACTIONS.get(code, Reaction(ErrorKind.UNEXPLAINED, True))
