"""Generated personal values in six locales beside columns that only look like some, each column with its true kind."""

import random
import string
import uuid

import pandas as pd
from faker import Faker

LOCALES = ("en_US", "en_GB", "de_DE", "fr_FR", "es_ES", "it_IT")
ROWS = 40


def table(locale: str, seed: int, rows: int = ROWS) -> tuple[pd.DataFrame, dict[str, str | None]]:
    """Return a table with neutral column names, and the true kind of each column (None: nothing personal)."""
    Faker.seed(seed)
    fake, draw = Faker(locale), random.Random(seed)
    columns = [(kind, [make(fake, draw) for _ in range(rows)]) for kind, make in PERSONAL]
    columns += [(None, make(fake, draw, rows)) for make in OTHER]
    names = [f"c{n:02d}" for n in range(len(columns))]
    order = list(range(len(columns)))
    draw.shuffle(order)
    frame = pd.DataFrame({names[n]: pd.Series(columns[n][1], dtype=object) for n in order})
    return frame, {names[n]: columns[n][0] for n in range(len(columns))}


def _birth(fake: Faker, draw: random.Random) -> str:
    return fake.date_of_birth(minimum_age=18, maximum_age=90).isoformat()


def _national(fake: Faker, draw: random.Random) -> str:
    if fake.locales[0] == "de_DE":  # the generator knows no tax number, so one is made by the published rule
        return _steuer_id(draw)
    if fake.locales[0] == "en_GB":  # the generator makes none that could be real
        return f"{draw.choice('ABCEGHJ')}{draw.choice('ABCEGH')} {draw.randint(0, 999999):06d} {draw.choice('ABCD')}"
    return fake.ssn()


def _steuer_id(draw: random.Random) -> str:
    """An identification number of the German tax office: one of ten digits twice, ISO 7064 mod 11, 10."""
    digits = draw.sample(range(10), 9)
    digits.append(draw.choice(digits))
    draw.shuffle(digits)
    if digits[0] == 0:
        return _steuer_id(draw)
    product = 10
    for digit in digits:
        total = (digit + product) % 10 or 10
        product = 2 * total % 11
    return "".join(map(str, digits)) + str((11 - product) % 10)


def _sentence(fake: Faker, draw: random.Random) -> str:
    """A text that holds a personal value in every other row."""
    value = draw.choice([fake.email, fake.phone_number, fake.iban, fake.name])()
    return f"{fake.sentence()} {value}. {fake.sentence()}" if draw.random() < 0.5 else fake.sentence(12)


PERSONAL = [
    ("name", lambda f, d: f.name()),
    ("name", lambda f, d: f.first_name()),
    ("name", lambda f, d: f.last_name()),
    ("name", lambda f, d: f"{f.last_name()}, {f.first_name()}"),
    ("mail", lambda f, d: f.email()),
    ("mail", lambda f, d: f.company_email()),
    ("phone", lambda f, d: f.phone_number()),
    ("address", lambda f, d: f.street_address()),
    ("address", lambda f, d: f.address()),
    ("postal code", lambda f, d: f.postcode()),
    ("ip", lambda f, d: f.ipv4()),
    ("ip", lambda f, d: f.ipv6()),
    ("card", lambda f, d: f.credit_card_number()),
    ("iban", lambda f, d: f.iban()),
    ("national id", _national),
    ("birth date", _birth),
    ("birth date", lambda f, d: f.date_of_birth(minimum_age=18, maximum_age=90).strftime("%d.%m.%Y")),
    ("free text", _sentence),
]

OTHER = [
    lambda f, d, n: [f"{d.choice('ABC')}{d.choice(string.ascii_uppercase)}-{d.randint(1000, 99999)}" for _ in range(n)],
    lambda f, d, n: [str(100000 + 3 * k) for k in range(n)],
    lambda f, d, n: [str(4_500_000_000 + k) for k in range(n)],
    lambda f, d, n: [f"{k + 1:05d}" for k in range(n)],
    lambda f, d, n: [str(d.randint(10_000, 99_999)) for _ in range(n)],
    lambda f, d, n: [str(d.randint(10**9, 10**10)) for _ in range(n)],
    lambda f, d, n: [str(d.randint(10**15, 10**16)) for _ in range(n)],
    lambda f, d, n: [f"{d.lognormvariate(5, 1):.2f}" for _ in range(n)],
    lambda f, d, n: [str(round(d.lognormvariate(11, 0.4))) for _ in range(n)],
    lambda f, d, n: [f.date_between("-3y").isoformat() for _ in range(n)],
    lambda f, d, n: [f.date_time_between("-30y").isoformat(sep=" ") for _ in range(n)],
    lambda f, d, n: [str(pd.Timestamp(f"{1950 + k}-01-01").date()) for k in range(n)],
    lambda f, d, n: [str(d.randint(1_500_000_000, 1_800_000_000)) for _ in range(n)],
    lambda f, d, n: [d.choice(["basic", "plus", "premium", "family"]) for _ in range(n)],
    lambda f, d, n: [d.choice(["Male", "Female"]) for _ in range(n)],
    lambda f, d, n: [f.city() for _ in range(n)],
    lambda f, d, n: [f.country() for _ in range(n)],
    lambda f, d, n: [f.color_name() for _ in range(n)],
    lambda f, d, n: [f.job() for _ in range(n)],
    lambda f, d, n: [str(uuid.UUID(int=d.getrandbits(128), version=4)) for _ in range(n)],
    lambda f, d, n: [f.sentence(12) for _ in range(n)],
    lambda f, d, n: [f"v{d.randint(0, 9)}.{d.randint(0, 20)}.{d.randint(0, 30)}" for _ in range(n)],
    lambda f, d, n: [f.isbn13() for _ in range(n)],
    lambda f, d, n: [f.ean13() for _ in range(n)],
    lambda f, d, n: [f"{d.randint(0, 23):02d}:{d.randint(0, 59):02d}:{d.randint(0, 59):02d}" for _ in range(n)],
    lambda f, d, n: [f"{d.uniform(-90, 90):.5f}, {d.uniform(-180, 180):.5f}" for _ in range(n)],
    lambda f, d, n: [f.month_name() for _ in range(n)],
    lambda f, d, n: [f"{f.color_name()} {d.choice(('Chair', 'Lamp', 'Desk'))} {d.randint(1, 40)}" for _ in range(n)],
]  # fmt: skip
