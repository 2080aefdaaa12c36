"""The signature by which a receiver knows that a message is ours and not a replay."""

import hmac
from hashlib import sha256

SIGNATURE = "X-Qiying-Signature"
TIMESTAMP = "X-Qiying-Timestamp"
DELIVERY = "X-Qiying-Delivery"


def secret_of(signing_key: bytes, system: str, salt: str) -> str:
    """The secret of one endpoint: derived, so that a copy of the database gives none away."""
    return hmac.new(signing_key, f"webhook:{system}:{salt}".encode(), sha256).hexdigest()


def headers_for(secret: str, body: bytes, *, timestamp: int, delivery_id: str) -> dict[str, str]:
    """HMAC-SHA256 over `{timestamp}.{body}`; `timestamp` in seconds since 1970."""
    signed = hmac.new(secret.encode(), f"{timestamp}.".encode() + body, sha256).hexdigest()
    return {
        "Content-Type": "application/json; charset=utf-8",
        SIGNATURE: f"sha256={signed}",
        TIMESTAMP: str(timestamp),
        DELIVERY: delivery_id,
    }
