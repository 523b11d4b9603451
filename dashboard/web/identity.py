"""OpenID Connect as values: what a provider says of itself, the challenge of one sign-in, the check of its answer.

OpenID Connect Core 1.0 (code flow, clause 3.1) with PKCE (RFC 7636, S256) and the checks of clause 3.1.3.7.
"""

import base64
import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import jwt

from core.errors import AppError

ALGORITHMS = ("RS256", "ES256", "PS256", "EdDSA")
"""Signatures by a key that only the provider has; "none" and shared-secret ones are refused."""
LEEWAY_S = 60
"""How far the two clocks may differ. [s]"""


class IdentityError(AppError):
    """The identity provider's answer cannot be trusted: check issuer, client id, secret and both clocks."""


@dataclass(frozen=True, kw_only=True)
class Provider:
    """What discovery (``/.well-known/openid-configuration``) says of a provider."""

    issuer: str
    authorize_url: str
    token_url: str
    keys_url: str


@dataclass(frozen=True, kw_only=True)
class Challenge:
    """The secrets of one sign-in, kept in the browser's own HttpOnly cookie until the provider sends it back."""

    state: str
    nonce: str
    verifier: str


def provider_of(issuer: str, told: Mapping[str, Any]) -> Provider:
    """Return the provider that a discovery document describes.

    Raises
    ------
    IdentityError
        When it names another issuer or leaves an address out.
    """
    names = ("authorization_endpoint", "token_endpoint", "jwks_uri")
    if told.get("issuer") != issuer or not all(isinstance(told.get(name), str) for name in names):
        raise IdentityError(f"{issuer}: the discovery document names another issuer or lacks an address.")
    authorize, token, keys = (str(told[name]) for name in names)
    return Provider(issuer=issuer, authorize_url=authorize, token_url=token, keys_url=keys)


def new_challenge() -> Challenge:
    """Return fresh secrets for one sign-in."""
    return Challenge(
        state=secrets.token_urlsafe(24), nonce=secrets.token_urlsafe(24), verifier=secrets.token_urlsafe(48)
    )


def pack(challenge: Challenge) -> str:
    """Return a challenge as the value of a cookie."""
    return f"{challenge.state}.{challenge.nonce}.{challenge.verifier}"


def unpack(text: str) -> Challenge | None:
    """Return the challenge of a cookie's value, None when it is none."""
    parts = text.split(".")
    return Challenge(state=parts[0], nonce=parts[1], verifier=parts[2]) if len(parts) == 3 and all(parts) else None


def authorize_address(provider: Provider, challenge: Challenge, *, client_id: str, back: str) -> str:
    """Return where the browser goes to prove who its person is."""
    digest = hashlib.sha256(challenge.verifier.encode()).digest()
    asked = {
        "response_type": "code",
        "scope": "openid",
        "client_id": client_id,
        "redirect_uri": back,
        "state": challenge.state,
        "nonce": challenge.nonce,
        "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
        "code_challenge_method": "S256",
    }
    return f"{provider.authorize_url}{'&' if '?' in provider.authorize_url else '?'}{urlencode(asked)}"


def subject_of(id_token: str, keys: Mapping[str, Any], *, issuer: str, client_id: str, challenge: Challenge) -> str:
    """Return ``issuer|subject`` of an id token whose signature, issuer, audience, times and nonce are right.

    Raises
    ------
    IdentityError
        When any of them is not.
    """
    try:
        head = jwt.get_unverified_header(id_token)
        key = next(k for k in jwt.PyJWKSet.from_dict(dict(keys)).keys if k.key_id == head.get("kid"))
        claims = jwt.decode(
            id_token,
            key,
            algorithms=list(ALGORITHMS),
            audience=client_id,
            issuer=issuer,
            leeway=LEEWAY_S,
            options={"require": ["exp", "iat", "iss", "aud", "sub", "nonce"]},
        )
    except (jwt.PyJWTError, StopIteration) as exc:
        raise IdentityError(f"The id token is refused ({type(exc).__name__}).") from exc
    if not secrets.compare_digest(str(claims["nonce"]), challenge.nonce):
        raise IdentityError("The id token answers another sign-in (nonce).")
    if claims.get("azp", client_id) != client_id:
        raise IdentityError("The id token was made for another client (azp).")
    return f"{issuer}|{claims['sub']}"
