"""Odd tables go through profile and exploration to the end, pictures included, each column described or left out."""

import datetime
import json

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from helpers.data import drift, explore, leakage, missing, power
from helpers.data.distributions import KINDS, curve
from helpers.data.kinds import typed
from helpers.data.page import harmless
from helpers.data.profile import profile
from helpers.data.sampled import sampled
from helpers.data.targets import ranked_targets
from helpers.problem import Problem
from helpers.report import pictures_of_data as pictures
from helpers.report import pictures_of_gaps as gaps
from helpers.report import theme

N = 120
HOSTILE = '<img src=x onerror="alert(1)">'


@pytest.fixture(autouse=True)
def _no_figure_stays():
    yield
    plt.close("all")


def base(n=N):
    rng = np.random.default_rng(0)
    return pd.DataFrame({"x": rng.normal(size=n), "y": rng.choice(["no", "yes"], n)})


ODD = {
    "all values missing": lambda f: f.assign(gone=None, nan=np.nan),
    "infinities": lambda f: f.assign(x=f["x"].where(f.index % 7 > 0, np.inf), z=np.inf),
    "one distinct value": lambda f: f.assign(same=3, word="a"),
    "giant texts": lambda f: f.assign(text=["x" * 200_000 + str(i) for i in range(len(f))]),
    "nested values": lambda f: f.assign(
        d=[{"a": [i, {"b": None}]} for i in range(len(f))], e=[[1, "z"]] * len(f)
    ),
    "mixed types": lambda f: f.assign(m=[1, "two", 3.5, None, True, b"6"] * (len(f) // 6)),
    "dates with zones": lambda f: f.assign(
        t=pd.date_range("2024-03-30", periods=len(f), freq="h", tz="Europe/Berlin")
    ),
    "dates far away": lambda f: f.assign(
        t=[datetime.date(1, 1, 1), datetime.date(9999, 12, 31)] * (len(f) // 2)
    ),
    "huge integers": lambda f: f.assign(k=[10**30 + i for i in range(len(f))], u=np.uint64(2**64 - 1)),
    "names with HTML": lambda f: f.rename(columns={"x": HOSTILE}).assign(
        **{"$x_1$": 1.5, "a\nb": range(len(f)), "": 2}
    ),
    "names by number": lambda f: f.assign(**{"0": f["x"], "1": 2 * f["x"]}),
    "emoji and right to left": lambda f: f.assign(**{"😀": ["שלום", "سلام"] * (len(f) // 2)}),
    "tiny and huge numbers": lambda f: f.assign(a=f["x"] * 1e-300, b=f["x"] * 1e300),
    "every value once": lambda f: f.assign(w=[f"w{i}" for i in range(len(f))]),
    "booleans with gaps": lambda f: f.assign(
        b=pd.array([True, None, False] * (len(f) // 3), dtype="boolean")
    ),
    "one row": lambda f: f.head(1),
    "two rows": lambda f: f.head(2),
    "a class seen once": lambda f: f.assign(y=["once"] + ["often"] * (len(f) - 1)),
    "only a target": lambda f: f[["y"]],
    "target missing in part": lambda f: f.assign(y=f["y"].where(f.index % 3 > 0, None)),
    "zeros and negative zero": lambda f: f.assign(z=[0.0, -0.0] * (len(f) // 2)),
}


def explored(frame, folder, task="binary"):
    """Do all that the two notebooks do; return the profile, the compared columns and what is suspected."""
    rows, types = typed(frame)
    rows = rows.rename_axis(index="row")
    rows.to_parquet(folder / "rows.parquet", index=True)
    attributes = profile(folder / "rows.parquet", types)
    assert attributes["name"].tolist() == list(rows.columns)
    rows = sampled(folder / "rows.parquet", 5000).rows
    classes = sorted(set(rows["y"].dropna()))
    problem = Problem("t", "y", task, "", classes if task == "binary" else [], types=types)
    columns = explore.prepared(rows, problem)
    assert set(columns.kinds) | set(columns.left_out) == set(rows.columns)
    drawn(rows, columns, problem, attributes)
    suspects = []
    if problem.target in columns.kinds:
        telling = power.predictive_power(columns, "y")
        strengths = explore.matrix(explore.associations(columns), list(columns.kinds))
        suspects = leakage.leakage_suspects(columns, telling, strengths, "y")["name"].tolist()
        leakage.told_by_order(rows, columns, problem)
        pictures.association_matrix(strengths, "y")
    return attributes.set_index("name"), columns, suspects


def drawn(rows, columns, problem, attributes):
    gaps.missing_pattern(rows)
    gaps.missing_patterns(missing.patterns(rows))
    names = [n for n in columns.kinds if n != "y"]
    pictures.alone(rows, names, columns.kinds)
    pictures.lengths(rows, explore.of_any_length(columns))
    if problem.is_classification:
        pictures.against_classes(rows, names, columns.kinds, "y", problem.classes)
    else:
        pictures.against_number(rows, names, columns.kinds, "y")
    pictures.spreads(attributes)
    follows = attributes.loc[attributes["distribution"].isin(KINDS), "name"]
    curves = {n: curve(pictures.as_float(rows[n])) for n in follows}
    pictures.with_curves(rows, {n: c for n, c in curves.items() if c is not None})
    changed = drift.drift(columns, drift.moments(rows, problem, by_row=True))
    pictures.drifted(changed.columns)
    assert drift.told(changed)
    for number in plt.get_fignums():
        plt.figure(number).canvas.draw()


@pytest.mark.parametrize("name", ODD)
def test_an_odd_table_is_described_explored_and_drawn(name, tmp_path):
    attributes, _, suspects = explored(ODD[name](base()), tmp_path)
    assert (attributes["evidence"] != "").all()
    assert suspects == []


@pytest.mark.parametrize("name", ["infinities", "all values missing", "tiny and huge numbers", "two rows"])
def test_the_same_holds_for_a_number_to_predict(name, tmp_path):
    frame = ODD[name](base())
    explored(frame.assign(y=np.random.default_rng(1).normal(size=len(frame))), tmp_path, "regression")


@pytest.mark.parametrize("name", ODD)
def test_candidates_for_the_target_of_an_odd_table_are_ranked(name):
    found = ranked_targets(*typed(ODD[name](base())))
    assert found["score"].notna().all()


def test_what_cannot_be_compared_says_why(tmp_path):
    frame = ODD["all values missing"](base()).assign(same=1, doc=[json.dumps({"a": i}) for i in range(N)])
    _, columns, _ = explored(frame, tmp_path)
    assert columns.left_out == {
        "gone": "every value is missing",
        "nan": "every value is missing",
        "same": "one value only",
        "doc": "structured",
    }
    assert explore.of_any_length(columns) == ["doc"]


def test_what_is_compared_with_nothing_is_drawn_by_the_length_of_its_values():
    texts = pd.DataFrame({"note": ["a", "bb", None, "cc", "ccccc"]})
    axis = pictures.lengths(texts, ["note"]).axes[0]
    heights = {round(bar.get_x() + bar.get_width() / 2): bar.get_height() for bar in axis.patches}
    assert {length: n for length, n in heights.items() if n} == {1: 1, 2: 2, 5: 1}
    assert axis.get_xlabel() == "characters"


def test_panels_keep_their_places_when_they_are_drawn_again_and_do_not_overlap():
    theme.apply()
    frame = pd.DataFrame({f"column {i}": np.arange(50) * i for i in range(30)})
    figure = pictures.alone(frame, list(frame), dict.fromkeys(frame, "integer"))
    boxes = [axis.get_tightbbox() for axis in figure.axes if axis.get_visible()]
    assert not any(a.overlaps(b) for i, a in enumerate(boxes) for b in boxes[:i])
    before = [axis.get_position().bounds for axis in figure.axes]
    figure.canvas.draw()
    assert [axis.get_position().bounds for axis in figure.axes] == before


def test_two_thousand_columns_are_profiled_and_explored(tmp_path):
    rng = np.random.default_rng(0)
    wide = pd.DataFrame(rng.integers(0, 3, (60, 2000)), columns=[f"c{i}" for i in range(2000)])
    wide["y"] = rng.choice(["no", "yes"], 60)
    columns = explore.prepared(wide, Problem("t", "y", "binary", "", ["no", "yes"]))
    few = explore.narrowed(columns, ["y", *list(columns.kinds)[:100]])
    strengths = explore.matrix(explore.associations(few), list(few.kinds))
    telling = power.predictive_power(few, "y")
    assert leakage.leakage_suspects(few, telling, strengths, "y").empty
    assert len(pictures.association_matrix(strengths, "y").axes[0].get_xticklabels()) <= 40


def test_names_and_values_reach_pictures_and_page_as_plain_text(tmp_path):
    frame = ODD["names with HTML"](base())
    figure = pictures.alone(
        frame, [HOSTILE, "$x_1$", "a\nb"], {HOSTILE: "float", "$x_1$": "float", "a\nb": "integer"}
    )
    titles = [axis.get_title("left") or axis.get_title() for axis in figure.axes]
    assert any(t.startswith("<img src=x") for t in titles)
    assert "a b" in titles
    figure.canvas.draw()
    assert not any("<" in c or '"' in c for c in harmless(frame).columns)
