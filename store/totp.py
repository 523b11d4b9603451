"""One-time codes of six digits every 30 seconds: RFC 6238 with HMAC-SHA-1, as every authenticator app makes them."""

import base64
import binascii
import hmac
import secrets
from datetime import datetime
from urllib.parse import quote

STEP_S = 30
DIGITS = 6
DRIFT = 1
"""Steps that a phone's clock may be off either way (RFC 6238, 5.2: one step of network delay)."""


def new_secret() -> str:
    """Return a fresh secret of 160 bits (RFC 4226, 4, requirement 6) in Base32."""
    return base64.b32encode(secrets.token_bytes(20)).decode()


def code_of(secret: str, step: int) -> str:
    """Return the code of a step, counted in units of `STEP_S` since 1970 (RFC 4226, 5.3)."""
    digest = hmac.digest(base64.b32decode(secret), step.to_bytes(8, "big"), "sha1")
    offset = digest[-1] & 0x0F
    number = int.from_bytes(digest[offset : offset + 4], "big") & 0x7FFF_FFFF
    return f"{number % 10**DIGITS:0{DIGITS}d}"


def step_of(secret: str, code: str, at: datetime) -> int | None:
    """Return the step whose code this is, within the drift allowed; None for a wrong code."""
    given = "".join(code.split())
    here = int(at.timestamp()) // STEP_S
    try:
        steps = [s for s in range(here - DRIFT, here + DRIFT + 1) if hmac.compare_digest(code_of(secret, s), given)]
    except (TypeError, binascii.Error):
        return None
    return steps[-1] if steps else None


def address(secret: str, login: str) -> str:
    """Return what an authenticator app reads as a QR code or a link (the key URI format of such apps)."""
    return f"otpauth://totp/{quote('黄鱼')}:{quote(login)}?secret={secret}&issuer={quote('黄鱼')}"
