"""QR codes with a scene: permanent ones for places, temporary ones for one-time bindings."""

from datetime import timedelta
from typing import Any

from app.outbox.ports import DeliveryError
from app.outbox.retry import ErrorKind
from app.wechat.client import BotClient

LONGEST = timedelta(days=30)


def create(client: BotClient, scene: str, lasting: timedelta | None = None) -> str:
    """The text of a QR code (an address to draw) that brings followers with this scene (1-64 characters).

    Without `lasting` it is permanent: an account has 100,000 of those, so only places get one.
    """
    if not 1 <= len(scene) <= 64:
        raise ValueError("a scene has 1 to 64 characters")
    payload: dict[str, Any] = {
        "action_name": "QR_LIMIT_STR_SCENE",
        "action_info": {"scene": {"scene_str": scene}},
    }
    if lasting is not None:
        seconds = int(min(lasting, LONGEST).total_seconds())
        payload |= {"action_name": "QR_STR_SCENE", "expire_seconds": seconds}
    answer = client.call("qrcode/create", payload)
    if not isinstance(answer.get("url"), str):
        raise DeliveryError(ErrorKind.UNREACHABLE, "qrcode/create: no address in the answer")
    return str(answer["url"])
