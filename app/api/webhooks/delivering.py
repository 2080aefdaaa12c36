"""The worker's side of webhooks: what is due goes out, each step under a lease, no call inside a transaction."""

import json
import time
from collections.abc import Callable
from datetime import datetime

from app.api.webhooks import service
from app.api.webhooks.models import WebhookEndpoint
from app.api.webhooks.posting import Outcome
from app.api.webhooks.signing import headers_for, secret_of
from app.db import Database

Post = Callable[[str, bytes, dict[str, str]], Outcome]


def deliver(db: Database, post: Post, signing_key: bytes, now: datetime) -> int:
    """Send what is due, one order's steps in their order; how many arrived."""
    with db.reading() as session:
        due = list(session.exec(service.due(now)))
    sent = 0
    for row in due:
        with db.transaction() as session:
            endpoint = session.get(WebhookEndpoint, row.system) if service.claim(session, row, now) else None
        if endpoint is None:
            continue
        body = json.dumps(row.body, ensure_ascii=False).encode()
        secret = secret_of(signing_key, row.system, endpoint.salt)
        headers = headers_for(secret, body, timestamp=int(time.time()), delivery_id=row.delivery_id)
        outcome = post(endpoint.url, body, headers)
        with db.transaction() as session:
            service.finish(session, row, outcome, now)
        sent += outcome.is_delivered
    return sent
