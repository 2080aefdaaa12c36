"""What an attacker can send, for the security tests. All of it bypasses the normal sender, and all but
the first needs no more than what each name says was stolen or forged."""

import base64
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlencode

from app.demo.platform.callbacks import CallbackSender, Message, Sent
from app.demo.platform.crypto import signature
from app.demo.platform.exchange import HttpAnswer, exchange
from app.demo.platform.judge import Judgement
from app.demo.platform.strictxml import Field
from app.demo.platform.world import World

CHUNK = 8192
OPENID = "oHostile0000000000000000000a"
_BOMBS = {
    "laughs": '<!DOCTYPE xml [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">'
    '<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]><xml><Encrypt>&c;</Encrypt><Content>&c;</Content></xml>',
    "file": '<!DOCTYPE xml [<!ENTITY f SYSTEM "file:///etc/passwd">]>'
    "<xml><Encrypt>&f;</Encrypt><Content>&f;</Content></xml>",
    "parameter": '<!DOCTYPE xml [<!ENTITY % p SYSTEM "{canary}"> %p;]>'
    "<xml><Encrypt>x</Encrypt><Content>x</Content></xml>",
    "dtd": '<!DOCTYPE xml SYSTEM "{canary}"><xml><Encrypt>x</Encrypt><Content>x</Content></xml>',
}


