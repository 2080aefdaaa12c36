"""Where a request may come from (C2): the district's own list, and who calls or comes by."""

from app.districts.profile import Profile

CHAT = "微信"
AT_THE_DESK = ("电话", "窗口")


def every_channel(profile: Profile) -> list[str]:
    """The district's list with the telephone and the window of the hub, which no document has to name."""
    return list(dict.fromkeys((*profile.channels, *AT_THE_DESK)))
