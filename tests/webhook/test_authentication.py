"""Verification and authentication of the callback; numbers are the protocol's black-box cases."""

import urllib.error
import urllib.request
from datetime import UTC, datetime
from urllib.parse import urlencode

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from app.demo.platform.world import Account
from app.errors import ConfigurationError
from app.webhook.routes import webhook_router
from app.wechat.crypto import Credentials, Gatekeeper
from app.wechat.rendering import passive_xml
from bot.messages import Incoming

# The published vector: an account, one signed moment, one encrypted message.
ACCOUNT = Account(
    app_id="wx1234567890abcdef",
    token="tianjinToken2024",
    aes_key="abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG",
)
MOMENT = datetime.fromtimestamp(1714037059, UTC)
SIGNED = {
    "timestamp": "1714037059",
    "nonce": "486452656",
    "signature": "d462dcab467af4c43ecd765713f6031474275066",
}
ENCRYPT = (
    "Q3stYC6hdFzMh9T8HCvyDKEQDhAYgkDlMsXiU1ECxcknqa8C2RMuVTnInkaEcLrgsPnIE1QpjwhJv7dFfZZwDP26liDW7UXPmXu0QnAT+"
    "a2pIL/OYn7ERNcSAu7gRnFDLL7Me6bkhwyj3AWNI1XcD2zDVzDYtT53XJs+heo2UZUMEKy/ZijeX9dsopS9qtGEInZfObpgzZ9bAxDP/PktE"
    "ig9TM5canWeEimDmS1YQPd6k5hvkpa2ilvGkArplz5xszSznn7cnAiXZ6OO+gtNYduqm6vQpds2BFFRKclb+k1nseGX+2KAj7TXB4Yw7iARR"
    "YHXaLQsyL3yweSXsmyF6E5zUvz56ZvIcul4f5B7K1UoLLSqbTmD+/bVm4ASITqW4aGuD+PboZhNoNG0pHFuSlB+u1CJRBGFEDquyWltQOpww"
    "v80XM5SGYQhsTw3GSEsGc5trRA5Aob/arqmh3iKmQ=="
)
ENCRYPTED = {**SIGNED, "encrypt_type": "aes", "msg_signature": "866d4518bbdb53d5fc837c5d15c53a8d8b61d378"}
BODY = (
    f"<xml><ToUserName><![CDATA[gh_0123456789ab]]></ToUserName><Encrypt><![CDATA[{ENCRYPT}]]></Encrypt></xml>"
)


@pytest.fixture
def received() -> list[Incoming]:
    return []


@pytest.fixture
def client(received: list[Incoming]) -> TestClient:
    def receive(incoming: Incoming) -> str:
        received.append(incoming)
        return passive_xml("好的", incoming, MOMENT)

    keys = Credentials(ACCOUNT.app_id, ACCOUNT.token, ACCOUNT.aes_key)
    app = FastAPI()
    app.include_router(webhook_router(Gatekeeper(keys, now=lambda: MOMENT), receive, 4.0))
    return TestClient(app)


def test_case_1_echo_is_returned_bare(client):
    response = client.get("/wechat", params={**SIGNED, "echostr": "6291861920932"})
    assert (response.status_code, response.content) == (200, b"6291861920932")
    assert response.headers["content-type"].startswith("text/plain")


@pytest.mark.parametrize(
    "change",
    [
        {"signature": "0" * 40},
        {"signature": None},
        {"nonce": None},
        {"timestamp": None},
        {"signature": ""},
        {"nonce": ""},
        {"signature": SIGNED["signature"].upper()},
        {"signature": "签名"},
        {"echostr": None},
    ],
)
def test_cases_2_and_4_echo_is_not_reflected_without_a_valid_signature(client, change):
    query = {**SIGNED, "echostr": "6291861920932", **change}
    response = client.get(
        "/wechat", params={name: value for name, value in query.items() if value is not None}
    )
    assert response.status_code == 403
    assert "6291861920932" not in response.text


def test_case_3_echo_is_never_html(client):
    response = client.get("/wechat", params={**SIGNED, "echostr": "<script>alert(1)</script>"})
    assert response.text == "<script>alert(1)</script>"
    assert response.headers["content-type"].startswith("text/plain")
    assert response.headers["x-content-type-options"] == "nosniff"


