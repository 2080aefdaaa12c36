"""Every table module, imported once, so that the metadata is whole (migrations, tests)."""

from sqlmodel import SQLModel

from app import audit, keyvalue
from app.conversations import models as conversations
from app.directory import models as directory
from app.followers import models as followers
from app.outbox import models as outbox
from app.panel import models as panel
from app.tickets import models as tickets
from app.wechat import models as wechat
from app.workdays import models as workdays

MODULES = (audit, keyvalue, conversations, directory, followers, outbox, panel, tickets, wechat, workdays)
metadata = SQLModel.metadata
