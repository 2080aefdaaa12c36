"""The web application: every door over one runtime."""

from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import AbstractContextManager, asynccontextmanager

from fastapi import APIRouter, FastAPI
from starlette.responses import RedirectResponse

from app.api.deps import ApiDeps
from app.api.router import api_router
from app.backup import backup
from app.bootstrap import Runtime, desk_of
from app.edge import Edge, add_kind_answers, known_hosts
from app.errors import ConfigurationError
from app.health import health_router
from app.limits.addresses import AddressLimiter
from app.limits.bucket import Rate
from app.metrics import metrics_router
from app.panel.deps import PanelDeps
from app.panel.policy import Policy, totp_roles_of
from app.panel.router import panel_router
from app.phone.deps import PhoneDeps
from app.phone.router import phone_router
from app.phone.signin import Readers
from app.unread_bodies import HearOut
from app.webhook.routes import webhook_router
from app.wechat import media
from app.wechat.oauth import SignIn

BODY_LIMIT_S = 4.0
KEPT_FILES = frozenset({"jpg", "png", "gif", "webp", "pdf"})


def create_app(
    runtime: Runtime,
    *,
    lifespan: Callable[[], AbstractContextManager[None]] | None = None,
    extra: Iterable[Callable[[FastAPI], None]] = (),
) -> FastAPI:
    """Put the doors together. `lifespan` runs around serving (worker, encoder); `extra` adds the demo's pages."""

    @asynccontextmanager
    async def around(_app: FastAPI) -> AsyncIterator[None]:
        if lifespan is None:
            yield
            return
        with lifespan():
            yield

    app = FastAPI(title="企应 Qiying", docs_url=None, redoc_url=None, openapi_url=None, lifespan=around)
    app.include_router(_webhook(runtime))
    app.include_router(
        health_router(
            runtime.db, clock=runtime.clock, facts=runtime.facts, degraded=lambda: _degraded(runtime)
        )
    )
    app.include_router(_metrics(runtime))
    app.include_router(panel_router(_panel_deps(runtime)))
    app.include_router(phone_router(_phone_deps(runtime)))
    app.include_router(api_router(_api_deps(runtime)))
    for add in extra:
        add(app)
    if not runtime.settings.demo:
        app.add_api_route("/", lambda: RedirectResponse("/admin"), include_in_schema=False)
    add_kind_answers(app)
    app.add_middleware(HearOut)
    app.add_middleware(Edge, hosts=known_hosts(runtime.settings.public_url, runtime.settings.allowed_hosts))
    return app


def _metrics(runtime: Runtime) -> APIRouter:
    return metrics_router(
        runtime.db,
        token=runtime.settings.metrics_token.get_secret_value(),
        clock=runtime.clock,
        facts=runtime.facts,
        meters=runtime.meters,
        pauses=runtime.profile.pause.is_enabled,
    )


def _degraded(runtime: Runtime) -> str:
    """What works with less than all: a missing channel of the search, an edit that was refused."""
    refused = len(runtime.handbook.problems)
    edits = f"手册有 {refused} 处错误，改动没有生效，仍在用原来的版本：qiying kb check" if refused else ""
    return "；".join(part for part in (runtime.handbook.degraded, edits) if part)


def _webhook(runtime: Runtime) -> APIRouter:
    return webhook_router(
        runtime.gatekeeper,
        runtime.conversations.receive,
        BODY_LIMIT_S,
        expected_account=runtime.account,
        has_had_enough=AddressLimiter(runtime.db, "wechat").refuse,
    )


def _panel_deps(runtime: Runtime) -> PanelDeps:
    return PanelDeps(
        db=runtime.db,
        rules=runtime.rules,
        clock=runtime.clock,
        search=runtime.handbook,
        signing_key=runtime.signing_key,
        district_name=runtime.profile.name,
        public_url=runtime.settings.public_url,
        is_demo=runtime.settings.demo,
        desk=desk_of(runtime.settings, runtime.profile),
        data_dir=runtime.settings.data_dir,
        policy=_policy(runtime),
        facts=runtime.facts,
        make_backup=lambda target: backup(runtime.db, target),
        allows_loopback=runtime.settings.demo or not runtime.settings.uses_real_platform,
    )


def _policy(runtime: Runtime) -> Policy:
    """What is asked of accounts; a demo's are open to whoever tries it."""
    settings = runtime.settings
    roles, unknown = totp_roles_of(settings.totp_roles)
    if unknown:
        raise ConfigurationError([f"QIYING_TOTP_ROLES 里没有这个角色：{name}" for name in unknown])
    if settings.demo:
        return Policy(totp_roles=roles)
    return Policy(settings.password_days, roles, settings.separate_duties)


def _phone_deps(runtime: Runtime) -> PhoneDeps:
    return PhoneDeps(
        db=runtime.db,
        search=runtime.handbook,
        profile=runtime.profile,
        clock=runtime.clock,
        signing_key=runtime.signing_key,
        not_solved=runtime.handler.not_solved,
        rules=runtime.rules,
        readers=Readers(
            SignIn.from_settings(runtime.settings), runtime.signing_key, runtime.settings.public_url
        ),
        keep=_keeper(runtime),
        is_demo=runtime.settings.demo,
        kb_folders=(runtime.settings.local_kb_dir, runtime.settings.kb_dir),
        public_url=runtime.settings.public_url,
        data_dir=runtime.settings.data_dir,
    )


def _api_deps(runtime: Runtime) -> ApiDeps:
    per_minute = runtime.settings.api_requests_per_minute
    return ApiDeps(
        db=runtime.db,
        rules=runtime.rules,
        clock=runtime.clock,
        search=runtime.handbook,
        public_url=runtime.settings.public_url,
        keep=_keeper(runtime),
        rate=Rate(per_minute) if per_minute > 0 else None,
    )


def _keeper(runtime: Runtime) -> Callable[[bytes], str]:
    """Stores pictures and PDFs, judged by their first bytes; "" for anything else."""

    def keep(content: bytes) -> str:
        suffix = media.suffix_of(content)
        return media.store(content, suffix, runtime.settings.data_dir) if suffix in KEPT_FILES else ""

    return keep
