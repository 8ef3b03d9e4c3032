"""OAuth 1.0a as the platform takes it (RFC 5849, sections 3.4 and 3.5.1): PLAINTEXT, HMAC-SHA1 and HMAC-SHA512."""

from __future__ import annotations

import hashlib
import hmac
import re
from base64 import b64encode
from collections.abc import Iterable
from urllib.parse import quote, unquote

_HASHES = {"HMAC-SHA1": hashlib.sha1, "HMAC-SHA512": hashlib.sha512}
_PARAMETER = re.compile(r'\s*([A-Za-z0-9_%.~-]+)="([^"]*)"\s*(?:,|$)')


def parameters(header: str) -> dict[str, str]:
    """Return what an Authorization header of the scheme OAuth says, decoded.

    >>> parameters('OAuth oauth_token="a%20b", oauth_version="1.0"')
    {'oauth_token': 'a b', 'oauth_version': '1.0'}
    """
    found = _PARAMETER.findall(header.partition(" ")[2])
    return {unquote(name): unquote(text) for name, text in found}


def base_string(method: str, url: str, query: Iterable[tuple[str, str]], oauth: dict[str, str]) -> str:
    """Return the signature base string of RFC 5849, section 3.4.1.

    >>> base_string("get", "http://h/p", [("b", "2 3"), ("a", "1")], {"oauth_token": "t", "oauth_signature": "x"})
    'GET&http%3A%2F%2Fh%2Fp&a%3D1%26b%3D2%25203%26oauth_token%3Dt'
    """
    pairs = [(name, text) for name, text in oauth.items() if name not in {"oauth_signature", "realm"}]
    encoded = sorted((_escaped(name), _escaped(text)) for name, text in [*pairs, *query])
    joined = "&".join(f"{name}={text}" for name, text in encoded)
    return "&".join(_escaped(part) for part in (method.upper(), url, joined))


def is_signed(
    method: str,
    url: str,
    query: Iterable[tuple[str, str]],
    oauth: dict[str, str],
    secrets: tuple[str, str],
) -> bool:
    """Whether the signature is right for the secrets of the consumer and of the token."""
    key = "&".join(_escaped(secret) for secret in secrets)
    kind = oauth.get("oauth_signature_method", "PLAINTEXT")
    given = oauth.get("oauth_signature", "")
    if kind == "PLAINTEXT":
        return hmac.compare_digest(key.encode(), given.encode())
    if kind not in _HASHES:
        return False
    text = base_string(method, url, query, oauth).encode()
    wanted = b64encode(hmac.new(key.encode(), text, _HASHES[kind]).digest())
    return hmac.compare_digest(wanted, given.encode())


def _escaped(text: str) -> str:
    return quote(text, safe="-._~")
