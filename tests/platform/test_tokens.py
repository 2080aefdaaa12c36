"""The stand-in's token endpoints and the checks before every call."""

import pytest

SECRET = {"grant_type": "client_credential"}


def asked(platform, **change):
    account = platform.account
    return {"grant_type": "client_credential", "appid": account.app_id, "secret": account.secret, **change}


def test_a_classic_token_replaces_the_former_after_five_minutes(platform, client):
    first = client.call("/cgi-bin/token", **asked(platform))
    second = client.call("/cgi-bin/token", **asked(platform))
    assert first["access_token"] != second["access_token"]
    assert len(second["access_token"]) >= 120
    client.token = first["access_token"]
    assert client.call("/cgi-bin/getcallbackip")["ip_list"]
    client.advance(seconds=301)
    client.token = first["access_token"]
    assert client.call("/cgi-bin/getcallbackip")["errcode"] == 42001


def test_a_stable_token_stays_until_its_last_five_minutes(platform, client):
    first = client.fetch_token()
    client.advance(seconds=6000)
    answer = client.call("/cgi-bin/stable_token", asked(platform))
    assert (answer["access_token"], 1195 <= answer["expires_in"] <= 1200) == (first, True)
    client.advance(seconds=1000)
    answer = client.call("/cgi-bin/stable_token", asked(platform))
    assert answer["access_token"] != first
    assert answer["expires_in"] >= 300
    client.token = first
    assert "ip_list" in client.call("/cgi-bin/getcallbackip")


def test_a_forced_token_kills_the_former_but_not_twice_in_half_a_minute(platform, client):
    first = client.fetch_token()
    second = client.fetch_token(force_refresh=True)
    assert first != second
    client.token = first
    assert client.call("/cgi-bin/getcallbackip")["errcode"] == 40001
    assert client.fetch_token(force_refresh=True) == second


def test_the_two_kinds_do_not_touch_each_other(platform, client):
    stable = client.fetch_token()
    client.call("/cgi-bin/token", **asked(platform))
    client.token = stable
    assert "ip_list" in client.call("/cgi-bin/getcallbackip")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"appid": ""}, 41002),
        ({"secret": ""}, 41004),
        ({"grant_type": "password"}, 40002),
        ({"appid": "wxother"}, 40013),
        ({"secret": "wrong"}, 40125),
    ],
)
def test_wrong_credentials_have_their_codes(platform, client, change, code):
    assert client.call("/cgi-bin/token", **asked(platform, **change))["errcode"] == code
    assert client.call("/cgi-bin/stable_token", asked(platform, **change))["errcode"] == code


def test_console_switches(platform, client):
    platform.account.is_ip_listed = False
    assert client.call("/cgi-bin/stable_token", asked(platform))["errcode"] == 40164
    platform.account.is_ip_listed, platform.account.is_secret_frozen = True, True
    assert client.call("/cgi-bin/stable_token", asked(platform))["errcode"] == 40243


@pytest.mark.parametrize(
    ("token", "code"), [("", 41001), ("short", 40014), ("x" * 140, 40001), ("sns_" + "x" * 90, 40001)]
)
def test_bad_tokens_have_their_codes(client, token, code):
    status, body = client.raw("/cgi-bin/getcallbackip", access_token=token)
    assert status == 200
    assert f'"errcode": {code}'.encode() in body
    assert b" rid: " in body


def test_an_expired_token(client):
    token = client.fetch_token()
    client.advance(hours=3)
    client.token = token
    assert client.call("/cgi-bin/getcallbackip")["errcode"] == 42001


def test_account_switches_and_quotas(platform, client):
    path = "/cgi-bin/getcallbackip"
    platform.account.unauthorised.add(path)
    assert client.call(path)["errcode"] == 48001
    platform.account.unauthorised.clear()
    platform.account.banned.add(path)
    assert client.call(path)["errcode"] == 48004
    platform.account.banned.clear()
    platform.account.is_restricted = True
    assert client.call(path)["errcode"] == 50002
    platform.account.is_restricted = False
    platform.world.quota[path] = 2
    assert [client.call(path).get("errcode", 0) for _ in range(3)] == [0, 0, 45009]
    client.advance(days=1)
    assert "errcode" not in client.call(path)


def test_posts_without_json_are_told_so(client):
    client.fetch_token()
    path = "/cgi-bin/message/custom/send"
    assert client.call(path, b"")["errcode"] in (44002, 40066)
    assert client.call(path, b"not json")["errcode"] == 47001
    assert client.call(path, "编码".encode("gbk"))["errcode"] == 47001


def test_an_unknown_endpoint_is_a_lint(platform, client):
    assert client.call("/cgi-bin/nonsense")["errcode"] == 40066
    with pytest.raises(AssertionError, match="unknown_endpoint"):
        platform.assert_clean()


def test_too_many_token_calls_are_a_lint(platform, client):
    for _ in range(20):
        client.fetch_token()
    platform.assert_clean()
    client.fetch_token()
    with pytest.raises(AssertionError, match="token_calls_per_hour"):
        platform.assert_clean()
