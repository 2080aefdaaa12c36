"""Cases 44–47: one token for all, at most one refresh, nothing hangs, nothing leaks."""

import threading
import traceback
from datetime import timedelta

import pytest

from app import clock, log
from app.outbox.models import OutboxState
from app.outbox.ports import DeliveryError
from app.outbox.retry import ErrorKind
from app.wechat.models import AccessToken
from bot.messages import Reply

SEND = "/cgi-bin/message/custom/send"
TOKEN = "/cgi-bin/stable_token"
REFUSALS = [40001, 40014, 42001]


@pytest.mark.parametrize("code", REFUSALS)
def test_refused_token_costs_one_refresh_and_one_repeat(rig, code: int) -> None:
    """Case 45: rotated by another holder → one refresh, one retry, delivered once."""
    rig.contact()
    rig.tell("warm")
    rig.deliver()
    rig.platform.api.tokens.rotate()
    rig.platform.fault("errcode", code, path=SEND)
    rig.tell("a")
    rig.tell("b")
    rig.deliver()
    assert rig.shown() == [("custom", "warm"), ("custom", "a"), ("custom", "b")]
    assert rig.calls("stable_token") == 2


@pytest.mark.parametrize("code", REFUSALS)
def test_token_refused_for_ever_parks_the_message_with_an_alarm(rig, code: int, monkeypatch) -> None:
    """Case 44: ≤1 refresh, ≤2 sends, parked, alarm, no recursion."""
    alarms = []
    monkeypatch.setattr(
        log, "event", lambda name, **fields: alarms.append(fields) if name == "alarm" else None
    )
    rig.contact()
    rig.platform.fault("rotate_token", path=SEND)
    rig.platform.fault("errcode", code, path=SEND, times=1000)
    rig.tell("a")
    rig.deliver()
    assert rig.calls("message/custom/send") <= 2
    assert rig.calls("stable_token") <= 2
    assert rig.row("a").state == OutboxState.NEW
    assert len(alarms) == 1 and str(code) in alarms[0]["reason"]


def test_same_token_again_is_not_tried_again(rig) -> None:
    """The platform insists on the token that it refuses: a second send would be pointless."""
    rig.contact()
    rig.platform.fault("errcode", 40001, path=SEND, times=1000)
    with pytest.raises(DeliveryError) as refused:
        rig.gateway.send_text("oA", Reply.of("x"))
    assert refused.value.kind is ErrorKind.CREDENTIAL
    assert (rig.calls("message/custom/send"), rig.calls("stable_token")) == (1, 2)


def test_eight_workers_cold_share_one_token(rig) -> None:
    """Case 46: token calls ≤ workers; no ping-pong for three simulated hours."""
    clients = [rig.make_client() for _ in range(8)]
    barrier = threading.Barrier(8)

    def work(client) -> None:
        barrier.wait()
        client.call("user/get")

    threads = [threading.Thread(target=work, args=(client,)) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert rig.calls("stable_token") <= 8
    assert len({client.tokens.current() for client in clients}) == 1
    before = rig.calls("stable_token")
    for _ in range(40):
        for client in clients:
            client.call("user/get")
    assert rig.calls("stable_token") == before


def test_threads_of_one_client_fetch_once(rig) -> None:
    """Token storm: fifty senders meet a cold start together."""
    client = rig.make_client()
    threads = [threading.Thread(target=client.call, args=("user/get",)) for _ in range(30)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert rig.calls("stable_token") == 1


def test_fifty_senders_meeting_a_rotation_refresh_once(rig) -> None:
    client = rig.make_client()
    client.call("user/get")
    rig.platform.api.tokens.rotate()
    threads = [threading.Thread(target=client.call, args=("user/get",)) for _ in range(30)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert rig.calls("stable_token") == 2


def test_expiry_is_real_time_and_shared(rig) -> None:
    """The token of the database serves a new process; near its end it is renewed before use."""
    rig.make_client().call("user/get")
    other = rig.make_client()
    other.call("user/get")
    assert rig.calls("stable_token") == 1
    with rig.db.transaction() as session:
        row = session.get(AccessToken, rig.platform.account.app_id)
        row.expires_at = clock.real_now() + timedelta(seconds=30)
        session.add(row)
    other.call("user/get")
    assert rig.calls("stable_token") == 2


def test_hanging_token_endpoint_times_out_and_the_message_goes_later(rig) -> None:
    """Case 47: sends fail with a time limit and are retried; nothing is ambiguous, since nothing was sent."""
    rig.contact()
    rig.platform.fault("hang", 5, path=TOKEN)
    rig.tell("a")
    started = clock.real_now()
    rig.deliver()
    assert clock.real_now() - started < timedelta(seconds=3)
    assert rig.row("a").state == OutboxState.NEW
    rig.advance(minutes=1)
    rig.deliver()
    assert rig.shown() == [("custom", "a")]


@pytest.mark.parametrize("code", [40001, 40013, 40125, 40164, 40243, 45009])
def test_refusal_at_the_token_endpoint_is_configuration(rig, code: int) -> None:
    rig.platform.fault("errcode", code, path=TOKEN)
    with pytest.raises(DeliveryError) as refused:
        rig.make_client().call("user/get")
    assert refused.value.kind is ErrorKind.CREDENTIAL and refused.value.is_alarming
    assert rig.calls("stable_token") == 1


@pytest.mark.parametrize("fault", ["empty200", "html200"])
def test_token_answer_that_is_no_token(rig, fault: str) -> None:
    rig.platform.fault(fault, path=TOKEN)
    with pytest.raises(DeliveryError) as refused:
        rig.make_client().call("user/get")
    assert refused.value.kind is ErrorKind.UNREACHABLE


def test_long_token_fits_the_table(rig) -> None:
    """Tokens of at least 512 characters must fit."""
    client = rig.make_client()
    client.tokens._fetch = lambda: ("x" * 600, 7200)
    assert client.tokens.current() == "x" * 600


@pytest.mark.parametrize(
    "fault", [("errcode", 40003), ("http", 502), ("drop", 0), ("html200", 0), ("hang", 2)]
)
def test_failures_name_neither_token_nor_secret(rig, fault) -> None:
    """Case 57: the exception, its cause and its context hold no URL."""
    client = rig.make_client()
    token, text = client.tokens.current(), "厂门口" + "修路"
    rig.platform.fault(*fault, path=SEND)
    with pytest.raises(DeliveryError) as refused:
        rig.gateway.send_text("oA", Reply.of(text))
    error = refused.value
    assert error.__cause__ is None and error.__context__ is None
    shown = "".join(traceback.format_exception(error)) + repr(error)
    for secret in (token, rig.platform.account.secret, text):
        assert secret not in shown


def test_no_server_at_the_token_address_names_no_secret(rig) -> None:
    rig.platform.stop()
    with pytest.raises(DeliveryError) as refused:
        rig.make_client().call("user/get")
    assert refused.value.kind is ErrorKind.UNREACHABLE
    assert rig.platform.account.secret not in "".join(traceback.format_exception(refused.value))


def test_environment_proxies_are_ignored(rig, monkeypatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    assert "data" in rig.make_client().call("user/get")
