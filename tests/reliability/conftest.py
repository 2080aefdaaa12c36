"""The fixtures of this folder, each where its kind is made."""

from tests.reliability.application import application
from tests.reliability.both_kinds import database, fresh_url, is_chaos, served_url
from tests.reliability.front_desk import dies_at, front_desk, in_child
from tests.reliability.proxies import new_proxy
from tests.reliability.servers import new_server, platform, question
from tests.reliability.small_handbook import small_handbook

__all__ = [
    "application",
    "database",
    "dies_at",
    "fresh_url",
    "front_desk",
    "in_child",
    "is_chaos",
    "new_proxy",
    "new_server",
    "platform",
    "question",
    "served_url",
    "small_handbook",
]
