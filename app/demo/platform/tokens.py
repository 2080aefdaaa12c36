"""The two token endpoints and the check of a token. Their tokens are independent of each other."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from app.demo.platform.calls import ApiCall
from app.demo.platform.errcodes import ApiError
from app.demo.platform.world import World

LIFETIME_S = 7200
OVERLAP_S = 300
CLASSIC_PER_DAY = 2000
FORCED_PER_DAY = 20
FORCE_GAP_S = 30
MIN_TOKEN_CHARS = 10


@dataclass
class Issued:
    """A token and when it stops working."""

    token: str
    until: datetime


class TokenDesk:
    """Issues, replaces and recognises tokens."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._issued: dict[str, list[Issued]] = {"classic": [], "stable": []}
        self._dead: set[str] = set()
        self._forced: list[datetime] = []

    def check(self, token: str) -> None:
        """Errors 41001, 40014, 40001 and 42001."""
        if not token:
            raise ApiError(41001)
        if len(token) < MIN_TOKEN_CHARS:
            raise ApiError(40014)
        now = self._world.clock.now()
        found = [one for rows in self._issued.values() for one in rows if one.token == token]
        if not found or token in self._dead:
            raise ApiError(40001)
        if found[-1].until <= now:
            raise ApiError(42001)

    def expire(self) -> None:
        """Every token is now too old."""
        for rows in self._issued.values():
            for one in rows:
                one.until = min(one.until, self._world.clock.now())

    def rotate(self) -> None:
        """Someone else fetched a token: those handed out until now are no longer the latest."""
        for kind, rows in self._issued.items():
            self._dead.update(one.token for one in rows)
            self._new(kind)

    def classic(self, call: ApiCall) -> dict[str, Any]:
        """`GET /cgi-bin/token`: each call replaces the former token, which lives on for five minutes."""
        if call.method != "GET":
            raise ApiError(43001)
        self._world.record.lint("secret_in_url", call.path)
        self._check_caller(call.query)
        today = self._world.clock.now() - timedelta(days=1)
        if sum(1 for one in self._issued["classic"] if one.until > today) > CLASSIC_PER_DAY:
            raise ApiError(45009)
        issued = self._new("classic")
        return {"access_token": issued.token, "expires_in": LIFETIME_S}

    def stable(self, call: ApiCall) -> dict[str, Any]:
        """`POST /cgi-bin/stable_token`: the same token while more than five minutes of it are left."""
        if call.method != "POST":
            raise ApiError(43002)
        request = call.json()
        self._check_caller(request)
        now = self._world.clock.now()
        rows = self._issued["stable"]
        if request.get("force_refresh") is True and rows:
            return self._forced_refresh(now)
        current = rows[-1] if rows else None
        if (
            current is None
            or (current.until - now).total_seconds() <= OVERLAP_S
            or current.token in self._dead
        ):
            current = self._new("stable")
        return {"access_token": current.token, "expires_in": int((current.until - now).total_seconds())}

    def _forced_refresh(self, now: datetime) -> dict[str, Any]:
        self._forced = [at for at in self._forced if now - at < timedelta(days=1)]
        current = self._issued["stable"][-1]
        if self._forced and (now - self._forced[-1]).total_seconds() < FORCE_GAP_S:
            return {"access_token": current.token, "expires_in": int((current.until - now).total_seconds())}
        if len(self._forced) >= FORCED_PER_DAY:
            raise ApiError(45009)
        self._forced.append(now)
        self._dead.add(current.token)
        return {"access_token": self._new("stable").token, "expires_in": LIFETIME_S}

    def _new(self, kind: str) -> Issued:
        now = self._world.clock.now()
        rows = self._issued[kind]
        for former in rows[-1:]:
            if kind == "classic":
                former.until = min(former.until, now + timedelta(seconds=OVERLAP_S))
        text = f"{self._world.next('token', 80)}_{secrets.token_urlsafe(112)}"
        rows.append(Issued(text, now + timedelta(seconds=LIFETIME_S)))
        self._world.record.counters[f"tokens_{kind}"] += 1
        return rows[-1]

    def _check_caller(self, given: Any) -> None:
        account = self._world.account
        self._world.record.token_called()
        checks = (
            (not given.get("appid"), 41002),
            (not given.get("secret"), 41004),
            (given.get("grant_type") != "client_credential", 40002),
            (given.get("appid") != account.app_id, 40013),
            (given.get("secret") != account.secret, 40125),
            (not account.is_ip_listed, 40164),
            (account.is_secret_frozen, 40243),
        )
        for is_wrong, code in checks:
            if is_wrong:
                raise ApiError(code)
