"""A person with a phone: everything somebody can do to the account, each with a handle on what came of it."""

import secrets
from collections.abc import Sequence

from app.demo.platform.callbacks import CallbackSender, Message, Sent
from app.demo.platform.markup import options
from app.demo.platform.qrcodes import keep
from app.demo.platform.strictxml import Field
from app.demo.platform.world import Entry, Person, World

UNSUPPORTED = "【收到不支持的消息类型，暂无法显示】"
_WINDOW_OF_EVENT = {
    "subscribe": "subscribe",
    "SCAN": "scan",
    "CLICK": "menu",
    "scancode_push": "menu",
    "scancode_waitmsg": "menu",
}


class Phone:
    """Actions of one openid. Each blocks until the platform has given up or shown an answer."""

    def __init__(self, world: World, sender: CallbackSender, person: Person) -> None:
        self._world = world
        self._sender = sender
        self.person = person

    @property
    def openid(self) -> str:
        """Who this is to the account."""
        return self.person.openid

    @property
    def inbox(self) -> list[Entry]:
        """What the account has shown here."""
        return self.person.inbox

    @property
    def texts(self) -> list[str]:
        """Their texts."""
        return [entry.text for entry in self.person.inbox]

    def follow(self, scene: str = "", *, ticket: str = "") -> Sent:
        """Follow the account, by a code with a scene or without one."""
        self.person.is_following = True
        self.person.followed_at = self._world.clock.now()
        self.person.scene = scene
        key = f"qrscene_{scene}" if scene else ""
        return self._event("subscribe", key, ("Ticket", ticket or ("gQtest" if scene else "")))

    def unfollow(self) -> Sent:
        """Leave; nothing reaches this phone any more."""
        self.person.is_following = False
        self.person.windows.clear()
        return self._event("unsubscribe", "", is_silent=True)

    def scan(self, ticket: str) -> Sent | None:
        """Scan a code: following for a stranger, SCAN for a follower, nothing if it has run out."""
        code = self._world.qrcodes.get(ticket)
        if code is None or (code["until"] and code["until"] <= self._world.clock.now()):
            return None
        if not self.person.is_following:
            return self.follow(code["scene"], ticket=ticket)
        return self._event("SCAN", code["scene"], ("Ticket", ticket))

    def send_text(self, text: str, bizmsgmenuid: str = "") -> Sent:
        """Say something; with an id it counts as a tapped option."""
        self._world.show(self.person, "sent", text)
        extra: list[Field] = [("bizmsgmenuid", bizmsgmenuid)] if bizmsgmenuid else []
        window = self._world.policy.menu_tap if bizmsgmenuid else "user_msg"
        return self._message("text", [("Content", text), *extra], window=window)

    def send_unsupported(self) -> Sent:
        """A sticker or a file: arrives as a notice."""
        return self.send_text(UNSUPPORTED)

    def send_image(self, content: bytes = b"\xff\xd8\xff\xd9", content_type: str = "image/jpeg") -> Sent:
        """A picture; the account can fetch it by its media id."""
        with self._world.lock:
            media_id = keep(self._world, content_type, content)
        self._world.show(self.person, "sent", "[图片]", details={"media_id": media_id})
        address = f"http://mmbiz.qpic.cn/{media_id}"
        return self._message("image", [("PicUrl", address), ("MediaId", media_id)])

    def send_voice(self, recognition: str = "") -> Sent:
        """A voice message; recognition has been retired and is empty."""
        self._world.show(self.person, "sent", "[语音]")
        media_id = secrets.token_urlsafe(48)
        return self._message(
            "voice", [("MediaId", media_id), ("Format", "amr"), ("Recognition", recognition)]
        )

    def send_video(self) -> Sent:
        """A short film."""
        self._world.show(self.person, "sent", "[视频]")
        return self._message("video", [("MediaId", secrets.token_urlsafe(48)), ("ThumbMediaId", "thumb")])

    def send_location(
        self, latitude: str = "39.3301", longitude: str = "117.8247", label: str = "宁河区"
    ) -> Sent:
        """A place chosen on the map."""
        self._world.show(self.person, "sent", f"[位置] {label}")
        fields: list[Field] = [
            ("Location_X", latitude),
            ("Location_Y", longitude),
            ("Scale", 16),
            ("Label", label),
        ]
        return self._message("location", fields)

    def send_link(self, url: str = "https://example.com/a", title: str = "一篇文章") -> Sent:
        """A shared article."""
        self._world.show(self.person, "sent", f"[链接] {title}")
        return self._message("link", [("Title", title), ("Description", ""), ("Url", url)])

    def tap_menu(self, key: str, label: str = "") -> Sent:
        """A menu button that reports its key."""
        if label:
            self._world.show(self.person, "sent", label, details={"is_menu": True})
        return self._event("CLICK", key)

    def scan_from_menu(self, key: str, result: str) -> Sent:
        """A menu button that scans and waits for an answer."""
        info: Field = ("ScanCodeInfo", [("ScanType", "qrcode"), ("ScanResult", result)])
        return self._event("scancode_waitmsg", key, info)

    def open_view(self, url: str) -> Sent:
        """A menu button that opens a page."""
        return self._event("VIEW", url, ("MenuId", 1), is_silent=True)

    def report_location(self) -> Sent:
        """The phone tells where it is, unasked."""
        fields: list[Field] = [("Latitude", "39.33"), ("Longitude", "117.82"), ("Precision", "30.0")]
        return self._event("LOCATION", "", *fields, is_silent=True)

    def tap_option(self, entry: Entry | str, which: str | int = 0) -> Sent:
        """Tap an option of a shown text by its id, label or position; LookupError if it is not there."""
        text = entry if isinstance(entry, str) else entry.text
        found = options(text)
        if isinstance(which, int):
            option = found[which]
        else:
            option = next(o for o in found if which in (o.option_id, o.text.strip(), o.say))
        return self.send_text(option.say, option.option_id)

    def accept_subscription(self, template_ids: Sequence[str], *, long: bool = False) -> Sent:
        """Agree to notices on a page."""
        for template_id in template_ids:
            had = self.person.credits.get(template_id, 0)
            self.person.credits[template_id] = -1 if long or had < 0 else had + 1
        return self._consent("subscribe_msg_popup_event", "SubscribeMsgPopupEvent", template_ids, "accept")

    def reject_subscription(
        self, template_ids: Sequence[str], *, wrapper: str = "SubscribeMsgChangeEvent"
    ) -> Sent:
        """Withdraw the agreement in the settings; the platform's texts disagree about the wrapper."""
        for template_id in template_ids:
            self.person.credits.pop(template_id, None)
        return self._consent("subscribe_msg_change_event", wrapper, template_ids, "reject")

    def _consent(self, event: str, wrapper: str, template_ids: Sequence[str], status: str) -> Sent:
        rows: list[Field] = [
            (
                "List",
                [("TemplateId", template_id), ("SubscribeStatusString", status), ("PopupScene", "1")],
            )
            for template_id in template_ids
        ]
        return self._event(event, None, (wrapper, rows), is_silent=True)

    def _message(self, kind: str, fields: Sequence[Field], *, window: str = "user_msg") -> Sent:
        if not self.person.is_following:
            raise ValueError("only a follower can write")
        with self._world.lock:
            self._world.open_window(self.person, window)
            number = self._world.next_message_id()
        document = self._sender.document(self.openid, [("MsgType", kind), *fields, ("MsgId", number)])
        return self._sender.send(Message(self.openid, document))

    def _event(self, event: str, key: str | None, *fields: Field, is_silent: bool = False) -> Sent:
        window = _WINDOW_OF_EVENT.get(event)
        if window:
            with self._world.lock:
                self._world.open_window(self.person, window)
        head: list[Field] = [("MsgType", "event"), ("Event", event)]
        keys: list[Field] = [("EventKey", key)] if key is not None else []
        document = self._sender.document(self.openid, [*head, *keys, *fields])
        return self._sender.send(Message(self.openid, document, is_silent=is_silent))
