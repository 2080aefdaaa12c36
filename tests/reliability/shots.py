"""Requests that a browser would send, and what becomes of them in careless or hostile hands. Seeded, no I/O."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import quote, quote_from_bytes, urlencode

Pairs = Sequence[tuple[str, str]]
MARK = "q4x"
TEXTS: tuple[bytes, ...] = tuple(
    text if isinstance(text, bytes) else text.encode()
    for text in (
        "", " ", "\x00", "a\x00b", b"\xed\xa0\x80", b"\xff\xfe", b"\xc3", "\u202e\u2066反\u2069", "😀" * 40, "\u0301" * 60,
        f"<{MARK} onload=1>", f'"><{MARK}>', f"{{{{{MARK}}}}}", "{% raw %}", "' OR 1=1 --", "%", "_", "\\", "%s%n", "../../etc/passwd",
        "..%2f..", "x\r\nSet-Cookie: a=b", "=1+1", "null", "None", "true", "[]", "{}", "甲" * 3000, "9" * 5000, "a,b;c|d", "13800138000",
        "https://127.0.0.1:1/", "http://[::1", "//example.com", "file:///etc/passwd", "91120221MA0000001G", "*", "^(a+)+$",
    )
)  # fmt: skip
NUMBERS = (b"0", b"-1", b"1", b"2", b"007", b"1.5", b"1e9", b"99", b"999999999", b"9223372036854775808", b"9" * 25,
           "٣".encode(), "²".encode(), b"NaN", b"0x10")  # fmt: skip
DAYS = (b"2026-11-20", b"2026-02-30", b"0001-01-01", b"9999-12-31", b"2026-11-20T10:30", b"9999-12-31T23:59", b"0001-01-01T00:00",
        b"2026-11", b"20261120", b"2026-W47", b"-1", b"24:00", b"2026-11-20T10:30+99:99")  # fmt: skip
MULTIPART = "multipart/form-data; boundary=qiying"
TYPES = ("application/json", "text/xml; charset=utf-7", "", "multipart/form-data", "multipart/form-data; boundary=",
         "application/x-www-form-urlencoded; charset=no-such", "a" * 300, MULTIPART)  # fmt: skip
NAMES = (
    "a.csv",
    "a.xlsx",
    "b.md",
    "a.png",
    "../../a.csv",
    "",
    "甲" * 200 + ".csv",
    "a\x00.csv",
    "con.docx",
    "x.pdf",
)
STARTS = (b"", b"PK\x03\x04", b"%PDF-1.4\n", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0", "企业名称,统一社会信用代码\n".encode(),
          "工号,姓名,手机号\n".encode("gbk"), b"---\ntitle: ", b"\xef\xbb\xbf", b"\x00" * 9)  # fmt: skip
TOO_MUCH = 10 * 1024 * 1024


@dataclass(frozen=True)
class Shot:
    """One request; `address` is percent-encoded. `has_token`: it carries the form token it was given, unharmed."""

    method: str
    address: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    has_token: bool = False


class Shown(HTMLParser):
    """What a page offers: addresses of ours, and its forms with their fields as they would be sent."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.forms: list[tuple[str, list[tuple[str, str]]]] = []
        self._select = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        of = {name: value or "" for name, value in attrs}
        if tag == "a" and of.get("href", "").startswith("/"):
            self.links.append(of["href"].split("#")[0])
        elif tag == "form":
            is_post = of.get("method", "").lower() == "post"
            self.forms.append((of.get("action", "") if is_post else "", []))
        elif tag == "select":
            self._select = of.get("name", "")
        elif self.forms and tag in ("input", "button", "textarea") and of.get("name"):
            self.forms[-1][1].append((of["name"], of.get("value", "")))
        elif self.forms and tag == "option" and self._select:
            self.forms[-1][1].append((self._select, of.get("value", "")))


def form_shot(address: str, pairs: Pairs, headers: Mapping[str, str]) -> Shot:
    """A form as it is."""
    kind = {"content-type": "application/x-www-form-urlencoded"}
    return Shot("POST", address, {**kind, **headers}, urlencode(list(pairs)).encode())


