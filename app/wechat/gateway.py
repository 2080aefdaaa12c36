"""The outbox's Sender, on WeChat: customer-service text and template message."""

from collections.abc import Mapping
from typing import Any

from app.clock import local_date, real_now
from app.db import Database
from app.outbox.ports import DeliveryError
from app.outbox.retry import ErrorKind
from app.settings import Settings
from app.wechat import errcodes
from app.wechat.client import BotClient
from app.wechat.rendering import bubbles, news_article
from app.wechat.templates import Template, read_templates
from bot.messages import Reply

CUSTOM_SEND = "message/custom/send"
TEMPLATE_SEND = "message/template/send"


class Gateway:
    """Sends for one account. `public_url` is where links of ours lead."""

    def __init__(self, client: BotClient, templates: Mapping[str, Template], public_url: str) -> None:
        self.client = client
        self._templates = templates
        self._public_url = public_url.rstrip("/")

    @classmethod
    def from_settings(cls, settings: Settings, db: Database) -> "Gateway":
        """The configured account's gateway; raises ConfigurationError for unreadable templates."""
        client = BotClient.from_settings(settings, db)
        return cls(client, read_templates(settings.wechat_templates), settings.public_url)

    def count_texts(self, reply: Reply) -> int:
        """How many customer-service messages this reply takes."""
        return max(1, len(self._messages(reply)))

    def has_template(self, kind: str) -> bool:
        """Whether a template is configured for this kind of notification."""
        return kind in self._templates

    def send_text(self, openid: str, reply: Reply) -> None:
        """Send the reply's bubbles one after the other (parallel ones arrive in any order).

        Raises DeliveryError; its `sent` says how many went out before the failure.
        """
        for position, message in enumerate(self._messages(reply)):
            failure = self._failure(CUSTOM_SEND, {"touser": openid, **message})
            if failure is not None:
                failure.sent = position
                raise failure

    def _messages(self, reply: Reply) -> list[dict[str, Any]]:
        """A card is one message, a long text several."""
        if reply.card is not None:
            return [{"msgtype": "news", "news": {"articles": [news_article(reply.card, self._public_url)]}}]
        texts = bubbles(reply, self._public_url)
        return [{"msgtype": "text", "text": {"content": text}} for text in texts]

    def _failure(self, endpoint: str, payload: dict[str, Any]) -> DeliveryError | None:
        try:
            _demand_ok(self.client.call(endpoint, payload), endpoint)
        except DeliveryError as error:
            return error
        return None

    def send_template(
        self, openid: str, kind: str, fields: Mapping[str, str], path: str, client_msg_id: str
    ) -> str:
        """Send a template message; the platform's message id (empty if it says it already sent this one)."""
        template = self._templates[kind]
        payload: dict[str, Any] = {
            "touser": openid,
            "template_id": template.template_id,
            "client_msg_id": client_msg_id,
            "data": template.data(fields, local_date(real_now())),
        }
        if path:
            payload["url"] = self._public_url + path
        try:
            answer = _demand_ok(self.client.call(TEMPLATE_SEND, payload), TEMPLATE_SEND)
        except DeliveryError as error:
            if error.code == errcodes.SENT_BEFORE:
                return ""
            raise
        return str(answer.get("msgid", ""))


def _demand_ok(answer: dict[str, Any], endpoint: str) -> dict[str, Any]:
    """A send that does not say «errcode 0» did not come from the platform."""
    if answer.get("errcode") != errcodes.OK:
        raise DeliveryError(ErrorKind.UNREACHABLE, f"{endpoint}: answer without errcode")
    return answer
