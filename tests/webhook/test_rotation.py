"""Case 13: during a rotation both the former and the current token and key are accepted."""

import pytest
from fastapi import FastAPI

from app.demo.platform.stand_in import StandIn
from app.webhook.routes import webhook_router
from app.wechat.crypto import Credentials, Gatekeeper

OLD_TOKEN, NEW_TOKEN = "formerToken", "currentToken"
OLD_KEY, NEW_KEY = "a" * 42 + "E", "b" * 42 + "E"


@pytest.fixture
def rotating(recording_receive, running):
    """A bot in the middle of a rotation."""
    platform = StandIn()
    keys = Credentials(platform.account.app_id, NEW_TOKEN, NEW_KEY, OLD_TOKEN, OLD_KEY)
    app = FastAPI()
    app.include_router(webhook_router(Gatekeeper(keys), recording_receive, 4.0))
    platform.account.callback_url = f"{running(app)}/wechat"
    return platform


@pytest.mark.parametrize("token", [OLD_TOKEN, NEW_TOKEN])
@pytest.mark.parametrize("key", [OLD_KEY, NEW_KEY])
def test_case_13_the_reply_uses_the_token_and_key_that_fitted(rotating, token, key):
    rotating.account.token, rotating.account.aes_key = token, key
    sent = rotating.user("oA").send_text("你好")
    assert (sent.verdict, sent.text) == ("shown", "收到：你好")


def test_case_13_an_unknown_key_is_refused(rotating, recording_receive):
    rotating.account.token, rotating.account.aes_key = NEW_TOKEN, "c" * 42 + "E"
    rotating.user("oA").send_text("你好")
    assert rotating.record.deliveries[0].status == 403
    assert recording_receive.received == []


def test_an_unknown_token_is_refused(rotating, recording_receive):
    rotating.account.token, rotating.account.aes_key = "stranger", NEW_KEY
    rotating.user("oA").send_text("你好")
    assert rotating.record.deliveries[0].status == 403
    assert recording_receive.received == []
