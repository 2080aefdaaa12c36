"""The API as one function from call to answer: common checks in the platform's order, then the endpoint."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from app.demo.platform import menus, messages, oauth, people, qrcodes, templates
from app.demo.platform.calls import ApiCall, RawAnswer
from app.demo.platform.errcodes import ApiError
from app.demo.platform.tokens import TokenDesk
from app.demo.platform.world import World

Endpoint = Callable[[World, ApiCall], dict[str, Any] | RawAnswer]

_ENDPOINTS: Mapping[str, Endpoint] = {
    "/cgi-bin/message/custom/send": messages.send_custom,
    "/cgi-bin/message/custom/typing": messages.typing,
    "/cgi-bin/template/api_add_template": templates.add_template,
    "/cgi-bin/template/get_all_private_template": templates.list_templates,
    "/cgi-bin/template/del_private_template": templates.delete_template,
    "/cgi-bin/qrcode/create": qrcodes.create,
    "/cgi-bin/menu/create": menus.create,
    "/cgi-bin/menu/get": menus.get,
    "/cgi-bin/menu/delete": menus.delete,
    "/cgi-bin/menu/addconditional": menus.add_conditional,
    "/cgi-bin/menu/delconditional": menus.delete_conditional,
    "/cgi-bin/menu/trymatch": menus.try_match,
    "/cgi-bin/user/info": people.info,
    "/cgi-bin/user/get": people.listing,
    "/cgi-bin/user/tag/get": people.tagged,
    "/cgi-bin/tags/create": people.create_tag,
    "/cgi-bin/tags/get": people.get_tags,
    "/cgi-bin/tags/update": people.update_tag,
    "/cgi-bin/tags/delete": people.delete_tag,
    "/cgi-bin/tags/members/batchtagging": people.tag_members,
    "/cgi-bin/tags/members/batchuntagging": people.untag_members,
    "/cgi-bin/tags/getidlist": people.tags_of,
    "/cgi-bin/getcallbackip": qrcodes.addresses,
    "/cgi-bin/get_api_domain_ip": qrcodes.addresses,
    "/cgi-bin/clear_quota": qrcodes.clear_quota,
    "/cgi-bin/media/get": qrcodes.download,
    "/cgi-bin/media/upload": qrcodes.upload,
    "/cgi-bin/ticket/getticket": qrcodes.js_ticket,
}
_OPEN: Mapping[str, Endpoint] = {
    "/cgi-bin/showqrcode": qrcodes.picture,
    "/connect/oauth2/authorize": oauth.authorize,
    "/sns/oauth2/access_token": oauth.exchange,
    "/sns/userinfo": oauth.user_info,
    "/sns/auth": oauth.check,
}
_FORM_POSTS = frozenset({"/cgi-bin/media/upload"})
_DAILY = {
    "/cgi-bin/message/custom/send": 500_000,
    "/cgi-bin/message/template/send": 100_000,
    "/cgi-bin/qrcode/create": 100_000,
    "/cgi-bin/menu/create": 1000,
}
_HEADER_SECRETS = re.compile(rb'"access_token"')


class Api:
    """Answers calls; `afterwards_*` tell the callback side what became of a template message."""

    def __init__(
        self, world: World, on_template: templates.Afterwards, on_subscription: templates.Afterwards
    ) -> None:
        self.world = world
        self.tokens = TokenDesk(world)
        self._sends: Mapping[str, Endpoint] = {
            "/cgi-bin/message/template/send": lambda w, c: templates.send_template(w, c, on_template),
            "/cgi-bin/message/subscribe/bizsend": lambda w, c: templates.send_subscription(
                w, c, on_subscription
            ),
        }

    def answer(self, call: ApiCall) -> dict[str, Any] | RawAnswer:
        """What the platform says; an error is JSON too, never an HTTP status."""
        with self.world.lock:
            self._note_habits(call)
            try:
                return self._dispatched(call)
            except ApiError as error:
                return error.body()

    def _dispatched(self, call: ApiCall) -> dict[str, Any] | RawAnswer:
        if call.path == "/cgi-bin/token":
            return self.tokens.classic(call)
        if call.path == "/cgi-bin/stable_token":
            return self.tokens.stable(call)
        if call.path in _OPEN:
            return _OPEN[call.path](self.world, call)
        endpoint = _ENDPOINTS.get(call.path) or self._sends.get(call.path)
        if endpoint is None:
            self.world.record.lint("unknown_endpoint", call.path)
            raise ApiError(40066)
        self._check_access(call)
        if call.method == "POST" and call.path not in _FORM_POSTS:
            call.json()
        return endpoint(self.world, call)

    def _check_access(self, call: ApiCall) -> None:
        account = self.world.account
        self.tokens.check(call.query.get("access_token", ""))
        if call.path in account.unauthorised:
            raise ApiError(48001)
        if call.path in account.banned:
            raise ApiError(48004)
        if account.is_restricted:
            raise ApiError(50002)
        self._count(call.path)

    def _count(self, path: str) -> None:
        now = self.world.clock.now()
        limit = self.world.quota.get(path, _DAILY.get(path))
        if limit is not None and self.world.next(f"day {now:%Y-%m-%d} {path}") > limit:
            raise ApiError(45009)
        per_minute = self.world.policy.minute_quota
        if per_minute and self.world.next(f"minute {now:%Y-%m-%d %H:%M} {path}") > per_minute:
            raise ApiError(45011)

    def _note_habits(self, call: ApiCall) -> None:
        record = self.world.record
        if call.has_escaped_unicode:
            record.lint("escaped_unicode", call.path)
        if _HEADER_SECRETS.search(call.body) or "authorization" in call.headers:
            record.lint("token_outside_url", call.path)