class Marksman:
    """Makes requests from what a route is known to take."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)

    def read(self, method: str, path: str, names: Sequence[str]) -> Shot:
        """A page with odd parameters in its address."""
        pairs = [(name, self._value(b"")) for name in self._some([*names, "page", "q", "done", "x"], 4)]
        if pairs and self.chance.random() < 0.2:
            pairs.append((pairs[0][0], self._value(b"")))
        query = "&".join(f"{quote(name)}={self._encoded(value)}" for name, value in pairs)
        headers = {"cookie": "qiying_panel=\xff; a"} if self.chance.random() < 0.02 else {}
        return Shot(method, f"{path}?{query}" if query else path, headers)

    def path(self, template: str, known: Mapping[str, Sequence[str]]) -> str:
        """A route's path with its parameters filled from anything: known ones, numbers, what is no path at all."""
        pieces = []
        for piece in template.split("/"):
            name = piece.strip("{}").split(":")[0]
            values = [value.encode() for value in known.get(name, ())] or [b"1"]
            is_odd = self.chance.random() < 0.5
            pieces.append(
                self._encoded(self._value(b"1") if is_odd else self.chance.choice(values))
                if piece.startswith("{")
                else piece
            )
        return "/".join(pieces)

    def write(self, path: str, fields: Pairs, names: Sequence[str], tokens: Mapping[str, str]) -> Shot:
        """A form with some fields odd, missing, doubled or unheard of; now and then no form at all."""
        kind = self.chance.random()
        if kind < 0.08:
            return self._rubbish(path)
        pairs = [(name, value.encode()) for name, value in fields if name not in tokens]
        pairs += [(name, b"") for name in self._some(names, 6)]
        pairs = [
            (name, value if self.chance.random() < 0.6 else self._value(value))
            for name, value in pairs
            if self.chance.random() < 0.9
        ]
        if pairs and kind < 0.3:
            pairs.append((self.chance.choice(pairs)[0], self._value(b"")))
        has_token = bool(tokens) and self.chance.random() < 0.9
        pairs += [(name, value.encode()) for name, value in tokens.items() if has_token]
        if not has_token and tokens:
            pairs += [(name, self._value(b"")) for name in tokens if self.chance.random() < 0.7]
        headers = {"sec-fetch-site": "cross-site"} if self.chance.random() < 0.05 else {}
        if self.chance.random() < 0.3:
            body, headers["content-type"] = self._multipart(pairs), MULTIPART
        else:
            body = b"&".join(f"{quote(name)}={self._encoded(value)}".encode() for name, value in pairs)
            headers["content-type"] = "application/x-www-form-urlencoded"
        return Shot("POST", path, headers, body, has_token and "sec-fetch-site" not in headers)

    def _rubbish(self, path: str) -> Shot:
        headers = {"content-type": self.chance.choice(TYPES)}
        match self.chance.randrange(6):
            case 0:
                body = self.chance.randbytes(self.chance.choice((1, 300, 70_000)))
            case 1:
                body = b"a=" + b"%" * 1000 + b"&" * 500 + b"=b"
            case 2:
                body = b"&".join(b"f%d=1" % number for number in range(300))
            case 3:
                body = self._multipart([("note", b"x")])[: self.chance.randrange(1, 200)]
                headers["content-type"] = MULTIPART
            case 4:
                body, headers["content-length"] = (
                    b"note=x",
                    self.chance.choice(("", "²", "-1", "9" * 30, "x")),
                )
            case _:
                body = b"note=" + b"x" * (TOO_MUCH if self.chance.random() < 0.2 else 70_000)
        return Shot("POST", path, headers, body)

    def _multipart(self, pairs: Sequence[tuple[str, bytes]]) -> bytes:
        parts = [
            b'--qiying\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n' % (name.encode(), value)
            for name, value in pairs
        ]
        for _ in range(self.chance.choice((0, 1, 1, 2, 6))):
            content = self.chance.choice(STARTS) + self.chance.randbytes(self.chance.choice((0, 20, 2000)))
            head = f'form-data; name="file"; filename="{self.chance.choice(NAMES)}"'
            parts.append(b"--qiying\r\nContent-Disposition: %s\r\n\r\n%s\r\n" % (head.encode(), content))
        return b"".join(parts) + b"--qiying--\r\n"

    def _some(self, names: Sequence[str], most: int) -> list[str]:
        return self.chance.sample(list(names), min(len(names), self.chance.randrange(most + 1)))

    def _value(self, usual: bytes) -> bytes:
        match self.chance.randrange(8):
            case 0 | 1:
                return self.chance.choice(NUMBERS)
            case 2:
                return self.chance.choice(DAYS)
            case 3:
                return usual + self.chance.choice(TEXTS)[:200]
            case 4:
                return usual
            case _:
                return self.chance.choice(TEXTS)

    def _encoded(self, value: bytes) -> str:
        """Percent-encoded; now and then cut in the middle of an escape."""
        text = quote_from_bytes(value, safe="")
        return text[:-1] if text.endswith("0") and self.chance.random() < 0.02 else text
