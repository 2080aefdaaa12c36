"""Pictures and videos on the phone page (B8): shown from our own address, and only those of public entries."""

from dataclasses import replace
from pathlib import Path

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from app.phone.deps import PhoneDeps
from app.phone.markdown import Renderer
from app.phone.router import phone_router
from handbook.entry import Entry, Section

PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 40
ENTRY = "registration/individual-setup"
BODY = (
    '先看图。\n\n![六步 <b>图"](_images/steps.png)\n\n![外面的](https://evil.example/p.png)\n\n'
    "[视频：怎么填表](https://v.qq.com/x/a.html)\n\n[视频：别处的](https://evil.example/v)"
)


@pytest.fixture
def site(mobile, tmp_path: Path) -> TestClient:
    """The phone pages over the same entries, one of them with pictures, and the folders they lie in."""
    folder = tmp_path / "kb/registration/_images"
    folder.mkdir(parents=True)
    for name in ("steps.png", "draft.png", "notes.png"):
        (folder / name).write_bytes(PNG)
    (tmp_path / "kb/registration/secret.png").write_bytes(PNG)
    entry: Entry = mobile.search.entries[ENTRY]
    shown = replace(
        entry,
        sections=(*entry.sections, Section("常见问题", BODY)),
        internal_notes="![只给内部](_images/notes.png)",
    )
    officers = replace(shown, id="registration/officers", audience="officer")
    mobile.search.entries |= {shown.id: shown, officers.id: officers}
    deps = PhoneDeps(
        db=mobile.db, search=mobile.search, profile=mobile.rules.profile, clock=mobile.clock,
        signing_key=b"k" * 32,
        not_solved=lambda _token: None, rules=lambda _session: mobile.rules, kb_folders=(tmp_path / "kb",),
    )  # fmt: skip
    app = FastAPI()
    app.include_router(phone_router(deps))
    return TestClient(app)


def test_the_page_shows_our_pictures_and_only_ours(site: TestClient, page_faults) -> None:
    response = site.get(f"/h/{ENTRY}")
    assert page_faults(response.text) == []
    assert f'<img src="/h-images/{ENTRY}/steps.png"' in response.text
    assert 'alt="六步 &lt;b&gt;图&quot;"' in response.text
    assert 'loading="lazy"' in response.text
    assert response.text.count("<img src") == 1
    assert "外面的" in response.text
    assert "evil.example/p.png" not in response.text
    assert "img-src 'self' data:;" in response.headers["content-security-policy"]


def test_a_known_video_is_a_button(site: TestClient) -> None:
    text = site.get(f"/h/{ENTRY}").text
    assert 'href="https://v.qq.com/x/a.html" class="video"' in text
    assert text.count('class="video"') == 1


def test_the_picture_comes_with_its_type_and_may_be_kept(site: TestClient) -> None:
    response = site.get(f"/h-images/{ENTRY}/steps.png")
    assert (response.status_code, response.content) == (200, PNG)
    assert response.headers["content-type"] == "image/png"
    assert response.headers["cache-control"] == "public, max-age=86400"
    assert response.headers["x-content-type-options"] == "nosniff"
    assert "default-src 'self'" in response.headers["content-security-policy"]


@pytest.mark.parametrize(
    "path",
    [
        f"{ENTRY}/draft.png",  # lies there, but no public entry shows it
        f"{ENTRY}/notes.png",  # in the internal notes only
        "registration/officers/steps.png",  # the entry is for officers
        "registration/none/steps.png",
        f"{ENTRY}/..%2Fsecret.png",
        f"{ENTRY}/%2e%2e/secret.png",
        f"{ENTRY}/steps.png%00",
        f"{ENTRY}/STEPS.PNG",
        "smalltalk/thanks/steps.png",
    ],
)
def test_nothing_else_can_be_asked_for(site: TestClient, path: str) -> None:
    assert site.get(f"/h-images/{path}").status_code == 404


def test_without_an_entry_only_the_words_are_left() -> None:
    """The short answer and whatever else is no section never shows a picture."""
    assert Renderer().html("![六步图](_images/steps.png)") == "<p>六步图</p>"
