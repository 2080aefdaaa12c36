"""Menus, tags, people, codes, files, web sign-in, faults and the control plane of the stand-in."""

import json
import time
import urllib.error
import urllib.request

import pytest

MENU = {"button": [{"type": "click", "name": "查进度", "key": "progress"}]}


def test_menus_and_who_sees_which(platform, client):
    platform.user("oOfficer")
    assert client.call("/cgi-bin/menu/get")["errcode"] == 46003
    rule = {**MENU, "matchrule": {"tag_id": "100"}}
    assert client.call("/cgi-bin/menu/addconditional", rule)["errcode"] == 65303
    assert client.call("/cgi-bin/menu/create", MENU)["errcode"] == 0
    assert client.call("/cgi-bin/menu/addconditional", {**MENU, "matchrule": {}})["errcode"] == 65304
    assert (
        client.call("/cgi-bin/menu/addconditional", {**MENU, "matchrule": {"sex": "1"}})["errcode"] == 65320
    )
    tag = client.call("/cgi-bin/tags/create", {"tag": {"name": "服务专员"}})["tag"]["id"]
    officer = {
        "button": [{"type": "click", "name": "待办", "key": "todo"}],
        "matchrule": {"tag_id": str(tag)},
    }
    menu_id = client.call("/cgi-bin/menu/addconditional", officer)["menuid"]
    client.call("/cgi-bin/tags/members/batchtagging", {"openid_list": ["oOfficer"], "tagid": tag})
    seen = client.call("/cgi-bin/menu/trymatch", {"user_id": "oOfficer"})["menu"]["button"][0]["key"]
    assert seen == "todo"
    assert client.call("/cgi-bin/menu/get")["conditionalmenu"][0]["menuid"] == menu_id
    assert client.call("/cgi-bin/menu/delconditional", {"menuid": "1"})["errcode"] == 65301
    client.call("/cgi-bin/menu/delete")
    assert client.call("/cgi-bin/menu/get")["errcode"] == 46003


@pytest.mark.parametrize(
    ("button", "code"),
    [
        ({"type": "click", "name": "很长很长的名字", "key": "k"}, 40018),
        ({"type": "click", "name": "好", "key": "k" * 129}, 40019),
        ({"type": "view", "name": "好", "url": "u" * 1025}, 40020),
        ({"type": "smoke", "name": "好", "key": "k"}, 40015),
        ({"name": "好", "sub_button": [{"type": "click", "name": "子", "key": "k"}] * 6}, 40023),
        ({"name": "好", "sub_button": [{"type": "click", "name": "子" * 21, "key": "k"}]}, 40025),
    ],
)
def test_buttons_have_limits(client, button, code):
    assert client.call("/cgi-bin/menu/create", {"button": [button]})["errcode"] == code


def test_people_and_tags(platform, client):
    platform.user("oA")
    platform.stranger("oB")
    assert client.call("/cgi-bin/user/get")["data"]["openid"] == ["oA"]
    assert client.call("/cgi-bin/user/info", openid="oA")["nickname"] == ""
    assert client.call("/cgi-bin/user/info", openid="oB")["subscribe"] == 0
    assert client.call("/cgi-bin/user/info", openid="oC")["errcode"] == 40003
    tag = client.call("/cgi-bin/tags/create", {"tag": {"name": "专员"}})["tag"]["id"]
    assert client.call("/cgi-bin/tags/create", {"tag": {"name": "专员"}})["errcode"] == 45157
    members = {"openid_list": ["oA"], "tagid": tag}
    assert client.call("/cgi-bin/tags/members/batchtagging", members)["errcode"] == 0
    assert client.call("/cgi-bin/tags/getidlist", {"openid": "oA"})["tagid_list"] == [tag]
    assert client.call("/cgi-bin/tags/get")["tags"] == [{"id": tag, "name": "专员", "count": 1}]
    client.call("/cgi-bin/tags/members/batchuntagging", members)
    assert client.call("/cgi-bin/tags/getidlist", {"openid": "oA"})["tagid_list"] == []
    many = {"openid_list": ["oA"] * 51, "tagid": tag}
    assert client.call("/cgi-bin/tags/members/batchtagging", many)["errcode"] == 40003
    client.call("/cgi-bin/tags/update", {"tag": {"id": tag, "name": "帮办"}})
    client.call("/cgi-bin/tags/delete", {"tag": {"id": tag}})
    assert client.call("/cgi-bin/tags/get")["tags"] == []


