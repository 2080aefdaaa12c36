"""A picture through the panel (B8): put in by an editor, seen by readers of the draft, audited, published."""

import re
from collections.abc import Callable

ENTRY = "registration/name-declaration"
PAGE = f"/admin/handbook/entry/{ENTRY}"
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108000000003a7e9b55"
    "0000000a49444154789c63600000000200015da76ba80000000049454e44ae426082"
)


def start(browser: object) -> str:
    _, text = browser.send(PAGE, f"{PAGE}/start")
    found = re.search(r"/admin/handbook/drafts/[0-9a-f-]+", text)
    assert found is not None
    return found[0]


def upload(browser: object, path: str, content: bytes, **fields: str) -> tuple[int, str]:
    page = browser.client.get(path).text
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    version = re.search(r'name="version" value="(\d+)"', page)
    data = {"alt": "三步图", "heading": "办理流程", "version": version[1] if version else "1",
            "csrf_token": token[1] if token else ""} | fields  # fmt: skip
    sent = browser.client.post(
        f"{path}/images", data=data, files={"file": ("../../x.php", content)}, follow_redirects=False
    )
    return sent.status_code, browser.get(path) if sent.status_code == 303 else sent.text


def test_put_in_seen_published_audited(world: object, login: Callable[[str], object]) -> None:
    zhang, li = login("zhang"), login("li")
    path = start(zhang)
    status, text = upload(zhang, path, PNG)
    assert status == 303
    address = re.search(rf'<img src="({path}/images/[0-9a-f]+\.png)" alt="三步图"', text)
    assert address is not None
    shown = li.client.get(address[1])
    assert (shown.content, shown.headers["content-type"]) == (PNG, "image/png")
    assert shown.headers["x-content-type-options"] == "nosniff"
    version = re.search(r'name="version" value="(\d+)"', text)[1]
    zhang.send(path, f"{path}/do/submit", version=version)
    status, _ = li.send(path, f"{path}/do/publish", version=str(int(version) + 1))
    assert status == 303
    assert world.service.reload_if_changed() is True
    assert "_images/" in "".join(part.body for part in world.service.entry(ENTRY).sections)
    assert ("zhang", "handbook.picture", f"entry:{ENTRY}", True) in world.audited()


def test_what_is_no_picture_is_refused_with_a_sentence(world: object, login: Callable[[str], object]) -> None:
    zhang = login("zhang")
    path = start(zhang)
    status, text = upload(zhang, path, b"<?php echo 1;")
    assert status == 400
    assert "只收 PNG、JPG、WebP" in text
    assert ("zhang", "handbook.picture", f"entry:{ENTRY}", False) in world.audited()
    assert upload(zhang, path, PNG, csrf_token="forged")[0] == 403
    assert list(world.desk.local_dir.rglob("_images/*")) == []


def test_readers_may_not_put_pictures_in(world: object, login: Callable[[str], object]) -> None:
    path = start(login("zhang"))
    assert upload(login("auditor"), path, PNG)[0] == 403
    assert list(world.desk.local_dir.rglob("_images/*")) == []


def test_only_what_the_draft_names_is_handed_out(world: object, login: Callable[[str], object]) -> None:
    zhang = login("zhang")
    path = start(zhang)
    for name in ("individual-setup-steps.png", "..%2F..%2Fcategories.toml", "none.png"):
        assert zhang.status(f"{path}/images/{name}") == 404
