"""The yardstick of `qiying bench web`: the same door and server, which answers a fixed text after decrypting."""

import gc
import sys

import uvicorn
from fastapi import FastAPI

from app.clock import real_now
from app.edge import Edge, add_kind_answers, known_hosts
from app.settings import Settings
from app.unread_bodies import HearOut
from app.webhook.routes import webhook_router
from app.wechat.crypto import Credentials, Gatekeeper
from app.wechat.rendering import passive_xml
from bot.messages import Incoming

BODY_WITHIN_S = 4.0
TEXT = "营业执照遗失：在国家企业信用信息公示系统免费公告，再到窗口申请补领，当场办结，不收费。" * 3
PROGRAM = "from app.bench.fixed import run; run()"


def run() -> None:
    """Serve on the port after `--port`: no database, no search, no de-duplication."""
    settings = Settings.load()
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    gatekeeper = Gatekeeper(Credentials.from_settings(settings))
    account = settings.wechat_original_id
    app.include_router(
        webhook_router(gatekeeper, _reply, BODY_WITHIN_S, expected_account=lambda _seen: account)
    )
    app.add_api_route("/readyz", lambda: {"status": "ready"}, include_in_schema=False)
    add_kind_answers(app)
    app.add_middleware(HearOut)
    app.add_middleware(Edge, hosts=known_hosts(settings.public_url, settings.allowed_hosts))
    config = uvicorn.Config(
        app, port=int(sys.argv[-1]), log_config=None, access_log=False, server_header=False
    )
    gc.freeze()
    uvicorn.Server(config).run()


def _reply(incoming: Incoming) -> str:
    return passive_xml(TEXT, incoming, real_now())
