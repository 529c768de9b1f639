"""Files encrypted by AES-256-GCM, chunk by chunk (the STREAM construction of Hoang et al., CRYPTO 2015).

A file is a salt of 16 bytes, then chunks of 1 MiB, each with its tag; the nonce counts the chunks and marks the last
one, so that none can be changed, moved, dropped or cut off unnoticed. The key of a file is derived from the salt.
"""

from __future__ import annotations

import base64
import binascii
import os
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from helpers.errors import BadInput
from helpers.secrets import key_of

NAME = "WORKBENCH_ORIGINALS_KEY"
SUFFIX = ".encrypted"
CHUNK, TAG, SALT = 1 << 20, 16, 16
HOW = "make one: python -c 'import base64, os; print(base64.b64encode(os.urandom(32)).decode())'"


def key() -> bytes:
    """Return the key (32 bytes) from the environment, which may name an entry of the keyring instead."""
    given = os.environ.get(NAME, "")
    if not given:
        raise BadInput(
            f"ingest.keep_original: encrypted wants a key in the environment variable {NAME}, base64 of 32 bytes, or "
            f"keyring:service/user there; {HOW}"
        )
    text = key_of(given, NAME) if given.startswith("keyring:") else given
    try:
        made = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        made = b""
    if len(made) != 32:
        raise BadInput(f"{NAME} must be base64 of 32 bytes; {HOW}")
    return made


def encrypt(path: Path, target: Path) -> None:
    """Write a file encrypted."""
    salt = os.urandom(SALT)
    cipher = _cipher(salt)
    with path.open("rb") as file, target.open("wb") as out:
        out.write(salt)
        for nonce, data in _numbered(file, CHUNK):
            out.write(cipher.encrypt(nonce, data, None))
        out.flush()
        os.fsync(out.fileno())


def decrypt(path: Path, target: Path) -> None:
    """Write an encrypted file as it was; BadInput when the key is another or the file was changed."""
    from cryptography.exceptions import InvalidTag

    try:
        with path.open("rb") as file, target.open("wb") as out:
            cipher = _cipher(file.read(SALT))
            for nonce, data in _numbered(file, CHUNK + TAG):
                out.write(cipher.decrypt(nonce, data, None))
    except InvalidTag:
        target.unlink(missing_ok=True)
        raise BadInput(f"{path} was encrypted with another key than {NAME}, or was changed since") from None


def _cipher(salt: bytes):  # type: ignore[no-untyped-def]
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    return AESGCM(HKDF(SHA256(), 32, salt, b"workbench original").derive(key()))


def _numbered(file: IO[bytes], size: int) -> Iterator[tuple[bytes, bytes]]:
    """Return the chunks of a file, each with its nonce; an empty file has one empty chunk."""
    number, data = 0, file.read(size)
    while True:
        following = file.read(size)
        yield number.to_bytes(11, "big") + (b"\x00" if following else b"\x01"), data
        if not following:
            return
        number, data = number + 1, following
