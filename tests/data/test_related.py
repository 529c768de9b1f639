"""Tables that belong to ours are found by their values, with the right keys; those that don't are not."""

import math
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from scipy.stats import binom

from helpers.data import gain, suggest
from helpers.data.beside import Beside
from helpers.data.joins import read_join
from helpers.data.kinds import typed
from helpers.data.related import Finder, evidence
from helpers.errors import BadInput
from helpers.problem import Problem

DATA = Path(__file__).parents[2] / "data"
BESIDE = ("weather", "planes", "airports", "airlines")


def finder(frame, folder, **more):
    rows, kinds = typed(frame)
    rows.to_parquet(folder / "ours.parquet")
    return Finder(folder / "ours.parquet", kinds, **more)


def candidates(found, frame, folder, name="other.csv"):
    rows, kinds = typed(frame)
    rows.to_parquet(folder / "other.parquet", index=False)
    return found.candidates(name, folder / "other.parquet", kinds)


def unrelated():
    """Twenty tables that share kinds, ranges and forms of values with the flights, and nothing else."""
    draw = np.random.default_rng(7)
    days = pd.date_range("2013-01-01", "2013-12-31")
    hours = pd.date_range("2013-01-01", periods=8760, freq="h")
    letters = np.array(list("ABCDEFGHIJKLMNOPQRSTUVWXYZ"))

    def codes(n, length):
        return np.unique(["".join(draw.choice(letters, length)) for _ in range(n)])

    def with_noise(**columns):
        frame = pd.DataFrame(columns)
        return frame.assign(noise=draw.normal(size=len(frame)))

    grid = np.array([(m, d) for m in range(1, 13) for d in range(1, 32)])
    clock = np.array([(h, m) for h in range(24) for m in range(60)])
    return {
        "counter_short": with_noise(id=np.arange(1, 61)),
        "counter": with_noise(id=np.arange(1, 5001)),
        "counter_long": with_noise(id=np.arange(0, 9000)),
        "months": with_noise(month=np.arange(1, 13), name=[f"month {n}" for n in range(12)]),
        "days_of_months": with_noise(day=np.arange(1, 32)),
        "clock_hours": with_noise(hour=np.arange(24)),
        "calendar": with_noise(month=grid[:, 0], day=grid[:, 1]),
        "minutes": with_noise(hour=clock[:, 0], minute=clock[:, 1]),
        "daily": with_noise(date=days),
        "hourly": with_noise(when=hours),
        "other_years": with_noise(year=np.arange(1900, 2021)),
        "flags": with_noise(on=[True, False], code=["Y", "N"]),
        "answers": with_noise(answer=["yes", "no", "maybe"]),
        "sparse_numbers": with_noise(number=np.unique(draw.integers(0, 10_000, 2000))),
        "distances": with_noise(miles=np.unique(draw.integers(80, 5000, 400)) * 1.5),
        "two_letters": with_noise(code=codes(300, 2)),
        "three_letters": with_noise(code=codes(5000, 3)),
        "like_tail_numbers": with_noise(
            tail=[f"N{n}" for n in draw.choice(np.arange(10_000, 99_999), 40_000, False)]
        ),
        "people": with_noise(age=np.arange(18, 91), sex=draw.choice(["m", "f"], 73)),
        "sensors": with_noise(sensor=draw.choice(["a", "b", "c"], 900), second=np.arange(900) // 3),
    }


@pytest.fixture(scope="module")
def flights(tmp_path_factory):
    rows = pd.read_parquet(DATA / "nyc_flights.parquet").sample(40_000, random_state=0).sort_index()
    return finder(rows, tmp_path_factory.mktemp("flights"))


def test_the_four_tables_beside_the_flights_are_found_with_their_keys(flights, tmp_path):
    found = {}
    for name in BESIDE:
        frame = pd.read_csv(DATA / f"nyc_{name}.csv.gz", dtype=str, keep_default_na=False).replace("", None)
        renamed = frame.set_axis([f"c{n}" for n in range(frame.shape[1])], axis=1)  # by values, not by names
        columns = dict(zip(renamed, frame, strict=True))
        found[name] = [
            (sorted((a, columns[b]) for a, b in c.keys), c.unique, c.coverage)
            for c in candidates(flights, renamed, tmp_path)
        ]
    assert [(k, u) for k, u, _ in found["weather"]] == [
        ([("origin", "origin"), ("time_hour", "time_hour")], True)
    ]
    assert [(k, u) for k, u, _ in found["planes"]] == [([("tailnum", "tailnum")], True)]
    assert [(k, u) for k, u, _ in found["airlines"]] == [([("carrier", "carrier")], True)]
    assert sorted(k for k, _, _ in found["airports"]) == [[("dest", "faa")], [("origin", "faa")]]
    coverages = [c for parts in found.values() for _, _, c in parts]
    assert min(coverages) > 0.8


@pytest.mark.parametrize("name", list(unrelated()))
def test_no_unrelated_table_is_taken_for_one(flights, tmp_path, name):
    assert len(unrelated()) == 20
    assert candidates(flights, unrelated()[name], tmp_path) == []


def test_the_coverage_is_that_of_a_merge_and_the_entry_can_be_pasted(tmp_path):
    ours = pd.DataFrame({"client": [f"K-{n * 37 % 9973:05d}" for n in range(500)], "x": range(500)})
    other = pd.DataFrame({"the key": [f"K-{n * 37 % 9973:05d}" for n in range(0, 500, 2)], "y": range(250)})
    (one,) = candidates(finder(ours, tmp_path), other, tmp_path, "a folder/other.csv")
    assert one.coverage == ours["client"].isin(other["the key"]).mean()
    assert one.entry == '"a folder/other.csv" on client = "the key"'


def test_a_table_with_several_rows_a_key_of_ours_is_offered_as_an_aggregate(tmp_path):
    keys = [f"K-{n * 37 % 9973:05d}" for n in range(300)]
    orders = pd.DataFrame({"who": np.repeat(keys[:200], 3), "amount": np.arange(600) * 1.7})
    (one,) = candidates(finder(pd.DataFrame({"id": keys}), tmp_path), orders, tmp_path, "orders.csv")
    assert not one.unique
    assert one.coverage == pytest.approx(2 / 3)
    assert one.entry == "orders.csv on id = who aggregate count and mean"


@pytest.mark.parametrize(
    ("keys", "refers", "found"),
    [
        (np.arange(300) * 37 % 9973 + 10_000, np.arange(300) * 37 % 9973 + 10_000, 1),  # numbers of customers
        (np.arange(1, 301), np.arange(1, 301) % 5 + 1, 0),  # a counter, and marks from 1 to 5
        (np.arange(300) * 37 % 9973 + 10_000, np.arange(300) * 41 % 9973 + 10_000, 0),  # other numbers
    ],
)
def test_several_rows_a_key_are_found_by_whole_numbers_too_unless_these_say_nothing(
    tmp_path, keys, refers, found
):
    orders = pd.DataFrame({"who": np.repeat(refers[:200], 3), "amount": np.arange(600) * 1.7})
    made = candidates(finder(pd.DataFrame({"id": keys}), tmp_path), orders, tmp_path, "orders.csv")
    assert [one.entry for one in made] == ["orders.csv on id = who aggregate count and mean"] * found


def test_a_key_of_two_columns_is_found_where_neither_is_one_alone(tmp_path):
    shops, goods = [f"SHOP{n * 97 % 991}" for n in range(40)], [f"G{n * 61 % 7919:04d}x" for n in range(50)]
    prices = pd.DataFrame(
        [(s, g, len(s + g) * 1.5) for s in shops for g in goods], columns=["s", "g", "price"]
    )
    sales = prices.sample(800, random_state=0)[["g", "s"]].rename(columns={"g": "item", "s": "place"})
    (one,) = candidates(finder(sales, tmp_path), prices, tmp_path)
    assert set(one.keys) == {("place", "s"), ("item", "g")}
    assert one.coverage == 1.0


def test_less_coverage_than_wanted_is_no_candidate(tmp_path):
    ours = pd.DataFrame({"k": [f"Q{n * 31 % 7919:04d}" for n in range(400)]})
    some = pd.DataFrame({"k": ours["k"][:100], "v": range(100)})
    assert candidates(finder(ours, tmp_path), some, tmp_path) == []
    assert len(candidates(finder(ours, tmp_path, least_coverage=0.2), some, tmp_path)) == 1


@pytest.mark.parametrize(
    ("n", "hits", "chance"), [(50, 40, 0.3), (200, 120, 0.5), (30, 30, 0.9), (100, 12, 0.1)]
)
def test_the_evidence_bounds_the_probability_of_the_coincidence(n, hits, chance):
    """Chernoff: P(at least hits of n by chance) ≤ 2^-evidence, and close to it on a logarithmic scale."""
    tail = -math.log2(binom.sf(hits - 1, n, chance))
    assert evidence(n, hits, chance) <= tail + 1e-9
    assert tail - evidence(n, hits, chance) < 2 + math.log2(n)


def test_odd_names_empty_columns_and_tables_without_a_key_do_no_harm(flights, tmp_path):
    odd = pd.DataFrame({'x" y': [1.5, 2.5], "row": [None, None], "": ["a", "b"]})
    assert candidates(flights, odd, tmp_path) == []
    assert candidates(flights, pd.DataFrame({"f": [0.1, 0.2, 0.3]}), tmp_path) == []


def test_what_is_joined_already_is_left_out_and_no_other_way_takes_its_names(tmp_path):
    draw = np.random.default_rng(0)
    codes = [f"{a}{b}{c}" for a in "ABCDEFG" for b in "HIJKL" for c in "MNO"]
    ours = pd.DataFrame({"origin": draw.choice(codes, 400), "dest": draw.choice(codes, 400)})
    ours.assign(dest_lat=1.0).to_parquet(tmp_path / "ours.parquet", index=False)
    pd.DataFrame({"code": codes, "lat": np.arange(len(codes)) / 7}).to_csv(
        tmp_path / "places.csv", index=False
    )
    types = {"origin": "category", "dest": "category", "dest_lat": "float"}
    line = "places.csv on dest = code take lat prefix dest_"
    for joins, ways in (([], 2), ([{"join": line}], 1)):
        problem = Problem("made", None, "none", "", types=types, joins=joins)
        found, _ = suggest.related(
            tmp_path / "ours.parquet", problem, ["places.csv"], tmp_path, tmp_path, 0.3
        )
        assert len(found) == ways
        made = {f"{one.candidate.prefix}lat" for one in found}
        assert len(made) == ways
        assert not made & set(types)


def worth(rows, task="binary", measure="roc_auc", **more):
    """What a table by the column k is worth to predict y."""
    draw = np.random.default_rng(1)
    there = pa.table({"k": np.arange(20), "v": draw.normal(size=20)})
    beside = [Beside(read_join("other.csv on k"), there, {"k": "integer", "v": "float"})]
    classes = sorted(rows["y"].unique()) if task != "regression" else []
    problem = Problem("made", "y", task, measure, classes, classes[-1] if task == "binary" else None, **more)
    return gain.gains(rows, problem, beside)


def two_hundred(**columns):
    draw = np.random.default_rng(0)
    made = {"k": draw.integers(0, 20, 200), "x": draw.normal(size=200), "y": draw.choice(["0", "1"], 200)}
    return pd.DataFrame(made | columns)


def test_folds_in_which_a_join_is_judged_tear_no_moment_and_no_group():
    days = pd.Timestamp("2024-01-01") + pd.to_timedelta(np.arange(200) // 30, "D")
    rows = two_hundred(t=days, g=np.arange(200) % 150)
    for group in (None, "g"):
        problem = Problem("made", "y", "binary", "roc_auc", ["0", "1"], "1", time="t", group=group)
        parts = gain._parts(rows, problem, 5, 0)
        assert len(parts) > 1
        for learn, judge in parts:
            assert rows["t"].iloc[learn].max() < rows["t"].iloc[judge].min()
            assert not group or not set(rows["g"].iloc[learn]) & set(rows["g"].iloc[judge])


@pytest.mark.parametrize(
    ("columns", "more"),
    [
        ({"g": np.arange(200) % 3}, {"group": "g"}),
        ({"y": ["1"] * 3 + ["0"] * 197}, {}),
        ({"y": ["a", "b"] * 99 + ["c", "d"]}, {"task": "multiclass", "measure": "neg_log_loss"}),
        (
            {"y": np.arange(200.0) % 17},
            {"task": "regression", "measure": "neg_mean_pinball_loss", "quantile": 0.9},
        ),
    ],
    ids=["three groups", "three rows of a class", "one row of a class", "quantile"],
)
def test_a_join_is_judged_where_groups_or_rows_of_a_class_are_fewer_than_folds(columns, more):
    [(better, deviation)] = worth(two_hundred(**columns), **more)
    assert math.isfinite(better)
    assert math.isfinite(deviation)


def test_what_a_join_is_worth_is_refused_in_one_line_where_no_folds_can_tell():
    with pytest.raises(BadInput, match=r"needs 2 folds at least in which roc_auc") as told:
        worth(two_hundred(y=["1"] + ["0"] * 199))
    assert "\n" not in str(told.value)
