"""The demo: a stand-in for the platform, made-up people, and the playground, on this machine only."""

from dataclasses import dataclass, field
from datetime import timedelta

from fastapi import FastAPI
from pydantic import SecretStr
from starlette.responses import RedirectResponse

from app.bootstrap import Runtime
from app.clock import Clock, local_date
from app.demo.cast import Cast, cast_of
from app.demo.platform.stand_in import StandIn
from app.demo.playground.router import playground_router
from app.demo.seed import seed_demo
from app.demo.seed_people import DEMO_LOGINS, demo_people
from app.demo.seed_tickets import background_openids
from app.demo.templates import DEMO_TEMPLATES, add_templates
from app.districts.loader import load_profile
from app.settings import Settings
from app.wechat import menus


@dataclass
class Demo:
    """A prepared demo: settings that point at the stand-in, and what happens around serving."""

    settings: Settings
    platform: StandIn
    clock: Clock
    address: str
    cast: Cast
    _runtime: Runtime | None = field(default=None, init=False)

    def mount(self, app: FastAPI) -> None:
        """Add the playground, and lead the front page there."""
        app.include_router(
            playground_router(
                self.platform,
                demo_people(self.cast),
                self.advance,
                account_name=f"{self.cast.profile.name}企业服务",
            )
        )
        app.add_api_route("/", lambda: RedirectResponse("/playground"), include_in_schema=False)

    def opened(self, runtime: Runtime) -> None:
        """Fill an empty database, introduce the people to the platform, print where to look."""
        self._runtime = runtime
        with runtime.db.reading() as session:
            rules = runtime.rules(session)
        seed_demo(runtime.db, rules, self.clock.now())
        people = demo_people(self.cast)
        for openid in background_openids(self.cast):
            self.platform.user(openid)
        for person in people:
            self.platform.user(person.openid, is_following=person.is_following)
        menus.publish(runtime.gateway.client)
        menus.sync_officers(runtime.gateway.client, [p.openid for p in people if p.is_staff])
        print(_welcome(self.address), flush=True)  # noqa: T201 - the operator's screen, not a log

    def closed(self) -> None:
        """Stop the stand-in."""
        self.platform.stop()

    def advance(self, working_days: int) -> str:
        """Move business time to the same hour so many working days on; returns the new day."""
        assert self._runtime is not None  # noqa: S101 - the page is served after `opened`
        with self._runtime.db.reading() as session:
            calendar = self._runtime.rules(session).calendar
        today = local_date(self.clock.now())
        target = calendar.add(today, working_days)
        self.clock.advance(timedelta(days=(target - today).days))
        return target.isoformat()


def prepare(settings: Settings, port: int) -> Demo:
    """Start the stand-in and point the settings at it."""
    clock = Clock.starting_at(settings.now)
    platform = StandIn(clock=clock)
    platform.start()
    add_templates(platform)
    address = f"http://127.0.0.1:{port}"
    account = platform.account
    account.callback_url = f"{address}/wechat"
    pointed = settings.model_copy(
        update={
            "wechat_app_id": account.app_id,
            "wechat_app_secret": SecretStr(account.secret),
            "wechat_token": SecretStr(account.token),
            "wechat_encoding_aes_key": SecretStr(account.aes_key),
            "wechat_original_id": account.original_id,
            "wechat_api_base_url": platform.base_url,
            "wechat_templates": DEMO_TEMPLATES,
            "public_url": address,
        }
    )
    return Demo(pointed, platform, clock, address, cast_of(load_profile(settings.district)))


def _welcome(address: str) -> str:
    logins = "\n".join(f"    {name:<10} {password}" for name, password in DEMO_LOGINS)
    return (
        f"\n企应演示已就绪（人和企业都是编造的，只在本机）：\n"
        f"  对话演示  {address}/playground\n"
        f"  管理后台  {address}/admin\n{logins}\n按 Ctrl+C 停止。\n"
    )
