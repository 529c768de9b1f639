"""Synthetic rows resemble real ones, copy none, and come out of any table."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import ks_2samp

from helpers.data import kinds, label
from helpers.data.synthetic import anew, distance, generate, judge
from helpers.errors import BadInput
from helpers.problem import Problem


def mixed(rows=1500, seed=0):
    """A table with links, gaps, dates, texts, identifiers, a constant and an empty column; and its problem."""
    draw = np.random.default_rng(seed)
    age = draw.integers(18, 90, rows)
    frame = pd.DataFrame(
        {
            "id": [f"c-{n:05d}" for n in draw.permutation(rows)],
            "number": np.arange(rows) + 7000,
            "age": age,
            "income": np.round(np.exp(draw.normal(9, 0.4, rows)) + 50 * age, 2),
            "plan": draw.choice(["basic", "plus", None], rows, p=[0.6, 0.3, 0.1]),
            "since": pd.Timestamp("2015-01-01") + pd.to_timedelta(draw.integers(0, 2500, rows), "D"),
            "active": draw.random(rows) < 0.3,
            "note": [
                f"customer {w} paid late by code{n}" for n, w in enumerate(["anna", "bert"] * (rows // 2))
            ],
            "same": "x",
            "empty": np.full(rows, np.nan),
        }
    )
    frame["since"] = frame["since"].astype("datetime64[us]")
    frame.loc[draw.random(rows) < 0.2, "income"] = np.nan
    frame["left"] = np.where((age > 55) ^ (draw.random(rows) < 0.1), "yes", "no")
    types = {"id": "category", "number": "integer", "age": "integer", "income": "float", "plan": "category",
             "since": "date", "active": "boolean", "note": "text",
             "same": "category", "empty": "float", "left": "category"}  # fmt: skip
    return frame, Problem("x", "left", "binary", "roc_auc", ["no", "yes"], "yes", ["id", "number"], types)


@pytest.fixture(scope="module")
def made():
    frame, problem = mixed()
    return frame, problem, generate.synthetic(frame, problem, 1500, seed=3)


def test_it_has_the_columns_and_types_of_the_real_table(made):
    real, _, synthetic = made
    assert list(synthetic.rows) == list(real)
    assert synthetic.rows.dtypes.equals(real.dtypes)
    assert len(synthetic.rows) == 1500
    assert synthetic.rows.index.name == "row"


def test_shapes_agree_with_scipys_statistic_and_are_high(made):
    real, _, synthetic = made
    shapes = judge.shapes(real, synthetic.rows, synthetic.roles)
    for name in ("age", "income"):
        told = ks_2samp(real[name].dropna(), synthetic.rows[name].dropna()).statistic
        assert shapes["score"][name] == pytest.approx(1 - told, abs=1e-12)
    shares = [s["plan"].dropna().value_counts(normalize=True) for s in (real, synthetic.rows)]
    assert shapes["score"]["plan"] == pytest.approx(1 - (shares[0] - shares[1]).abs().sum() / 2)
    assert shapes["score"].mean() >= 0.9
    assert shapes["missing"].max() < 0.05


def test_links_between_columns_and_with_the_target_are_kept(made):
    real, problem, synthetic = made
    assert judge.mean_difference(*judge.links(real, synthetic.rows, problem)) < 0.06
    fresh, _ = mixed(1500, seed=9)
    useful = judge.utility(real, synthetic.rows, fresh, problem)
    assert useful["real"] - useful["synthetic"] < 0.05


def test_no_row_is_a_copy_and_identifiers_are_all_new_and_different(made):
    real, _, synthetic = made
    drawn = [n for n, role in synthetic.roles.items() if role in ("number", "level")]
    assert real[drawn].merge(synthetic.rows[drawn], how="inner").empty
    assert generate.copied(synthetic, real) == 0
    for name in ("id", "number"):
        assert synthetic.rows[name].is_unique
        assert not set(synthetic.rows[name]) & set(real[name])
    assert synthetic.rows["id"].str.fullmatch(r"[a-z]-\d{5}").all()


def test_texts_are_no_copies_and_hold_no_rare_word(made):
    real, _, synthetic = made
    assert not set(synthetic.rows["note"]) & set(real["note"])
    words = {w for text in synthetic.rows["note"] for w in text.split()}
    assert words <= {"customer", "anna", "bert", "paid", "late", "by"}


def test_constant_and_empty_columns_stay_so(made):
    _, _, synthetic = made
    assert set(synthetic.rows["same"]) == {"x"}
    assert synthetic.rows["empty"].isna().all()


def test_the_same_seed_gives_the_same_rows_and_another_one_others():
    frame, problem = mixed(200)
    one, two, other = (generate.synthetic(frame, problem, 200, seed).rows for seed in (1, 1, 2))
    pd.testing.assert_frame_equal(one, two)
    assert not one["age"].equals(other["age"])


def test_the_real_rows_stay_as_they_are():
    frame, problem = mixed(200)
    before = frame.copy()
    generate.synthetic(frame, problem, 100)
    pd.testing.assert_frame_equal(frame, before)


def test_a_table_of_which_every_combination_exists_gives_no_row_and_says_so():
    frame = pd.DataFrame(
        {"a": ["x", "y"] * 50, "b": ["u"] * 50 + ["v"] * 50, "left": (["yes"] * 25 + ["no"] * 25) * 2}
    )
    frame = pd.concat(
        [frame, frame.assign(left=frame["left"].map({"yes": "no", "no": "yes"}))], ignore_index=True
    )
    problem = Problem(
        "x", "left", "binary", "roc_auc", ["no", "yes"], "yes", [], dict.fromkeys(frame, "category")
    )
    made = generate.synthetic(frame, problem, 50)
    assert len(made.rows) == 0
    assert made.copies > 0
    assert "are real rows" in made.notes[0]


def test_a_copy_is_told_as_one_and_lies_at_no_distance(made):
    real, _, synthetic = made
    assert generate.is_copy(real.head(5), real, ["age", "income", "plan"]).all()
    near = distance.nearest(real.head(50), real, synthetic.roles)
    assert near.max() == pytest.approx(0, abs=1e-6)


def test_distances_agree_with_a_loop_over_all_pairs(made):
    real, _, synthetic = made
    few, roles = synthetic.rows.head(6), {"age": "number", "plan": "level", "active": "level"}
    low, high = np.quantile(real["age"], [0.01, 0.99])
    expected = [
        min(
            (min(abs(a - b) / (high - low), 1) + (str(p) != str(q)) + (c != d)) / 3
            for b, q, d in zip(
                real["age"], real["plan"].where(real["plan"].notna(), None), real["active"], strict=True
            )
        )
        for a, p, c in zip(
            few["age"], few["plan"].where(few["plan"].notna(), None), few["active"], strict=True
        )
    ]
    assert distance.nearest(few, real, roles) == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize(
    ("file", "target"), [("ames_housing.csv.gz", "Sale_Price"), ("penguins.csv.gz", "species")]
)
def test_the_data_sets_that_ship_have_their_likeness(file, target):
    from pathlib import Path

    table = pd.read_csv(
        Path(__file__).parents[3] / "data" / file, dtype=str, keep_default_na=False, na_values=[""]
    )
    rows, types = kinds.typed(table.head(800))
    problem, _ = label.problem_of("x", rows, types, target)
    made = generate.synthetic(rows, problem, 400)
    assert judge.shapes(rows, made.rows, made.roles)["score"].mean() >= 0.9
    assert generate.copied(made, rows) == 0


@pytest.mark.parametrize(
    "column",
    [
        pd.Series([2**62 + n for n in range(60)]),
        pd.Series([None, 5] * 30, dtype="Int64"),
        pd.Series([True, None] * 30, dtype="boolean"),
        pd.Series([1e300, -1e300, 0.0] * 20),
        pd.Series([np.inf, 1.0] * 30),
        pd.Series(['{"a": 1}', "{}"] * 30),
        pd.Series([None] * 59 + ["only"], dtype=object),
        pd.Series([pd.Timestamp("1700-01-01"), pd.NaT] * 30).astype("datetime64[us]"),
        pd.Series(["", " ", "日本", "<b>"] * 15),
    ],
    ids=["large", "gaps", "truth", "huge", "infinite", "structured", "one", "old", "signs"],
)
def test_odd_columns_are_answered(column):
    frame = pd.DataFrame({"c": column, "other": np.random.default_rng(0).normal(size=60)})
    made = generate.synthetic(frame, Problem("x", None, "none", ""), 40)
    assert len(made.rows) == 40
    assert made.rows["c"].dtype == column.dtype


def test_new_identifiers_grow_when_their_shape_is_used_up():
    made = anew.identifiers(pd.Series(list("0123456789")), 30, np.random.default_rng(0))
    assert made.is_unique
    assert not set(made) & set("0123456789")


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda f, p: generate.synthetic(f, p, 0), "must be 1 at least"),
        (lambda f, p: generate.synthetic(f.head(5), p, 10), "20 at least are needed"),
        (lambda f, p: generate.synthetic(f.drop(columns=list(f)), p, 10), "no column"),
    ],
)
def test_what_cannot_be_made_gets_one_line(call, told):
    frame, problem = mixed(60)
    with pytest.raises(BadInput, match=told):
        call(frame, problem)


@pytest.mark.parametrize(
    ("most", "held", "told"), [(10, 0.2, "50 at least"), (100, 0, "above 0"), (100, 1.5, "below 1")]
)
def test_rows_cannot_be_parted_in_a_way_that_leaves_none(tmp_path, most, held, told):
    mixed(60)[0].to_parquet(tmp_path / "t.parquet")
    with pytest.raises(BadInput, match=told):
        generate.parted(tmp_path / "t.parquet", most, held)


def test_rows_are_parted_without_overlap_and_in_bounded_number(tmp_path):
    frame = mixed(600)[0].rename_axis("row")
    frame.to_parquet(tmp_path / "t.parquet", index=True)
    one, two = generate.parted(tmp_path / "t.parquet", 300, 0.25)
    assert (len(one), len(two)) == (225, 75)
    assert not set(one.index) & set(two.index)
    pd.testing.assert_frame_equal(frame.loc[one.index], one)


def told_of(made, held_out, real):
    roles = dict.fromkeys(real, "number")
    return judge.verdict(distance.nearest(made, real, roles), distance.nearest(held_out, real, roles), 0)


def drawn(seed, rows=300):
    return pd.DataFrame(np.random.default_rng(seed).normal(size=(rows, 3)), columns=["a", "b", "c"])


def test_rows_of_the_same_law_are_nearly_always_told_as_chance_and_never_as_learnt_by_heart():
    verdicts = [told_of(drawn(3 * s), drawn(3 * s + 1, 250), drawn(3 * s + 2)) for s in range(150)]
    by_chance = sum("as chance would have it" in v for v in verdicts)
    assert 150 * 0.94 <= by_chance < 150  # two spreads, on one side: 2.3 % are beyond
    assert not any("do not give them away" in v for v in verdicts)


def test_real_rows_with_a_little_noise_are_told_as_learnt_by_heart():
    real = drawn(0)
    noisy = real + np.random.default_rng(1).normal(0, 1e-3, real.shape)
    assert "do not give them away" in told_of(noisy, drawn(2), real)
    assert "do not give them away" in told_of(noisy.head(12), drawn(2, 12), real)  # a dozen are enough


def test_what_is_beyond_chance_and_below_three_times_as_much_is_said_to_need_a_look():
    natural = np.arange(1, 1586) / 1585  # 5 % of these are below 0.05
    twice = np.repeat([0.01, 0.5], [222, 1778])  # 11.1 % are
    assert "11.1 %" in judge.verdict(twice, natural, 0)
    assert "more than the 5 % that chance gives, so look at the nearest ones" in judge.verdict(
        twice, natural, 0
    )
    few = np.repeat([0.01, 0.5], [3, 24])  # the same share of so few rows may be chance
    assert "as chance would have it" in judge.verdict(few, natural, 0)
    assert judge.verdict(np.array([]), natural, 0) == "There is nothing to compare."


def test_a_number_of_rows_below_one_is_refused_by_the_name_of_its_parameter():
    frame, problem = mixed(50)
    with pytest.raises(BadInput, match=r"synthetic\.count must be 1 at least, not 0"):
        generate.synthetic(frame, problem, 0)