def scene(name, value, **more):
    key = "scene_str" if isinstance(value, str) else "scene_id"
    return {"action_name": name, "action_info": {"scene": {key: value}}, **more}


def test_codes_bring_followers_with_their_scene(platform, client, callback):
    code = client.call("/cgi-bin/qrcode/create", scene("QR_STR_SCENE", "bind:9f3c", expire_seconds=600))
    assert code["expire_seconds"] == 600
    stranger = platform.stranger("oNew")
    stranger.scan(code["ticket"])
    assert callback.received[-1].only("EventKey") == "qrscene_bind:9f3c"
    stranger.scan(code["ticket"])
    assert (callback.received[-1].only("Event"), callback.received[-1].only("EventKey")) == (
        "SCAN",
        "bind:9f3c",
    )
    client.advance(seconds=601)
    assert stranger.scan(code["ticket"]) is None
    status, picture = client.raw("/cgi-bin/showqrcode", ticket=code["ticket"])
    assert (status, picture[:4]) == (200, b"\x89PNG")


@pytest.mark.parametrize(
    "body",
    [
        scene("QR_SCENE", 0),
        scene("QR_LIMIT_SCENE", 100_001),
        scene("QR_STR_SCENE", "x" * 65),
        scene("QR_X", 1),
    ],
)
def test_bad_scenes_are_refused(client, body):
    assert client.call("/cgi-bin/qrcode/create", body)["errcode"] == 40053


def test_pictures_from_a_phone_can_be_fetched(platform, client, callback):
    platform.user("oA").send_image(b"\xff\xd8 a picture")
    media_id = callback.received[-1].only("MediaId")
    token = client.fetch_token()
    assert client.raw("/cgi-bin/media/get", access_token=token, media_id=media_id)[1] == b"\xff\xd8 a picture"
    assert client.call("/cgi-bin/media/get", media_id="?")["errcode"] == 40007


def test_uploads(client):
    token = client.fetch_token()
    body = b'--B\r\nContent-Disposition: form-data; name="media"; filename="a.jpg"\r\n\r\nbytes\r\n--B--\r\n'
    url = f"{client.platform.base_url}/cgi-bin/media/upload?access_token={token}&type=image"
    headers = {"Content-Type": "multipart/form-data; boundary=B"}
    with urllib.request.urlopen(urllib.request.Request(url, body, headers)) as response:
        media_id = json.loads(response.read())["media_id"]
    assert client.raw("/cgi-bin/media/get", access_token=token, media_id=media_id)[1] == b"bytes"


def sign_in(platform, **query):
    class Stay(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *args):
            return None

    url = f"{platform.base_url}/connect/oauth2/authorize?" + urllib.parse.urlencode(query)
    try:
        return urllib.request.build_opener(Stay).open(url).read().decode()
    except urllib.error.HTTPError as redirect:
        return redirect.headers["Location"]


def test_web_sign_in(platform, client):
    platform.user("oA")
    back = sign_in(platform, redirect_uri="http://127.0.0.1:8000/t/x", state="s1", x_openid="oA")
    query = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(back).query))
    assert query["state"] == "s1"
    account = platform.account
    given = {"appid": account.app_id, "secret": account.secret, "code": query["code"]}
    path = "/sns/oauth2/access_token"
    assert json.loads(client.raw(path, **given)[1])["openid"] == "oA"
    assert json.loads(client.raw(path, **given)[1])["errcode"] == 40163
    assert json.loads(client.raw(path, **{**given, "code": "no"})[1])["errcode"] == 40029
    assert json.loads(client.raw(path, **{**given, "code": ""})[1])["errcode"] == 41008
    late = sign_in(platform, redirect_uri="http://127.0.0.1:8000/t/x", x_openid="oA")
    code = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(late).query))["code"]
    client.advance(seconds=301)
    assert json.loads(client.raw(path, **{**given, "code": code})[1])["errcode"] == 42003
    assert "10003" in sign_in(platform, redirect_uri="http://evil.example/x", x_openid="oA")


