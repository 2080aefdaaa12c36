"""Hostile and broken bodies through the real route, cases 21-26; a normal person is served meanwhile."""

import asyncio
import socket
import threading
import time

import pytest
from fastapi import FastAPI

from app.demo.platform.world import Account
from app.webhook.routes import webhook_router
from app.wechat.crypto import Credentials, Gatekeeper


@pytest.fixture
def canary():
    """A listener that must never hear from an XML parser."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.2)
        yield listener


def is_silent(listener):
    try:
        listener.accept()
    except TimeoutError:
        return True
    return False


@pytest.mark.parametrize(
    "document",
    [
        "<xml><MsgType>text</MsgType>",
        "<xml/>",
        "<xml></xml>",
        "",
        "{}",
        "<foo><MsgType>text</MsgType></foo>",
    ],
)
def test_cases_21_and_22_broken_documents_are_acknowledged(line, document):
    """An authenticated message that cannot be read is not sent again and shows no fault."""
    answer = line.platform.hostile.document(document)
    assert (answer.status, answer.body, line.bot.received) == (200, b"success", [])


def change(line, old, new):
    document = line.platform.hostile.text("你好")
    assert old in document
    return line.platform.hostile.document(document.replace(old, new))


TYPE = "<MsgType><![CDATA[text]]></MsgType>"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (TYPE, ""),
        (TYPE, TYPE * 2),
        (TYPE, "<MsgType></MsgType>"),
        (TYPE, "<MsgType>event</MsgType>"),
        (TYPE, "<MsgType>event</MsgType><Event></Event>"),
        (TYPE, "<MsgType>event</MsgType><Event>a</Event><Event>b</Event>"),
        ("<Content>", "<Content a='1'>"),
        ("<Content><![CDATA[你好]]></Content>", "<Content>a</Content><Content>b</Content>"),
        ("<Content><![CDATA[你好]]></Content>", "<Content><b>x</b></Content>"),
        ("<FromUserName><![CDATA[oHostile", "<FromUserName><![CDATA[../o Hostile"),
        ("<MsgId>", "<MsgId>abc"),
        ("<MsgId>", "<MsgId>-"),
        ("<MsgId>", "<MsgId>999"),
        ("<CreateTime>", "<CreateTime>x"),
        ("<CreateTime>", "<CreateTime>99999"),
        (TYPE, "<MsgType>brand_new</MsgType>"),
    ],
)
def test_cases_22_29_and_30_odd_fields_are_acknowledged(line, old, new):
    answer = change(line, old, new)
    assert (answer.status, answer.body, line.bot.received) == (200, b"success", [])


def test_case_23_control_characters_are_removed(line):
    assert line.platform.hostile.control_chars().status == 200
    assert line.texts == ["厂门口修路半个月"]


@pytest.mark.parametrize("kind", ["laughs", "file", "parameter", "dtd"])
def test_case_24_declarations_are_refused_outside(line, canary, kind):
    address = f"http://127.0.0.1:{canary.getsockname()[1]}/x"
    began = time.perf_counter()
    assert line.platform.hostile.xml_bomb(kind, canary=address).status == 403
    assert time.perf_counter() - began < 5
    assert is_silent(canary)


@pytest.mark.parametrize("kind", ["laughs", "file", "parameter", "dtd"])
def test_case_24_declarations_are_not_parsed_inside(line, canary, kind):
    address = f"http://127.0.0.1:{canary.getsockname()[1]}/x"
    answer = line.platform.hostile.xml_bomb(kind, canary=address, is_inside=True)
    assert (answer.status, answer.body) == (200, b"success")
    assert is_silent(canary)
    assert line.bot.received == []


@pytest.mark.parametrize("declaration", ["<!DOCTYPE xml>", "<!doctype xml SYSTEM 'http://127.0.0.1:9/x'>"])
def test_case_24_a_harmless_looking_declaration_spoils_a_good_message(line, declaration):
    hostile, sender = line.platform.hostile, line.platform.sender
    assert hostile.document(declaration + hostile.text("你好")).body == b"success"
    encrypted = sender.cipher().encrypt(hostile.text("你好"))
    query = sender.encrypted_query(sender.signed_query("oA"), encrypted)
    assert hostile.raw(query, declaration.encode() + sender.envelope(encrypted)).status == 403
    assert line.bot.received == []


@pytest.mark.parametrize("headers", [[], [(b"content-length", b"10")]])
def test_case_25_reading_stops_at_the_cap(recording_receive, headers):
    """Not one chunk more than the cap is taken from the wire, whatever length was declared."""
    account = Account()
    gatekeeper = Gatekeeper(Credentials(account.app_id, account.token, account.aes_key))
    app = FastAPI()
    app.include_router(webhook_router(gatekeeper, recording_receive, 2.0))
    taken, sent = [], []

    async def receive():
        taken.append(1)
        return {"type": "http.request", "body": b"x" * 8192, "more_body": len(taken) < 1000}

    async def send(message):
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": "/wechat", "query_string": b"", "headers": headers}
    asyncio.run(app({**scope, "scheme": "http", "http_version": "1.1", "root_path": ""}, receive, send))
    assert (sent[0]["status"], len(taken)) == (413, 9)


@pytest.mark.parametrize("size", [65 * 1024, 1 << 20, 20 << 20])
@pytest.mark.parametrize("is_chunked", [False, True])
def test_case_25_large_bodies_are_refused_early(line, size, is_chunked):
    began = time.perf_counter()
    assert line.platform.hostile.oversize(size, chunked=is_chunked).status == 413
    assert time.perf_counter() - began < 5


def test_case_25_a_lying_length_does_not_help(line):
    """The declared length is small, the body is not: only what was declared is ever read."""
    query = line.platform.sender.encrypted_query(line.platform.sender.signed_query("oA"), "x")
    assert line.platform.hostile.raw(query, b"x" * 70_000, {"Content-Length": "10"}).status in (400, 403, 413)


@pytest.mark.parametrize("is_inside", [False, True])
def test_case_25_deep_nesting_does_not_crash(line, is_inside):
    levels = 3000 if is_inside else 9000
    answer = line.platform.hostile.deep_nesting(levels, is_inside=is_inside)
    assert answer.status == (200 if is_inside else 403)
    assert line.platform.user("oA").send_text("还在吗").verdict == "shown"


def test_case_26_a_body_in_gbk_is_refused(line):
    assert line.platform.hostile.gbk_body().status == 403


def test_case_26_gbk_inside_is_refused_without_a_trace(line):
    encrypted = line.platform.sender.cipher().encrypt(line.platform.hostile.text("执照").encode("gbk"))
    assert line.platform.hostile.sealed(encrypted).status == 403


def test_case_26_a_wrong_encoding_declaration_leaves_chinese_intact(line):
    document = '<?xml version="1.0" encoding="GBK"?>' + line.platform.hostile.text("营业执照")
    assert line.platform.hostile.document(document).status == 200
    assert line.texts == ["营业执照"]


def test_a_slow_body_is_cut_off(line):
    """Somebody who sends a byte a second holds neither a thread nor the connection for long."""
    address = line.url.removeprefix("http://").split(":")
    with socket.create_connection((address[0], int(address[1]))) as connection:
        connection.sendall(b"POST /wechat HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n<")
        connection.settimeout(30)
        assert b" 408 " in connection.recv(100)


def test_hostile_traffic_does_not_slow_a_person(line):
    """Case 24/25 in parallel with a conversation: usual answers stay quick, and none misses the five seconds."""
    stop = threading.Event()

    def attack():
        while not stop.is_set():
            line.platform.hostile.oversize(1 << 20, chunked=True)
            line.platform.hostile.deep_nesting(9000)

    threads = [threading.Thread(target=attack, daemon=True) for _ in range(3)]
    for thread in threads:
        thread.start()
    latencies = [line.platform.user("oA").send_text(f"第{n}句").latency_s for n in range(10)]
    stop.set()
    for thread in threads:
        thread.join()
    assert sorted(latencies)[len(latencies) // 2] < 1
    assert max(latencies) < 5


def test_a_failure_behind_the_route_is_not_acknowledged(line):
    """Nothing may be lost: without `success` the platform sends the message again."""
    line.bot.is_broken = True
    line.platform.policy.max_deliveries = 2
    sent = line.platform.user("oA").send_text("你好")
    assert [delivery.status for delivery in sent.deliveries] == [503, 503]
    assert b"secret" not in sent.delivery.answer
