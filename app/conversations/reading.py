"""What a message says besides its words: a menu key, an area's code, a receipt of the platform."""

from dataclasses import replace
from datetime import datetime

from sqlmodel import Session

from app.directory.lookup import area_name
from app.outbox import service as outbox
from bot.messages import Incoming, MessageKind

AREA_SCENE = "area:"


def click_as_words(incoming: Incoming) -> Incoming:
    """A menu key is the command it stands for."""
    if incoming.kind is MessageKind.CLICK and not incoming.text:
        return replace(incoming, text=incoming.key)
    return incoming


def with_area(session: Session, incoming: Incoming) -> Incoming:
    """A QR code of an area's notice carries the area (A7)."""
    if not incoming.scene.startswith(AREA_SCENE):
        return incoming
    name = area_name(session, incoming.scene.removeprefix(AREA_SCENE))
    return replace(incoming, data={**incoming.data, "area": name})


def note_receipt(session: Session, incoming: Incoming, now: datetime) -> None:
    """The platform reports what became of a template message."""
    if incoming.event.upper() == "TEMPLATESENDJOBFINISH":
        data = incoming.data
        outbox.on_receipt(
            session, str(data.get("msgid", "")), str(data.get("status", "")), now, openid=incoming.openid
        )
