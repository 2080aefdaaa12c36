#!/usr/bin/env python3
"""一个公众号只能填一个服务器地址：放在前面的小转发，让企应和老系统共用一个号。只用标准库，Python 3.9 以上。

微信 → 本程序 → 企应（全部消息，查询串和正文一字不改）
              → 老系统（只有下面列出的关键词、菜单键和扫码，其余不送）

安全模式的消息是加密的，转发不解密就看不到关键词。所以分两种用法：

1. 不给 EncodingAESKey（默认）：全部转给企应，企应不在时转给老系统。老系统只留网页和菜单链接。
2. RELAY_LEGACY_FIRST=1：先问老系统，老系统回 success、空或出错，再问企应。关键词由老系统自己认：
   它认得的自己回，不认得的回 success。两边必须用同一套 Token 和 EncodingAESKey。

设置（环境变量）：
  RELAY_QIYING        企应的地址，如 http://127.0.0.1:8000/wechat（必填）
  RELAY_LEGACY        老系统的地址，如 http://127.0.0.1:9000/wx（可不填）
  RELAY_LEGACY_FIRST  1：先问老系统
  RELAY_PORT          监听端口，默认 8090，只监听本机，前面放带证书的反向代理
"""

import os
import sys
import time
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

TOTAL_S = 4.5  # 微信等 5 秒
LEGACY_S = 1.5  # 老系统最多占这么久，余下的给企应
MAX_BODY = 64 * 1024
SUCCESS = b"success"


def ask(address, query, body, content_type, timeout_s):
    """One request handed on unchanged; (status, content type, body), or None if there is no usable answer."""
    url = f"{address}?{query}" if query else address
    request = urllib.request.Request(url, data=body, headers={"Content-Type": content_type or "text/xml"})  # noqa: S310
    try:
        with urllib.request.urlopen(request, timeout=timeout_s) as answer:  # noqa: S310
            return answer.status, answer.headers.get("Content-Type", "text/plain"), answer.read(MAX_BODY * 4)
    except urllib.error.HTTPError as error:
        return error.code, error.headers.get("Content-Type", "text/plain"), error.read(MAX_BODY)
    except OSError:
        return None


def has_answered(answer):
    """Whether a system took the message as its own: it said more than `success`."""
    return answer is not None and answer[0] == 200 and answer[2].strip() not in (b"", SUCCESS)


class Relay(BaseHTTPRequestHandler):
    """`server.qiying`, `server.legacy` and `server.is_legacy_first` say where to."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        """The console's echo: Qiying knows the token."""
        self._hand_on(None)

    def do_POST(self):
        """A message."""
        length = int(self.headers.get("Content-Length") or 0)
        if not 0 <= length <= MAX_BODY:
            self._answer((413, "text/plain", b"too large"))
            return
        self._hand_on(self.rfile.read(length))

    def _hand_on(self, body):
        query = self.path.partition("?")[2]
        deadline = time.monotonic() + TOTAL_S
        kind = self.headers.get("Content-Type", "")

        def left():
            return max(0.2, deadline - time.monotonic())

        legacy = self.server.legacy
        if legacy and self.server.is_legacy_first and body is not None:
            answer = ask(legacy, query, body, kind, min(LEGACY_S, left()))
            if has_answered(answer):
                self._answer(answer)
                return
        answer = ask(self.server.qiying, query, body, kind, left())
        if answer is None and legacy and not self.server.is_legacy_first:
            answer = ask(legacy, query, body, kind, left())
        # No answer at all: not `success`, so that WeChat sends the message again.
        self._answer(answer or (503, "text/plain", b"unavailable"))

    def _answer(self, answer):
        status, kind, body = answer
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)
        self.close_connection = True

    def log_message(self, format, *args):
        """Nothing: the query holds signatures."""


def serve(qiying, legacy="", is_legacy_first=False, port=0):
    """A relay that listens on this machine; the caller runs `serve_forever`."""
    server = ThreadingHTTPServer(("127.0.0.1", port), Relay)
    server.daemon_threads = True
    server.qiying, server.legacy, server.is_legacy_first = qiying, legacy, is_legacy_first
    return server


def main():
    """Serve until killed."""
    qiying = os.environ.get("RELAY_QIYING", "")
    if not qiying:
        sys.exit("缺少 RELAY_QIYING：企应的地址，如 http://127.0.0.1:8000/wechat")
    is_first = os.environ.get("RELAY_LEGACY_FIRST") == "1"
    serve(
        qiying, os.environ.get("RELAY_LEGACY", ""), is_first, int(os.environ.get("RELAY_PORT", "8090"))
    ).serve_forever()


if __name__ == "__main__":
    main()