def test_clearing_quotas_is_rationed(platform, client):
    body = {"appid": platform.account.app_id}
    assert [client.call("/cgi-bin/clear_quota", body)["errcode"] for _ in range(11)] == [0] * 10 + [48006]


def test_error_faults(platform, client):
    platform.user("oA").send_text("你好")
    platform.fault("errcode", -1, path="/cgi-bin/message/custom/send", nth=2, times=2)
    assert [client.say("oA", f"第{n}条")["errcode"] for n in range(4)] == [0, -1, -1, 0]


def test_transport_faults(platform, client):
    client.fetch_token()
    platform.fault("http", 502)
    with pytest.raises(urllib.error.HTTPError):
        client.call("/cgi-bin/getcallbackip")
    platform.fault("empty200")
    assert client.raw("/cgi-bin/getcallbackip", access_token=client.token) == (200, b"")
    platform.fault("html200")
    assert client.raw("/cgi-bin/getcallbackip", access_token=client.token)[1].startswith(b"<html>")
    platform.fault("drop")
    with pytest.raises(OSError):
        client.call("/cgi-bin/getcallbackip")
    platform.fault("slow_body", 0.3)
    began = time.monotonic()
    assert "ip_list" in client.call("/cgi-bin/getcallbackip")
    assert time.monotonic() - began > 0.25


def test_a_message_may_be_shown_though_the_answer_is_lost(platform, client):
    phone = platform.user("oA")
    phone.send_text("你好")
    client.fetch_token()
    platform.fault("process_then_hang", 0.05, path="/cgi-bin/message/custom/send")
    with pytest.raises(OSError):
        client.say("oA", "到了吗")
    assert "到了吗" in phone.texts


def test_token_faults(platform, client):
    client.fetch_token()
    platform.fault("rotate_token")
    assert client.call("/cgi-bin/getcallbackip")["errcode"] == 40001
    client.fetch_token()
    platform.fault("expire_token")
    assert client.call("/cgi-bin/getcallbackip")["errcode"] == 42001


def test_unknown_faults_cannot_be_ordered(platform):
    with pytest.raises(ValueError, match="catalogue"):
        platform.fault("errcode", 99999)
    with pytest.raises(ValueError, match="unknown action"):
        platform.fault("explode")


def test_the_control_plane_drives_another_process(platform, client, callback):
    def control(action, body=None, **query):
        return json.loads(client.raw(f"/__control__/{action}", body, **query)[1])

    callback.answer = lambda c, m: (200, c.sealed(m, "好的"))
    assert control("user", {"openid": "oA"})["ok"]
    done = control("act", {"openid": "oA", "do": "send_text", "with": {"text": "你好"}})
    assert done["result"] == {"verdict": "shown", "text": "好的", "deliveries": 1}
    assert control("inbox", openid="oA")["result"][0]["kind"] == "passive"
    assert control("template", {"template_id": "T1", "title": "提醒", "fields": {"thing1": "x"}})["ok"]
    assert control("policy", {"resign": "same", "latency_s": [0, 0]})["ok"]
    assert platform.policy.resign == "same"
    assert control("fault", {"match": {"path": "/cgi-bin/getcallbackip"}, "action": "errcode", "value": -1})[
        "ok"
    ]
    assert client.call("/cgi-bin/getcallbackip")["errcode"] == -1
    before = platform.clock.now()
    control("clock", {"advance": 3600})
    assert (platform.clock.now() - before).total_seconds() >= 3600
    assert control("counters")["result"]["tokens_stable"] == 1
    assert control("record", path="/cgi-bin/stable_token")["result"]["calls"][0]["method"] == "POST"
    assert control("lints")["result"] == []
    assert "error" in control("policy", {"nonsense": 1})
    assert "error" in control("act", {"openid": "oA", "do": "_message"})
    control("reset")
    assert "error" in control("inbox", openid="oA")
