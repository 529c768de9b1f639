"""The key of hashed values: never in a workspace, a config or a recipe; a recipe knows only its fingerprint."""

from __future__ import annotations

import hashlib
import hmac
import os
import re

from helpers.errors import BadInput
from helpers.secrets import key_of

VARIABLE = "WORKBENCH_PRIVACY_KEY"
SHORTEST = 16
HASHED = re.compile(r"h:[0-9a-f]{32}")


def secret() -> bytes:
    """Return the key from the environment, which may name an entry of the keyring; BadInput says how to set one."""
    given = os.environ.get(VARIABLE, "")
    key = key_of(given, VARIABLE) if given.startswith("keyring:") else given
    if not key:
        raise BadInput(
            f"personal values are to be hashed, and there is no key: set {VARIABLE} to {SHORTEST} characters or more, "
            f"or to keyring:service/user; a good one: python -c 'import secrets; print(secrets.token_hex(32))'"
        )
    if len(key) < SHORTEST:
        raise BadInput(f"the key in {VARIABLE} has fewer than {SHORTEST} characters; anyone could guess it")
    return key.encode()


def fingerprint(key: bytes) -> str:
    """Return 16 hexadecimal digits that tell one key from another and say nothing about it."""
    return hmac.digest(key, b"fingerprint of a workbench key", "sha256").hex()[:16]


def same_key(known: str) -> bytes:
    """Return the key, which must be the one with a fingerprint; BadInput when it is another."""
    key = secret()
    if fingerprint(key) != known:
        raise BadInput(
            f"the key in {VARIABLE} is not the one that the rows were hashed with, so equal values would differ; "
            f"set that key, or run from the stage ingest again"
        )
    return key


def hashed(value: str, key: bytes) -> str:
    """Return a value as its keyed hash (HMAC-SHA256, RFC 2104, the first 128 bits); one that is hashed stays."""
    if HASHED.fullmatch(value):
        return value
    return "h:" + hmac.new(key, value.encode(), hashlib.sha256).hexdigest()[:32]
