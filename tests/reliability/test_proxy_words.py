"""What the shipped nginx file refuses by itself it says in Chinese, with what to do (E1, D1)."""

import json
import socket
from collections.abc import Callable
from typing import Any

import pytest

HOST = "qiying.example.gov.cn"


@pytest.fixture
def proxy(new_proxy: Callable[[list[int]], Any]) -> Any:
    """nginx in front of a process that is just being started again: nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        nobody = probe.getsockname()[1]
    return new_proxy([nobody])


def answer(proxy: Any, path: str, *, length: int = 0, method: str = "GET") -> tuple[int, dict[str, str], str]:
    """Status, headers and body of one request that says to bring so many bytes."""
    head = (
        f"{method} {path} HTTP/1.1\r\nHost: {HOST}\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n"
    )
    with proxy.connect() as line:
        line.sendall(head.encode())
        stream = line.makefile("rb")
        status = int(stream.readline()[9:12])
        headers = dict(row.decode().lower().strip().split(": ", 1) for row in iter(stream.readline, b"\r\n"))
        return status, headers, stream.read(int(headers["content-length"])).decode()


def test_a_restart_a_large_file_and_haste_are_explained(proxy: Any) -> None:
    """Status codes stay; a page for people, JSON for systems, plain words for WeChat; 429 instead of 503."""
    for path, kind in (
        ("/admin", "text/html; charset=utf-8"),
        ("/t/x", "text/html; charset=utf-8"),
        ("/api/v1/tickets", "application/json"),
        ("/wechat", "text/plain; charset=utf-8"),
    ):
        status, headers, words = answer(proxy, path)
        assert (status, headers["content-type"], headers["retry-after"]) == (502, kind, "60")
        assert "正在重启，请一分钟后再试" in words
        status, headers, words = answer(proxy, path, length=40 * 1024 * 1024, method="POST")
        assert (status, headers["content-type"], "retry-after" in headers) == (413, kind, False)
        assert "内容太大" in words
    assert json.loads(answer(proxy, "/api/v1/tickets")[2])["message"].startswith("系统正在重启")
    hasty = [answer(proxy, "/admin/login") for _ in range(14)]
    status, headers, words = hasty[-1]
    assert (status, headers["retry-after"]) == (429, "10")
    assert "点得太快了" in words
    assert '<html lang="zh-CN">' in words
    visited = (proxy.folder / "access.log").read_text()
    assert "/admin/login" in visited
    assert "/t/x" not in visited
    assert 503 not in {status for status, _, _ in hasty}
