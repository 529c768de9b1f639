"""Tables for the tests of checks: a small one of every kind, and orders, clean, with the tables beside them."""

import numpy as np
import pandas as pd
import pytest

PLACES = [  # country, region, city, first digits and length of the postal codes: of the postal services' own tables
    ("US", "California", "San Francisco", "941", 5),
    ("US", "New York", "New York", "100", 5),
    ("IT", "RM", "Roma", "001", 5),
    ("ES", "Madrid", "Madrid", "280", 5),
    ("DE", "", "München", "803", 5),
]


@pytest.fixture(scope="session")
def clean():
    """A function (n, seed) -> table in which nothing is wrong."""
    return _clean


@pytest.fixture(scope="session")
def orders():
    """A function (n, seed) -> clean table of orders of a shop."""
    return _orders


def _clean(n=400, seed=0):
    rng = np.random.default_rng(seed)
    start = pd.Timestamp("2020-01-01") + pd.to_timedelta(rng.integers(0, 300, n), unit="D")
    towns = rng.integers(0, 5, n)
    return pd.DataFrame(
        {
            "key": [f"k{i}" for i in rng.permutation(n)],
            "age": rng.integers(18, 90, n),
            "pay": rng.normal(100, 10, n),
            "colour": rng.choice(["red", "green", "blue"], n),
            "zip": [f"{10000 + t}" for t in towns],
            "town": [f"town {t}" for t in towns],
            "start": start,
            "end": start + pd.Timedelta("3D"),
            "number": [str(i) for i in rng.integers(0, 99, n)],
            "flag": rng.choice(["true", "false"], n),
            "day": start.strftime("%Y-%m-%d"),
            "y": rng.choice(["no", "yes"], n),
        }
    ).rename_axis(index="row")


def _orders(n=2000, seed=0):
    rng = np.random.default_rng(seed)
    place = rng.integers(0, len(PLACES), n)
    digits = [str(d) for d in rng.integers(10, 100, n)]
    ordered = pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 366, n), "D")
    net, status = rng.lognormal(3, 0.6, n).round(2), rng.choice(["new", "sent", "paid", "back"], n)
    tax = (net * rng.choice([0.07, 0.19], n)).round(2)
    depot = rng.integers(0, 12, n)
    return pd.DataFrame(
        {
            "order": [f"A-{i:05d}" for i in rng.choice(90_000, n, replace=False)],
            "customer": [f"c{i}" for i in rng.integers(0, 500, n)],
            "country": [PLACES[p][0] for p in place],
            "region": [PLACES[p][1] or None for p in place],
            "city": [PLACES[p][2] for p in place],
            "postcode": [PLACES[p][3] + d for p, d in zip(place, digits, strict=True)],
            "mail": [f"u{i}@shop.example" for i in rng.integers(0, 10**6, n)],
            "age": rng.integers(18, 80, n),
            "weight": rng.normal(70, 12, n).round(1),
            "quantity": rng.poisson(3, n) + 1,
            "discount": rng.random(n).round(3),
            "net": net,
            "tax": tax,
            "total": (net + tax).round(2),
            "gift": rng.random(n) < 0.3,
            "status": status,
            "why": [f"reason {i}" if s == "back" else None for i, s in zip(rng.integers(1, 9, n), status, strict=True)],
            "depot": [f"D{d}" for d in depot],
            "depot_city": [f"Town {d % 7}" for d in depot],
            "ordered": ordered,
            "shipped": ordered + pd.to_timedelta(rng.geometric(0.4, n) - 1, "D"),
            "y": rng.choice(["no", "yes"], n),
        }
    ).rename_axis(index="row")  # fmt: skip
