"""Every table module, imported once, so that the metadata is whole (migrations, tests)."""

from sqlmodel import SQLModel

from app import audit, keyvalue
from app.api import models as api
from app.api.webhooks import models as api_webhooks
from app.conversations import models as conversations
from app.directory import models as directory
from app.followers import models as followers
from app.limits import models as limits
from app.outbox import models as outbox
from app.panel import models as panel
from app.policies import models as policies
from app.searching import models as searching
from app.tickets import models as tickets
from app.tickets import outside_models as outside
from app.tickets import problem_models as problems
from app.tickets import referral_models as referrals
from app.trends import models as trends
from app.wechat import models as wechat
from app.workdays import models as workdays

MODULES = (
    api,
    api_webhooks,
    audit,
    keyvalue,
    conversations,
    directory,
    followers,
    limits,
    outbox,
    outside,
    panel,
    policies,
    problems,
    referrals,
    searching,
    tickets,
    trends,
    wechat,
    workdays,
)
metadata = SQLModel.metadata