def test_case_5_the_vector_message_arrives(client, received):
    response = client.post("/wechat", params=ENCRYPTED, content=BODY)
    assert response.status_code == 200
    assert [incoming.text for incoming in received] == ["企业如何申请补贴？"]


@pytest.mark.parametrize("name", ["signature", "msg_signature"])
def test_case_6_both_signatures_must_fit(client, received, name):
    response = client.post("/wechat", params={**ENCRYPTED, name: "0" * 40}, content=BODY)
    assert (response.status_code, received) == (403, [])


def test_case_20_a_captured_signature_covers_no_other_body(client, received):
    other = BODY.replace("Q3stYC6h", "Q3stYC6i")
    assert client.post("/wechat", params=ENCRYPTED, content=other).status_code == 403
    assert (
        client.post("/wechat", params=SIGNED, content="<xml><Content>待办</Content></xml>").status_code == 403
    )
    assert received == []


@pytest.mark.parametrize(
    ("field", "value", "word"),
    [
        ("token", "", "QIYING_WECHAT_TOKEN"),
        ("app_id", "", "QIYING_WECHAT_APP_ID"),
        ("aes_key", ACCOUNT.aes_key[:42], "42 个字符"),
        ("aes_key", "", "QIYING_WECHAT_ENCODING_AES_KEY"),
        ("aes_key", "!" * 43, "QIYING_WECHAT_ENCODING_AES_KEY"),
        ("previous_aes_key", "short", "QIYING_WECHAT_PREVIOUS_ENCODING_AES_KEY"),
    ],
)
def test_case_15_a_forgeable_account_does_not_start(field, value, word):
    values = {"app_id": ACCOUNT.app_id, "token": ACCOUNT.token, "aes_key": ACCOUNT.aes_key, field: value}
    with pytest.raises(ConfigurationError) as refusal:
        Gatekeeper(Credentials(**values))
    assert word in refusal.value.message


def test_secrets_do_not_show_in_tracebacks():
    """Case 57: no token and no key in a printed value."""
    shown = repr(Credentials(ACCOUNT.app_id, ACCOUNT.token, ACCOUNT.aes_key))
    assert ACCOUNT.token not in shown
    assert ACCOUNT.aes_key not in shown


def test_case_7_another_appid_is_refused(line):
    assert line.platform.hostile.wrong_appid().status == 403
    assert line.bot.received == []


def test_cases_8_and_11_plain_bodies_are_a_downgrade(line):
    assert line.platform.hostile.downgrade_plain().status == 403
    line.platform.account.mode = "plain"
    assert line.platform.user("oA").send_text("接单 0042").verdict == "fault"
    assert line.bot.received == []


def test_case_9_aes_without_encrypt_is_refused(line):
    assert line.platform.hostile.downgrade_plain(claims_aes=True).status == 403
    assert line.bot.received == []


def test_case_10_only_the_encrypted_half_counts(line):
    assert line.platform.hostile.compat_mismatch("接单 0042", "你好").status == 200
    assert line.texts == ["你好"]


@pytest.mark.parametrize("kind", ["text", "empty", "zero", "odd", "random"])
def test_case_12_garbage_with_a_correct_signature_is_refused(line, kind):
    assert line.platform.hostile.encrypt_garbage(kind).status == 403
    assert line.bot.received == []


def test_case_14_another_accounts_message_is_refused(line):
    """Two districts with the same keys by mistake: the inner address decides."""
    document = line.platform.hostile.text().replace(line.platform.account.original_id, "gh_another00000")
    assert line.platform.hostile.document(document).status == 403
    assert line.bot.received == []


def test_refusals_tell_nothing(line):
    """A refusal is a short text without a trace."""
    for answer in (line.platform.hostile.bad_signature(), line.platform.hostile.bad_msg_signature()):
        assert (answer.status, answer.body) == (403, b"refused")


def test_the_console_accepts_the_address(line):
    assert line.platform.verify_url()
    line.platform.account.token = "another"
    assert not line.platform.verify_url()


def test_other_methods_are_refused(line):
    query = urlencode(line.platform.sender.signed_query("oA"))
    request = urllib.request.Request(f"{line.url}/wechat?{query}", method="DELETE")
    with pytest.raises(urllib.error.HTTPError) as refusal:
        urllib.request.urlopen(request)
    assert refusal.value.code == 405
