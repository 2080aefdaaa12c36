"""The gate against the independent implementation and the published vectors (protocol 1.4, 1.5)."""

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.demo.platform.crypto import CallbackCipher, signature
from app.demo.platform.strictxml import read
from app.wechat.crypto import Credentials, Gatekeeper, Refused

APP_ID, TOKEN = "wx1234567890abcdef", "tianjinToken2024"
KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
NOW = datetime.fromtimestamp(1714037059, UTC)
MESSAGE = (
    "<xml><ToUserName><![CDATA[gh_0123456789ab]]></ToUserName>"
    "<FromUserName><![CDATA[oTestUser00000000000000000001]]></FromUserName><CreateTime>1714037059</CreateTime>"
    "<MsgType><![CDATA[text]]></MsgType><Content><![CDATA[企业如何申请补贴？]]></Content>"
    "<MsgId>24539587532198765</MsgId></xml>"
)


@pytest.fixture(scope="module")
def gatekeeper():
    return Gatekeeper(Credentials(APP_ID, TOKEN, KEY), now=lambda: NOW)


def request(message):
    encrypted = CallbackCipher(KEY, APP_ID).encrypt(message)
    query = {
        "timestamp": "1714037059",
        "nonce": "486452656",
        "signature": signature(TOKEN, "1714037059", "486452656"),
        "encrypt_type": "aes",
        "msg_signature": signature(TOKEN, "1714037059", "486452656", encrypted),
    }
    return query, f"<xml><Encrypt>{encrypted}</Encrypt></xml>".encode()


def test_the_independent_implementation_agrees_with_the_published_vectors():
    assert signature("AAAAA", "1714037059", "486452656") == "899cf89e464efb63f54ddac96b0a0a235f53aa78"
    assert signature(TOKEN, "1714037059", "486452656") == "d462dcab467af4c43ecd765713f6031474275066"
    encrypted = CallbackCipher(KEY, APP_ID).encrypt(MESSAGE, prefix=b"0123456789abcdef")
    assert (len(encrypted), encrypted[:24], encrypted[-8:]) == (
        472,
        "Q3stYC6hdFzMh9T8HCvyDKEQ",
        "rqmh3iKmQ=="[-8:],
    )
    assert (
        signature(TOKEN, "1714037059", "486452656", encrypted) == "866d4518bbdb53d5fc837c5d15c53a8d8b61d378"
    )


@settings(max_examples=60, deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=200))
def test_whatever_one_side_seals_the_other_opens(text):
    gatekeeper = Gatekeeper(Credentials(APP_ID, TOKEN, KEY), now=lambda: NOW)
    query, body = request(text)
    opened = gatekeeper.open(query, body)
    assert opened.xml == text
    envelope = read(gatekeeper.seal(text, opened))
    parts = [envelope.only(name) for name in ("TimeStamp", "Nonce", "Encrypt")]
    assert envelope.only("MsgSignature") == signature(TOKEN, *parts)
    assert CallbackCipher(KEY, APP_ID).decrypt(parts[2]) == text


def test_equal_replies_do_not_look_equal(gatekeeper):
    query, body = request(MESSAGE)
    opened = gatekeeper.open(query, body)
    sealed = {read(gatekeeper.seal("<xml/>", opened)).only("Encrypt")[:24] for _ in range(20)}
    assert len(sealed) == 20


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"timestamp": "1714036758"}, "stale"),
        ({"encrypt_type": "raw"}, "downgrade"),
        ({"encrypt_type": ""}, "downgrade"),
        ({"msg_signature": ""}, "missing_msg_signature"),
        ({"signature": "0"}, "signature"),
        ({"nonce": "822\ud800312"}, "signature"),
        ({"msg_signature": "0"}, "msg_signature"),
    ],
)
def test_a_refusal_names_its_reason_for_the_log(gatekeeper, change, reason):
    query, body = request(MESSAGE)
    with pytest.raises(Refused) as refusal:
        gatekeeper.open({**query, **change}, body)
    assert (refusal.value.reason, refusal.value.status_code) == (reason, 403)


def test_a_large_body_is_refused_before_anything_else(gatekeeper):
    with pytest.raises(Refused) as refusal:
        gatekeeper.open({}, b"x" * 65_537)
    assert refusal.value.status_code == 413


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=300), st.text(max_size=40), st.text(max_size=40))
def test_anything_else_is_refused_and_never_crashes(body, name, value):
    gatekeeper = Gatekeeper(Credentials(APP_ID, TOKEN, KEY), now=lambda: NOW)
    query, _body = request(MESSAGE)
    with pytest.raises(Refused):
        gatekeeper.open({**query, name: value}, body)
