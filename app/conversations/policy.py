"""A district's profile as the chat sees it."""

from app.districts.profile import Profile
from bot.policy import Policy


def chat_policy(profile: Profile, departments: tuple[str, ...]) -> Policy:
    """The names that the dialogue uses; `departments` are those that can be summoned."""
    return Policy(
        district=profile.name,
        officer_title=profile.titles.officer,
        hub=profile.hub.name,
        hotline=profile.places.hotline,
        account_name=profile.programme,
        departments=departments,
        destinations=profile.handoffs.destinations,
    )
