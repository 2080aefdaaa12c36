"""The account's own code for an area (A7): a follower who scans it comes with the scene `area:<code>`."""

from collections.abc import Callable

from sqlmodel import Session, col, select

from app import keyvalue
from app.directory.models import Area


def area_scene(code: str) -> str:
    """The scene that carries an area."""
    return f"area:{code}"


def address_of(session: Session, code: str) -> str:
    """What the area's code leads to; "" while none was made."""
    return keyvalue.read(session, _key(code)) or ""


def code_address(session: Session, public_url: str, code: str) -> tuple[str, bool]:
    """What an area's printed code leads to: the account's own code for the scene, if one was made, else its page.

    The second value says whether a scan opens the chat. "" where the server does not know its own address.
    """
    made_before = address_of(session, code)
    if made_before:
        return made_before, True
    return (f"{public_url}/areas/{code}" if public_url else ""), False


def remember(session: Session, code: str, address: str) -> None:
    """Keep the address that the platform gave for this area."""
    keyvalue.write(session, _key(code), address)


def areas_without(session: Session) -> list[str]:
    """Active areas for which no code was made, by code."""
    codes = session.exec(select(Area.code).where(col(Area.is_active)).order_by(col(Area.code))).all()
    return [code for code in codes if not address_of(session, code)]


def made(codes: list[str], create: Callable[[str], str]) -> dict[str, str]:
    """Ask the platform for each area's code; an account has 100,000 lasting ones, an area needs one for ever."""
    return {code: create(area_scene(code)) for code in codes}


def _key(code: str) -> str:
    return f"qr:{area_scene(code)}"
