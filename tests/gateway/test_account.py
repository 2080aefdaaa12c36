"""Menus, tags, QR codes and files against the stand-in."""

import stat
import time
from datetime import timedelta

import pytest

from app.outbox.ports import DeliveryError
from app.outbox.retry import ErrorKind
from app.wechat import media, menus, qrcodes
from bot.commands import parse

JPEG = b"\xff\xd8\xff\xe0" + b"0" * 100


def buttons(menu):
    for button in menu:
        yield from button.get("sub_button", [button])


@pytest.mark.parametrize("menu", [menus.enterprise_menu(), menus.officer_menu()])
def test_every_button_is_a_chat_command(menu) -> None:
    """Buttons and menus lead to the same as the typed words (contract: chat commands)."""
    for button in buttons(menu):
        assert parse(button["key"]) is not None, button


def test_both_menus_are_published_and_again(rig) -> None:
    client = rig.make_client()
    menus.publish(client)
    menus.publish(client)
    found = client.call("menu/get")
    assert len(found["conditionalmenu"]) == 1
    assert found["menu"]["button"] == menus.enterprise_menu()
    assert found["conditionalmenu"][0]["button"] == menus.officer_menu()
    rig.platform.assert_clean()


def test_tagged_officers_see_their_menu(rig) -> None:
    client = rig.make_client()
    menus.publish(client)
    for openid in ("oA", "oB", "oC"):
        rig.platform.user(openid)
    assert menus.sync_officers(client, {"oA", "oB"}) == (2, 0)
    assert menus.sync_officers(client, {"oB", "oC"}) == (1, 1)

    def seen(openid: str):
        return client.call("menu/trymatch", {"user_id": openid})["menu"]["button"]

    assert seen("oA") == menus.enterprise_menu()
    assert seen("oB") == menus.officer_menu() == seen("oC")


def test_codes_for_places_stay_and_codes_for_bindings_end(rig) -> None:
    client = rig.make_client()
    address = qrcodes.create(client, "area:luta")
    assert address.startswith("http://weixin.qq.com/q/")
    qrcodes.create(client, "b:token", timedelta(days=90))
    scenes = {code["scene"]: code["until"] for code in rig.platform.world.qrcodes.values()}
    assert scenes["area:luta"] is None
    assert scenes["b:token"] - rig.now <= timedelta(days=30)
    with pytest.raises(ValueError):
        qrcodes.create(client, "x" * 65)


def test_picture_is_fetched_into_a_private_file(rig, tmp_path) -> None:
    rig.platform.account.callback_url = ""
    with rig.platform.world.lock:
        from app.demo.platform.qrcodes import keep

        media_id = keep(rig.platform.world, "image/jpeg", JPEG)
    name = media.download(rig.make_client(), media_id, tmp_path)
    path = tmp_path / "uploads" / name
    assert path.read_bytes() == JPEG and path.suffix == ".jpg"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


@pytest.mark.parametrize("content", [b"<html><script>", b"MZ\x90\x00", b"PK\x03\x04", b"#!/bin/sh\n"])
def test_type_is_judged_by_content_not_by_what_it_calls_itself(rig, tmp_path, content: bytes) -> None:
    from app.demo.platform.qrcodes import keep

    with rig.platform.world.lock:
        media_id = keep(rig.platform.world, "image/jpeg", content)
    with pytest.raises(DeliveryError):
        media.download(rig.make_client(), media_id, tmp_path)
    assert not (tmp_path / "uploads").exists()


def test_file_that_is_gone_or_too_large(rig, tmp_path) -> None:
    from app.demo.platform.qrcodes import keep

    client = rig.make_client()
    with pytest.raises(DeliveryError) as gone:
        media.download(client, "expired", tmp_path)
    assert gone.value.code == 40007
    with rig.platform.world.lock:
        media_id = keep(rig.platform.world, "image/jpeg", JPEG + b"0" * media.MAX_BYTES)
    with pytest.raises(DeliveryError) as large:
        media.download(client, media_id, tmp_path)
    assert large.value.kind is ErrorKind.CONTENT


def test_download_survives_a_rotated_token(rig, tmp_path) -> None:
    from app.demo.platform.qrcodes import keep

    client = rig.make_client()
    client.tokens.current()
    with rig.platform.world.lock:
        media_id = keep(rig.platform.world, "image/jpeg", JPEG)
    rig.platform.api.tokens.rotate()
    assert media.download(client, media_id, tmp_path)


def test_hanging_download_ends_in_time(rig, tmp_path) -> None:
    client = rig.make_client()
    client.tokens.current()
    rig.platform.fault("hang", 5, path="/cgi-bin/media/get")
    started = time.monotonic()
    with pytest.raises(DeliveryError):
        media.download(client, "m", tmp_path)
    assert time.monotonic() - started < 5
