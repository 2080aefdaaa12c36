"""The values that travel through one turn of the dialogue."""

from dataclasses import dataclass
from datetime import datetime

from bot.effects import Effect
from bot.messages import Incoming, Reply
from bot.policy import Policy
from bot.state import ConversationState
from bot.views import Desk, Person
from handbook.entry import Search


@dataclass(frozen=True)
class Context:
    """Everything that one turn may look at."""

    incoming: Incoming
    state: ConversationState
    policy: Policy
    person: Person
    search: Search
    desk: Desk
    now: datetime

    @property
    def text(self) -> str:
        """What the person said."""
        return self.incoming.text


@dataclass(frozen=True)
class Turn:
    """What happens: replies, then what the effects have to say, then `after`, all in one bubble."""

    state: ConversationState
    replies: tuple[Reply, ...] = ()
    effects: tuple[Effect, ...] = ()
    after: tuple[Reply, ...] = ()


def say(state: ConversationState, reply: Reply, *effects: Effect) -> Turn:
    """A turn with one reply."""
    return Turn(state, (reply,), effects)


def do(state: ConversationState, *effects: Effect) -> Turn:
    """A turn whose words come from its effects."""
    return Turn(state, (), effects)
