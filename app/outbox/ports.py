"""What delivery needs from the platform; `app.wechat.gateway` implements it, tests fake it."""

from collections.abc import Mapping
from typing import Protocol

from app.outbox.retry import ErrorKind
from bot.messages import Reply


class DeliveryError(Exception):
    """An attempt failed. `message` names endpoint and code only: never a URL, a token or a text.

    `is_alarming` asks for a person's attention; `sent` counts the parts of the message that went out before;
    `code` is the platform's error code, None if it gave none.
    """

    def __init__(
        self,
        kind: ErrorKind,
        message: str,
        *,
        is_alarming: bool = False,
        sent: int = 0,
        code: int | None = None,
    ) -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message
        self.is_alarming = is_alarming
        self.sent = sent
        self.code = code


class Sender(Protocol):
    """The two ways to reach a person; both raise DeliveryError and nothing else."""

    def count_texts(self, reply: Reply) -> int:
        """How many customer-service messages this reply takes; no network."""

    def has_template(self, kind: str) -> bool:
        """Whether the account has a template for this kind of notification; no network."""

    def send_text(self, openid: str, reply: Reply) -> None:
        """Send as customer-service text."""

    def send_template(
        self, openid: str, kind: str, fields: Mapping[str, str], path: str, client_msg_id: str
    ) -> str:
        """Send as template message; returns the platform's message id."""