class Hostile:
    """Sends to the callback of one stand-in."""

    def __init__(self, world: World, sender: CallbackSender) -> None:
        self._world = world
        self._sender = sender

    def raw(
        self,
        query: dict[str, str],
        body: bytes | Iterator[bytes],
        headers: dict[str, str] | None = None,
        *,
        method: str = "POST",
    ) -> HttpAnswer:
        """Anything at all."""
        url = f"{self._world.account.callback_url}?{urlencode(query)}"
        return exchange(method, url, headers=headers or {"Content-Type": "text/xml"}, body=body, timeout_s=10)

    def text(self, content: str = "待办", openid: str = OPENID) -> str:
        """A text message document."""
        number = self._world.next_message_id()
        fields: list[Field] = [("MsgType", "text"), ("Content", content), ("MsgId", number)]
        return self._sender.document(openid, fields)

    def sealed(self, encrypted: str, openid: str = OPENID) -> HttpAnswer:
        """Any ciphertext with a correct msg_signature: from someone who knows the token only."""
        query = self._sender.encrypted_query(self._sender.signed_query(openid), encrypted)
        return self.raw(query, self._sender.envelope(encrypted))

    def document(self, document: str | bytes) -> HttpAnswer:
        """Any document, correctly encrypted and signed."""
        return self.sealed(self._sender.cipher().encrypt(document))

    def bad_signature(self) -> HttpAnswer:
        """The right msg_signature with a wrong signature."""
        query, body = self._sender.request(OPENID, self.text())
        return self.raw({**query, "signature": "0" * 40}, body)

    def bad_msg_signature(self) -> HttpAnswer:
        """The right signature with a wrong msg_signature."""
        query, body = self._sender.request(OPENID, self.text())
        return self.raw({**query, "msg_signature": "0" * 40}, body)

    def wrong_appid(self) -> HttpAnswer:
        """Encrypted for another account with the same key."""
        return self.sealed(self._sender.cipher().encrypt(self.text(), app_id="wxffffffffffffffff"))

    def downgrade_plain(self, *, claims_aes: bool = False) -> HttpAnswer:
        """A plain body under a captured signature, with or without the claim to be encrypted."""
        query = self._sender.signed_query(OPENID)
        if claims_aes:
            query = self._sender.encrypted_query(query, "")
        return self.raw(query, self.text("接单 0042").encode())

    def compat_mismatch(self, plain: str, encrypted: str) -> HttpAnswer:
        """Both forms in one body that say different things."""
        inner = self._sender.cipher().encrypt(self.text(encrypted))
        query = self._sender.encrypted_query(self._sender.signed_query(OPENID), inner)
        outer = self.text(plain).replace("</xml>", f"<Encrypt><![CDATA[{inner}]]></Encrypt></xml>")
        return self.raw(query, outer.encode())

    def replay(self, sent: Sent) -> HttpAnswer:
        """A captured request again, byte for byte."""
        return self.raw(dict(sent.deliveries[0].query), sent.deliveries[0].body)

    def digit_shift(self, sent: Sent) -> HttpAnswer:
        """The first nonce digit moved to the end of the timestamp: the signed text stays the same."""
        delivery = sent.deliveries[0]
        query = dict(delivery.query)
        query["timestamp"] += query["nonce"][0]
        query["nonce"] = query["nonce"][1:]
        return self.raw(query, delivery.body)

    def at_time(self, timestamp: str) -> HttpAnswer:
        """A correctly signed message that claims to be from then."""
        encrypted = self._sender.cipher().encrypt(self.text())
        token, nonce = self._world.account.token, "123456789"
        query = {
            "timestamp": timestamp,
            "nonce": nonce,
            "openid": OPENID,
            "signature": signature(token, timestamp, nonce),
            "encrypt_type": "aes",
            "msg_signature": signature(token, timestamp, nonce, encrypted),
        }
        return self.raw(query, self._sender.envelope(encrypted))

    def encrypt_garbage(self, kind: str) -> HttpAnswer:
        """`Encrypt` that is no ciphertext: text, empty, zero (16 bytes), odd (31 bytes) or random (48)."""
        garbage = {
            "text": "not base64 at all!",
            "empty": "",
            "zero": base64.b64encode(bytes(16)).decode(),
            "odd": base64.b64encode(bytes(31)).decode(),
            "random": base64.b64encode(os.urandom(48)).decode(),
        }
        return self.sealed(garbage[kind])

    def xml_bomb(self, kind: str, *, canary: str = "", is_inside: bool = False) -> HttpAnswer:
        """laughs, file, parameter or dtd; outside, or inside the encrypted document."""
        bomb = _BOMBS[kind].replace("{canary}", canary)
        if is_inside:
            return self.document(bomb)
        return self.raw(self._sender.encrypted_query(self._sender.signed_query(OPENID), "x"), bomb.encode())

    def oversize(self, size: int, *, chunked: bool = False) -> HttpAnswer:
        """A body of `size` bytes, with its length declared or without."""
        query = self._sender.encrypted_query(self._sender.signed_query(OPENID), "x")
        chunks = (b"x" * min(CHUNK, size - start) for start in range(0, size, CHUNK))
        return self.raw(query, chunks if chunked else b"x" * size)

    def deep_nesting(self, levels: int, *, is_inside: bool = False) -> HttpAnswer:
        """Elements in elements."""
        nest = "<xml>" + "<a>" * levels + "</a>" * levels + "</xml>"
        if is_inside:
            return self.document(nest)
        return self.raw(self._sender.encrypted_query(self._sender.signed_query(OPENID), "x"), nest.encode())

    def control_chars(self) -> HttpAnswer:
        """A text with raw control characters, as real phones send them."""
        return self.document(self.text("厂门口\x1d修路\x0b半个月"))

    def gbk_body(self) -> HttpAnswer:
        """A document in another encoding, outside and unencrypted in form."""
        query = self._sender.encrypted_query(self._sender.signed_query(OPENID), "x")
        return self.raw(query, self.text("营业执照").encode("gbk"))

    def parallel_duplicates(self, content: str, count: int, openid: str = OPENID) -> Sent:
        """The same message `count` times at once, each freshly signed."""
        sent = Sent(Message(openid, self.text(content, openid)))

        def one(_index: int) -> Judgement:
            return self._sender.attempt(sent, self._sender.request(openid, sent.message.document))

        with ThreadPoolExecutor(count) as pool:
            judgements = list(pool.map(one, range(count)))
        shown = [judgement for judgement in judgements if judgement.outcome == "shown"]
        sent.verdict = "shown" if shown else judgements[0].outcome
        sent.text = shown[0].text if shown else ""
        return sent
