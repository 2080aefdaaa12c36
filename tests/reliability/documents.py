"""Messages that the platform could send: every kind it has, fields odd, missing, doubled or empty. Seeded, no I/O."""

import random
from collections.abc import Sequence
from xml.sax.saxutils import escape

from bot.commands import Verb

MESSAGES = {
    "text": ("Content", "bizmsgmenuid"),
    "image": ("PicUrl", "MediaId"),
    "voice": ("MediaId", "Format", "Recognition"),
    "video": ("MediaId", "ThumbMediaId"),
    "shortvideo": ("MediaId", "ThumbMediaId"),
    "location": ("Location_X", "Location_Y", "Scale", "Label"),
    "link": ("Title", "Description", "Url"),
}
UNKNOWN = ("file", "miniprogrampage", "music", "wxcard", "hardware", "新类型")
EVENTS = (
    "subscribe", "unsubscribe", "SCAN", "CLICK", "VIEW", "LOCATION", "view_miniprogram", "scancode_push", "scancode_waitmsg",
    "pic_sysphoto", "pic_photo_or_album", "pic_weixin", "location_select", "TEMPLATESENDJOBFINISH", "MASSSENDJOBFINISH",
    "subscribe_msg_popup_event", "subscribe_msg_change_event", "subscribe_msg_sent_event", "kf_create_session",
    "qualification_verify_success", "user_authorization_revoke", "PUBLISHJOBFINISH", "从没见过的事件", "x" * 300,
)  # fmt: skip
EVENT_FIELDS = (
    "EventKey",
    "Ticket",
    "MsgID",
    "Status",
    "Latitude",
    "Longitude",
    "Precision",
    "ScanCodeInfo",
    "List",
)
ARGUMENTS = (
    "", " ", "1", "5", "0042", "9999", "20261119-0032", "20261119-0032 ok", "0042 示例", "宁河区测试1号食品有限公司", "赵测试 13900000001",
    "NH0003", "NH0003 1", "NH0003 测试", "91120117MAT000018A", "2 小时", "99999999999", "住建委 请到场", "一" * 3000, "\n\n", "0042\n换行",
)  # fmt: skip
SAYINGS = ("你好", "营业执照怎么办", "面包店许可怎么办理", "不是这个", "都不是", "1", "0", "１", "再见", "？", "。", "谢谢", "厂门口积水没人管", "催",
           "【收到不支持的消息类型】", "确定", "取消", "是", "否", "有事", "我是谁", "a", "😀", "13900000001", "<a href='x'>x</a>")  # fmt: skip
ODD = (
    "", " ", "0", "-1", "1e9", "9" * 19, "9" * 40, "\u202e反", "\ufeff", "\u0000".strip("\x00"), "😀" * 30, "é" * 500, "a\tb\nc", "&amp;", "<x>",
    "]]>", "{{7*7}}", "qrscene_", "qrscene_officer:1", "officer:NH0003", "invite:AAAA-AAAA", "staff:1", "1:2:3", "null", "../..", "%s", "甲" * 1200,
)  # fmt: skip


class Writer:
    """Writes documents of these people."""

    def __init__(self, seed: int, account: str, openids: Sequence[str], now: int) -> None:
        self.chance = random.Random(seed)
        self._account = account
        self._openids = openids
        self._now = now
        self._number = 0

    def document(self) -> tuple[str, str]:
        """Somebody's next message, and who that is."""
        openid = self.chance.choice(self._openids)
        head = [("ToUserName", self._account), ("FromUserName", openid), ("CreateTime", self._time())]
        kind = self.chance.random()
        if kind < 0.55:
            body = [("MsgType", "text"), ("Content", self._said()), self._id()]
            if self.chance.random() < 0.2:
                body.append(("bizmsgmenuid", self.chance.choice(ODD)))
        elif kind < 0.75:
            name = self.chance.choice(list(MESSAGES))
            body = [("MsgType", name), *((field, self._odd()) for field in MESSAGES[name]), self._id()]
        elif kind < 0.96:
            fields = self.chance.sample(EVENT_FIELDS, self.chance.randrange(4))
            body = [
                ("MsgType", "event"),
                ("Event", self.chance.choice(EVENTS)),
                *((one, self._odd()) for one in fields),
            ]
        else:
            body = [("MsgType", self.chance.choice(UNKNOWN)), self._id()]
        return self._written([*head, *self._spoilt(body)]), openid

    def _said(self) -> str:
        if self.chance.random() < 0.4:
            return self.chance.choice(SAYINGS)
        blank = self.chance.choice(("", " ", "　", "：", ", "))
        return f"{self.chance.choice(list(Verb)).value}{blank}{self.chance.choice(ARGUMENTS)}"

    def _odd(self) -> str:
        return self.chance.choice(ODD)

    def _id(self) -> tuple[str, str]:
        self._number += self.chance.random() < 0.95  # the others repeat the last one
        return "MsgId", str(2**63 + self._number if self.chance.random() < 0.3 else self._number)

    def _time(self) -> str:
        odd = ("0", "1", "4102444800", str(self._now - 86_400 * 400), str(self._now + 86_400 * 400), "007")
        return self.chance.choice(odd) if self.chance.random() < 0.1 else str(self._now)

    def _spoilt(self, body: list[tuple[str, str]]) -> list[tuple[str, str]]:
        """One time in eight a field too many or too few; another order now and then."""
        if self.chance.random() < 0.06:
            body.pop(self.chance.randrange(1, len(body)))
        if self.chance.random() < 0.06:
            body.append(self.chance.choice(body))
        if self.chance.random() < 0.2:
            body.append((self.chance.choice(("Extra", "Encrypt", "KfAccount", "Idx")), self._odd()))
        if self.chance.random() < 0.3:
            self.chance.shuffle(body)
        return body

    def _written(self, fields: Sequence[tuple[str, str]]) -> str:
        return (
            "<xml>"
            + "".join(f"<{name}>{self._value(name, value)}</{name}>" for name, value in fields)
            + "</xml>"
        )

    def _value(self, name: str, value: str) -> str:
        if name in ("ScanCodeInfo", "List"):
            inner = "".join(
                f"<{one}>{escape(self._odd())}</{one}>"
                for one in ("ScanType", "ScanResult", "TemplateId", "MsgID")
            )
            return inner if self.chance.random() < 0.8 else f"<item>{inner}</item><item/>"
        if value.isdigit() and self.chance.random() < 0.8:
            return value
        if self.chance.random() < 0.2:
            return escape(value)
        # A marked section inside a marked section is cut in two, as the standard has it.
        return f"<![CDATA[{value.replace(']]>', ']]]]><![CDATA[>')}]]>"
