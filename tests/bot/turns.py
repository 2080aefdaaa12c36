"""What a turn says and does, short enough for a test to read."""

from bot.turn import Turn


def said(turn: Turn) -> str:
    """Every bubble's words."""
    return "\n".join(reply.plain() for reply in (*turn.replies, *turn.after))


def kinds(turn: Turn) -> list[str]:
    """Names of its effects."""
    return [type(effect).__name__ for effect in turn.effects]
