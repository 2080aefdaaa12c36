"""Random documents and envelopes: the gate refuses, the parser says «unreadable», nothing raises (test 18).

And messages of every kind with odd fields from everybody in a district: they are taken, and each gets an answer.
"""

import os
import random
import resource
import time
from collections import Counter
from urllib.parse import urlencode

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import func, select

from app.clock import real_now
from app.conversations.models import InboxMessage
from app.demo.cast import cast_of
from app.demo.platform.stand_in import StandIn
from app.demo.seed_people import demo_people
from app.districts.loader import load_profile
from app.wechat.crypto import Credentials, Gatekeeper, Refused
from app.wechat.parsing import Unreadable, parse
from bot.messages import Incoming
from tests.reliability.application import Application
from tests.reliability.documents import Writer
from tests.reliability.shots import Shot

INPUTS = int(os.environ.get("QIYING_FUZZ_INPUTS", "600"))
SEED = int(os.environ.get("QIYING_FUZZ_SEED", "18"))
PIECES = (
    "<xml>", "</xml>", "<![CDATA[", "]]>", "<MsgType>", "</MsgType>", "text", "event", "<Event>", "</Event>",
    "<FromUserName>", "<!DOCTYPE x [<!ENTITY a 'b'>]>", "&a;", "&#0;", "&#xD800;", "<?xml version='1.0'?>", "\x00",
    "\ud800", "<Content>" * 50, "9" * 40, "-1", "<a>" * 400, "<List>", "<SubscribeMsgSentEvent>", "é" * 300, "<!--",
    "<MsgId>", "</MsgId>", "<CreateTime>", "1e9", "\ufeff", "<xml xmlns:a='b'>", "a:b", " " * 1000,
)  # fmt: skip
PLATFORM = StandIn()
ACCOUNT = PLATFORM.account
GATE = Gatekeeper(Credentials(ACCOUNT.app_id, ACCOUNT.token, ACCOUNT.aes_key))
DOCUMENT = PLATFORM.sender.document("oFuzz", [("MsgType", "text"), ("Content", "你好"), ("MsgId", 1)])


def mutated(text: str, chance: random.Random) -> str:
    for _ in range(chance.choice((1, 1, 2, 5))):
        at = chance.randrange(len(text) + 1)
        to = min(len(text), at + chance.choice((1, 3, 60)))
        match chance.randrange(4):
            case 0:
                text = text[:at] + chance.choice(PIECES) + text[at:]
            case 1:
                text = text[:at] + text[to:]
            case 2:
                text = text[:to] + text[at:to] + text[to:]
            case _:
                text = text[:at] + chr(chance.randrange(0x300)) + text[at + 1 :]
    return text


def test_documents_of_any_kind_are_read_or_said_to_be_unreadable() -> None:
    """Seeded changes to a good document, and documents put together from what parsers stumble over."""
    chance = random.Random(SEED)
    slowest, readable = 0.0, 0
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for number in range(INPUTS):
        is_patchwork = number % 3 == 0
        text = "".join(chance.choices(PIECES, k=12)) if is_patchwork else mutated(DOCUMENT, chance)
        start = time.thread_time()
        found = parse(text)
        slowest = max(slowest, time.thread_time() - start)
        assert isinstance(found, Incoming | Unreadable)
        readable += isinstance(found, Incoming)
    grown_mib = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    print(f"{INPUTS} documents, {readable} readable, slowest {slowest * 1000:.1f} ms, +{grown_mib:.1f} MiB")
    assert 0 < readable < INPUTS, "a run of only one kind proves little"
    assert slowest < 0.5 and grown_mib <= 20


def test_envelopes_of_any_kind_are_opened_or_refused() -> None:
    """Changed bodies and queries, freshly signed with our token or not: Refused is the only way to fail."""
    chance = random.Random(SEED + 1)
    outcomes: dict[str, int] = {}
    for number in range(INPUTS):
        query, body = PLATFORM.sender.request("oFuzz", DOCUMENT)
        if number % 2:
            encrypted = mutated(body.decode().split("CDATA[")[-1].split("]]")[0], chance)
            query = PLATFORM.sender.encrypted_query(query, encrypted.encode("utf-8", "replace").decode())
            body = PLATFORM.sender.envelope("A").replace(b"A", encrypted.encode("utf-8", "replace"))
        else:
            body = mutated(body.decode(), chance).encode("utf-8", "replace")
        if number % 5 == 0:
            name = chance.choice(list(query))
            query[name] = mutated(query[name], chance)
        try:
            GATE.open(query, body)
            reason = "opened"
        except Refused as refusal:
            reason = refusal.reason
        outcomes[reason] = outcomes.get(reason, 0) + 1
    print(outcomes)
    assert {"opened", "msg_signature"} <= set(outcomes) and len(outcomes) > 4


@settings(
    max_examples=max(100, INPUTS // 5),
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)
@given(
    query=st.dictionaries(
        st.sampled_from(["signature", "timestamp", "nonce", "encrypt_type", "msg_signature", "echostr"]),
        st.text(max_size=30),
    ),
    body=st.binary(max_size=400),
)
def test_strangers_are_refused_whatever_they_send(query: dict[str, str], body: bytes) -> None:
    for attempt in (lambda: GATE.open(query, body), lambda: GATE.echo(query)):
        try:
            attempt()
        except Refused:
            continue
        raise AssertionError("a stranger got in")


def test_a_signed_query_is_a_query() -> None:
    """The control: what the platform really sends is opened."""
    query, body = PLATFORM.sender.request("oFuzz", DOCUMENT)
    assert isinstance(parse(GATE.open(query, body).xml), Incoming)


def test_messages_of_every_kind_with_odd_fields_are_answered(application: Application) -> None:
    """Through the real door into the conversation: 503 would say that something raised."""
    sender, nobody = application.platform.sender, application.people["nobody"]
    openids = [
        *(person.openid for person in demo_people(cast_of(load_profile("ninghe")))),
        "oStranger1",
        "oStranger2",
    ]
    account = application.platform.account.original_id
    writer = Writer(SEED + 2, account, openids, int(real_now().timestamp()))
    outcomes: Counter[str] = Counter()
    documents = max(250, INPUTS // 20)
    for number in range(documents):
        document, openid = writer.document()
        found = parse(document)
        query, body = sender.request(openid, document)
        answer = application.send(nobody, Shot("POST", f"/wechat?{urlencode(query)}", body=body))
        assert answer.status == 200, (number, answer.text, document)
        outcomes[found.reason if isinstance(found, Unreadable) else "taken"] += 1
    with application.runtime.db.reading() as session:
        kept = session.exec(select(func.count()).select_from(InboxMessage)).one()
    print(f"{documents} messages, {kept} kept, {dict(outcomes)}")
    assert outcomes["taken"] >= documents * 0.7 and kept >= documents * 0.6
