"""Web sign-in: a code for the person holding the phone, an openid for the code."""

import re
import secrets
from datetime import timedelta
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import urlencode, urlsplit

from app.demo.platform.calls import ApiCall, RawAnswer
from app.demo.platform.errcodes import ApiError
from app.demo.platform.world import World

CODE_LIFE = timedelta(seconds=300)
STATE = re.compile(r"[A-Za-z0-9]{0,128}")
PHONE_COOKIE = "qiying_demo_phone"


def authorize(world: World, call: ApiCall) -> RawAnswer:
    """Back to the page with a code. Whose phone it is: `x_openid`, the playground's cookie (cookies know no
    ports, so it comes here too), or the one that a test has set."""
    target = call.query.get("redirect_uri", "")
    if urlsplit(target).hostname not in world.account.oauth_hosts:
        page = "<h1>redirect_uri 参数错误</h1><p>10003</p>"
        return RawAnswer(page.encode(), "text/html; charset=utf-8")
    if not STATE.fullmatch(call.query.get("state", "")):
        return RawAnswer("<h1>state 参数错误</h1>".encode(), "text/html; charset=utf-8")
    cookie = SimpleCookie(call.headers.get("cookie", "")).get(PHONE_COOKIE)
    openid = call.query.get("x_openid") or (cookie.value if cookie else "") or world.oauth_openid
    world.person(openid)
    code = secrets.token_urlsafe(24)
    world.oauth_codes[code] = {
        "openid": openid,
        "scope": call.query.get("scope", "snsapi_base"),
        "until": world.clock.now() + CODE_LIFE,
        "is_used": False,
    }
    glue = "&" if urlsplit(target).query else "?"
    query = urlencode({"code": code, "state": call.query.get("state", "")})
    return RawAnswer(b"", "text/html", 302, {"Location": f"{target}{glue}{query}"})


def exchange(world: World, call: ApiCall) -> dict[str, Any]:
    """The openid behind a code: once, within five minutes."""
    account = world.account
    if call.query.get("appid") != account.app_id:
        raise ApiError(40013)
    if call.query.get("secret") != account.secret:
        raise ApiError(40125)
    if not call.query.get("code"):
        raise ApiError(41008)
    code = world.oauth_codes.get(call.query["code"])
    if code is None:
        raise ApiError(40029)
    if code["is_used"]:
        raise ApiError(40163)
    if code["until"] <= world.clock.now():
        raise ApiError(42003)
    code["is_used"] = True
    answer = {
        "access_token": f"sns_{secrets.token_urlsafe(80)}",
        "expires_in": 7200,
        "refresh_token": f"sns_{secrets.token_urlsafe(80)}",
        "openid": code["openid"],
        "scope": code["scope"],
    }
    return {**answer, "is_snapshotuser": 1} if world.policy.is_snapshot_user else answer


def user_info(world: World, call: ApiCall) -> dict[str, Any]:
    """Only the openid: names are no longer given."""
    person = world.person(call.query.get("openid"))
    return {"openid": person.openid, "nickname": "", "headimgurl": "", "privilege": []}


def check(_world: World, _call: ApiCall) -> dict[str, Any]:
    """Whether a web token still works."""
    return {"errcode": 0, "errmsg": "ok"}
