"""The playground's API: two phones over the real callback."""

import json
import time
import urllib.error
import urllib.request

import pytest


def get(stage, path):
    with urllib.request.urlopen(stage.url + path, timeout=30) as response:
        return response


def chat(stage, openid="oEnterprise", **query):
    rest = "".join(f"&{name}={value}" for name, value in query.items())
    with urllib.request.urlopen(
        f"{stage.url}/playground/api/phone?openid={openid}{rest}", timeout=30
    ) as response:
        return json.loads(response.read())


def post(stage, path, body, kind="application/json"):
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    request = urllib.request.Request(stage.url + path, data, {"Content-Type": kind})
    try:
        with urllib.request.urlopen(request, timeout=30) as response:
            return response.status
    except urllib.error.HTTPError as error:
        return error.code


def act(stage, do, openid="oEnterprise", **more):
    return post(stage, "/playground/api/act", {"openid": openid, "do": do, **more})


def settled(stage, count, openid="oEnterprise"):
    deadline = time.monotonic() + 30
    view = chat(stage, openid)
    while (len(view["entries"]) < count or view["awaiting"]) and time.monotonic() < deadline:
        time.sleep(0.02)
        view = chat(stage, openid)
    return view


def test_a_text_goes_through_the_callback_and_comes_back(stage):
    assert act(stage, "text", text="你好") == 202
    said, answered = settled(stage, 2)["entries"]
    assert (said["kind"], said["parts"]) == ("sent", [{"kind": "text", "text": "你好"}])
    assert (answered["kind"], answered["parts"]) == ("passive", [{"kind": "text", "text": "收到：你好"}])
    assert stage.platform.record.deliveries[0].query["encrypt_type"] == "aes"


def test_options_and_links_are_parts_and_a_tap_says_its_content(stage):
    act(stage, "text", text="菜单")
    parts = settled(stage, 2)["entries"][1]["parts"]
    assert [part["kind"] for part in parts] == ["text", "option", "text", "link"]
    option, link = parts[1], parts[3]
    assert link["url"] == f"{stage.url}/h/a/b"
    act(stage, "text", text=option["say"], value=option["id"])
    assert settled(stage, 4)["entries"][3]["parts"][0]["text"] == "收到：我很满意"


def test_only_what_is_new_is_sent(stage):
    act(stage, "text", text="你好")
    view = settled(stage, 2)
    last = view["entries"][-1]["number"]
    assert chat(stage, after=last, generation=view["generation"])["entries"] == []


def test_following_and_leaving(stage):
    assert chat(stage, "oStranger")["following"] is False
    assert act(stage, "text", "oStranger", text="你好") == 409
    assert act(stage, "follow", "oStranger") == 202
    assert settled(stage, 1, "oStranger")["following"] is True
    assert act(stage, "unfollow", "oStranger") == 202


def test_the_menu_is_the_accounts(stage):
    button = {"type": "click", "name": "查进度", "key": "进度"}
    stage.platform.world.default_menu = {"button": [{"name": "我的诉求", "sub_button": [button]}]}
    assert chat(stage)["menu"][0]["buttons"][0]["key"] == "进度"
    act(stage, "menu", text="查进度", value="进度")
    tapped, answered = settled(stage, 2)["entries"]
    assert tapped["menu"] is True
    assert answered["parts"][0]["text"] == "收到：进度"


def test_a_picture_is_sent_and_shown(stage):
    picture = b"\x89PNG\r\n\x1a\n picture"
    assert post(stage, "/playground/api/image?openid=oEnterprise", picture, "image/png") == 202
    address = settled(stage, 2)["entries"][0]["image"]
    response = get(stage, address)
    assert response.headers["content-type"] == "image/png"
    assert post(stage, "/playground/api/image?openid=oEnterprise", b"<svg/>", "image/svg+xml") == 415
    assert post(stage, "/playground/api/image?openid=oEnterprise", bytes(6 << 20), "image/png") == 413


def test_templates_are_cards(stage):
    person = stage.platform.user("oOfficer").person
    details = {"title": "新诉求", "rows": [("内容", "修路")], "url": "javascript:alert(1)"}
    stage.platform.world.show(person, "template", "新诉求", details=details)
    (entry,) = chat(stage, "oOfficer")["entries"]
    assert entry["card"] == {"title": "新诉求", "rows": [["内容", "修路"]], "url": ""}


def test_the_clock_and_the_reset(stage):
    act(stage, "text", text="你好")
    first = settled(stage, 2)
    assert post(stage, "/playground/api/advance", {"days": 1}) == 200
    assert stage.advanced == [1]
    assert post(stage, "/playground/api/advance", {"days": 0}) == 422
    assert post(stage, "/playground/api/reset", {}) == 200
    again = chat(stage, after=0, generation=first["generation"])
    assert (again["entries"], again["generation"]) == ([], first["generation"] + 1)


def test_nobody_outside_the_cast_gets_a_phone(stage):
    assert act(stage, "text", "oSomebody", text="你好") == 404
    assert "oSomebody" not in stage.platform.world.people


@pytest.mark.parametrize("path", ["/playground/api/act", "/playground/api/advance", "/playground/api/reset"])
def test_another_sites_form_cannot_post(stage, path):
    """A form sends no JSON, and a script of another site may not without asking first."""
    for kind in ("text/plain", "application/x-www-form-urlencoded"):
        assert post(stage, path, {"openid": "oEnterprise", "do": "text", "text": "x"}, kind) == 422
    assert stage.platform.record.deliveries == []


def test_the_page_allows_no_inline_code(stage):
    response = urllib.request.urlopen(f"{stage.url}/playground")
    policy = response.headers["content-security-policy"]
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy
    page = response.read().decode()
    assert "演示" in page
    assert " style=" not in page
    assert "<style" not in page
    assert page.count("<script") == 1
    with pytest.raises(urllib.error.HTTPError):
        urllib.request.urlopen(f"{stage.url}/playground/static/..%2frouter.py")
