"""Passwords and keys: named where a URL wants them, taken from the environment or the keyring when it is opened.

    postgresql://ann:${DB_PASSWORD}@host/shop?table=sales      from the environment
    postgresql://ann:${keyring:shop/ann}@host/shop?table=sales from the keyring: service and user

A secret that stands in a URL itself is refused: a URL ends up in configs, notebooks and manifests.
"""

from __future__ import annotations

import os
import re
from urllib.parse import quote, unquote, unquote_plus

from helpers.errors import BadInput, MissingExtra

NAMED = re.compile(r"\$\{([^{}]*)\}")
WORDS = "password|passwd|passphrase|pwd|sslpassword|token|secret|access_key|secret_key|account_key|sas_token|credential"
SECRET = re.compile(rf"(?i)([?&;](?:[\w.-]*(?:{WORDS}))=)([^&#]*)")
HOW = (
    "write ${NAME} in its place and set the environment variable NAME, or ${keyring:service/user} for one "
    "that the keyring holds"
)


def is_url(source: str) -> bool:
    """Whether a source is a URL rather than a file."""
    return "://" in source


def without_secret(source: str) -> str:
    """Return a URL without its password, whether it is there or only named.

    >>> without_secret("postgresql://ann:secret@host/db?table=t")
    'postgresql://ann@host/db?table=t'
    """
    if not is_url(source):
        return source
    scheme, _, rest = NAMED.sub("***", source).partition("://")
    place = re.split(r"[/?#]", rest, maxsplit=1)[0]
    if "@" in place:
        user, host = place.rpartition("@")[0].partition(":")[0], place.rpartition("@")[2] + rest[len(place) :]
    elif _is_broken(rest):
        user, host = rest.partition(":")[0], rest.rpartition("@")[2]  # a password with a bare / or ? in it
    else:
        user, host = "", rest
    shown = SECRET.sub(r"\1***", host)
    return f"{scheme}://{user}{'@' * bool(user)}{shown}"


def refuse_secret(source: str) -> None:
    """Refuse a URL that holds a password or key itself; BadInput says how to name it."""
    rest = NAMED.sub("", source).partition("://")[2]
    user = re.split(r"[/?#]", rest, maxsplit=1)[0].rpartition("@")[0]
    given = [value for _, value in SECRET.findall(rest)]
    if user.partition(":")[2] or _is_broken(rest) or any(given):
        raise BadInput(
            f"{without_secret(source)}: a URL must not hold a password or key, since configs and reports keep it; "
            f"{HOW} (PostgreSQL also finds it in PGPASSWORD or ~/.pgpass)"
        )


def filled(source: str) -> tuple[str, set[str]]:
    """Return a URL with the secrets that it names, quoted as URLs want it, and all forms that no message may hold.

    BadInput when a variable is not set or the keyring has no such entry.
    """
    secrets = [_looked_up(name, source) for name in NAMED.findall(source)]
    values = iter(secrets)
    url = NAMED.sub(lambda _: quote(next(values), safe=""), source)
    forms = {f for s in secrets for f in (s, quote(s, safe=""), unquote(s), unquote_plus(s)) if f}
    return url, forms


def scrubbed(text: str, secrets: set[str]) -> str:
    """Return a message without the secrets."""
    for secret in sorted(secrets, key=len, reverse=True):
        text = text.replace(secret, "***")
    return text


def key_of(name: str, source: str) -> str:
    """Return the secret of a name: a variable of the environment, or keyring:service/user."""
    return _looked_up(name, source)


def _looked_up(name: str, source: str) -> str:
    kind, colon, entry = name.partition(":")
    if colon and kind == "keyring":
        return _of_keyring(entry, source)
    if not re.fullmatch(r"\w+", name):
        raise BadInput(f"{without_secret(source)}: ${{{name}}} names no secret; {HOW}")
    value = os.environ.get(name)
    if not value:
        raise BadInput(
            f"{without_secret(source)} names ${{{name}}}, and the environment variable {name} is not set"
        )
    return value


def _of_keyring(entry: str, source: str) -> str:
    try:
        import keyring
    except ImportError:
        raise MissingExtra("keyring", "remote") from None
    service, slash, user = entry.rpartition("/")
    if not slash or not service or not user:
        raise BadInput(f"{without_secret(source)}: keyring:{entry} must have the form keyring:service/user")
    try:
        value = keyring.get_password(service, user)
    except keyring.errors.KeyringError as error:
        said = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise BadInput(f"{without_secret(source)}: the keyring cannot be read: {said}") from None
    if not value:
        raise BadInput(
            f"{without_secret(source)}: the keyring has no entry {service}/{user}; add it: keyring set {service} {user}"
        )
    return value


def _is_broken(rest: str) -> bool:
    """Whether a password with a bare /, ? or # in it seems to stand before the host."""
    place = re.split(r"[/?#]", rest, maxsplit=1)[0]
    return "@" not in place and ":" in place and not re.fullmatch(r".*:\d+|\[.*", place) and "@" in rest
