"""Check digits of cards and bank accounts, and addresses of machines."""

from __future__ import annotations

import ipaddress
import re

# Major industry identifiers in use, by ISO/IEC 7812: American Express, Diners, JCB, Visa, Mastercard, Maestro,
# Discover, UnionPay, Mir.
CARD_STARTS = re.compile(r"3[0-9]|4|5[0-9]|6[0-9]|2[27]|1800|2131")


def digits(text: str) -> str:
    """Return the digits of a text."""
    return "".join(c for c in text if c in "0123456789")


def luhn(number: str) -> bool:
    """Whether the digits end in their check digit (ISO/IEC 7812-1, Annex B).

    >>> luhn("4111111111111111"), luhn("4111111111111112")
    (True, False)
    """
    doubled = sum(sum(divmod(2 * int(d), 10)) for d in number[-2::-2])
    return (doubled + sum(int(d) for d in number[-1::-2])) % 10 == 0


def is_card(text: str) -> bool:
    """Whether a text is the number of a payment card: 13 to 19 digits in groups, its start and check digit right.

    A number that counts up to 10^12 or so, such as a timestamp, may pass by chance; a column of them doesn't.
    """
    if not re.fullmatch(r"\d(?:[ -]?\d){11,18}", text):
        return False
    number = digits(text)
    return bool(CARD_STARTS.match(number)) and len(set(number)) > 1 and luhn(number)


def is_iban(text: str) -> bool:
    """Whether a text is an account number by ISO 13616: its check digits are right.

    >>> is_iban("DE89 3704 0044 0532 0130 00"), is_iban("DE88 3704 0044 0532 0130 00")
    (True, False)
    """
    number = text.replace(" ", "").replace("-", "").upper()
    if not re.fullmatch(r"[A-Z]{2}\d{2}[A-Z0-9]{11,30}", number):
        return False
    return int("".join(str(int(c, 36)) for c in number[4:] + number[:4])) % 97 == 1


def is_ip(text: str) -> bool:
    """Whether a text is an address of IP version 4 or 6.

    >>> is_ip("192.168.0.1"), is_ip("fe80::1"), is_ip("12:30:45"), is_ip("1.2.3")
    (True, True, False, False)
    """
    if text.count(".") != 3 and text.count(":") < 2:
        return False
    try:
        ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return False
    return True
