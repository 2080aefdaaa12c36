"""One POST to an address that somebody registered: never into our own network, never redirected (SSRF).

The name is resolved once and the connection goes to that very address: a name that answers with a public
address first and a private one later gains nothing.
"""

import ipaddress
import socket
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

import certifi
import urllib3
from urllib3.exceptions import HTTPError

from app.errors import AppError

TIMEOUT = urllib3.Timeout(connect=5.0, read=10.0)
MOST_BYTES = 64 * 1024


class AddressRefused(AppError):
    """We do not send there; the message says why."""

    status_code = 422


@dataclass(frozen=True)
class Outcome:
    """`status` 0: nobody answered; `error` is a word for the log and the list, never the body."""

    status: int
    error: str = ""

    @property
    def is_delivered(self) -> bool:
        """Any 2xx."""
        return 200 <= self.status < 300


def check_address(url: str, *, allows_loopback: bool) -> tuple[SplitResult, str]:
    """The parsed URL and the one IP address to connect to; AddressRefused for everything else than public https."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise AddressRefused("地址写得不对，应像 https://系统域名/路径", field="url") from None
    if not parts.hostname or parts.username or parts.fragment:
        raise AddressRefused("地址写得不对，应像 https://系统域名/路径，不含账号", field="url")
    try:
        found = socket.getaddrinfo(parts.hostname, port or 443, type=socket.SOCK_STREAM)
    except OSError:
        raise AddressRefused(f"查不到 {parts.hostname} 的地址，请核对域名", field="url") from None
    addresses = [ipaddress.ip_address(item[4][0]) for item in found]
    if allows_loopback and all(address.is_loopback for address in addresses):
        return parts, str(addresses[0])
    if parts.scheme != "https":
        raise AddressRefused("只发往 https 地址", field="url")
    if any(not _is_public(address) for address in addresses):
        raise AddressRefused("不发往内网、本机或保留地址", field="url")
    return parts, str(addresses[0])


def post(url: str, body: bytes, headers: dict[str, str], *, allows_loopback: bool) -> Outcome:
    """Send once; no redirect is followed and at most 64 KiB of the answer are read."""
    try:
        parts, address = check_address(url, allows_loopback=allows_loopback)
    except AddressRefused as refusal:
        return Outcome(0, refusal.message)
    host = parts.netloc
    target = f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}"
    pool: urllib3.HTTPConnectionPool
    if parts.scheme == "https":
        pool = urllib3.HTTPSConnectionPool(
            address, parts.port or 443, assert_hostname=parts.hostname, server_hostname=parts.hostname,
            ca_certs=certifi.where(), timeout=TIMEOUT,
        )  # fmt: skip
    else:
        pool = urllib3.HTTPConnectionPool(address, parts.port or 80, timeout=TIMEOUT)
    try:
        answer = pool.request(
            "POST", target, body=body, headers={**headers, "Host": host}, redirect=False, retries=False,
            preload_content=False,
        )  # fmt: skip
        answer.read(MOST_BYTES)
        return Outcome(answer.status, "" if 200 <= answer.status < 300 else f"HTTP {answer.status}")
    except (HTTPError, OSError) as error:
        return Outcome(0, type(error).__name__)
    finally:
        pool.close()


def _is_public(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_global and not (mapped or address).is_multicast
