"""Features are made inside the pipeline, from the rows of a fold alone, and agree with scikit-learn's own."""

import numpy as np
import pandas as pd
import pytest
from lightgbm import LGBMRegressor
from scipy import stats
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import Ridge
from sklearn.preprocessing import OrdinalEncoder

from helpers.errors import BadInput
from helpers.model.families import families
from helpers.model.feature_steps import Products, SignedLog, SignedRoot, Words
from helpers.model.features import is_text, model_pipeline, suggested, transformer

TEXTS = ["red car", "blue car", "a red red house", "", "blue blue sky", "car in the house", "red sky"] * 3


def test_words_are_weighed_as_scikit_learn_weighs_them():
    ours = Words(most=50, least=2)
    got = ours.fit_transform(np.array(TEXTS, object)[:, None])
    theirs = TfidfVectorizer(token_pattern=r"[^ ]+", lowercase=False, min_df=2)
    wanted = theirs.fit_transform(TEXTS).toarray()
    order = [theirs.vocabulary_[word] for word in ours.words_[0]]
    assert len(order) == wanted.shape[1]
    assert got == pytest.approx(wanted[:, order])


def test_the_most_frequent_words_are_kept_and_an_unknown_text_is_zero():
    words = Words(most=2, least=1).fit(np.array(TEXTS, object)[:, None])
    assert sorted(words.words_[0]) == ["car", "red"]
    assert words.transform(np.array([["nothing known"], [""]], object)).tolist() == [[0, 0], [0, 0]]


def test_a_column_without_a_frequent_word_gives_one_column_of_zeros():
    made = Words(most=9, least=5).fit_transform(np.array([["a b"], ["c d"]], object))
    assert made.tolist() == [[0], [0]]


def test_logarithm_and_root_keep_the_sign_and_undo():
    x = np.array([[-1e300, -4.0, 0.0, 9.0, 1e300]]).T
    assert np.sign(SignedLog().fit_transform(x)).tolist() == np.sign(x).tolist()
    root = SignedRoot().fit_transform(x)
    assert (np.sign(root) * root**2)[1:4] == pytest.approx(x[1:4])


@pytest.mark.parametrize(
    ("squares", "pairs", "width"), [(True, False, 6), (False, True, 6), (True, True, 9), (False, False, 3)]
)
def test_products_stand_behind_the_columns(squares, pairs, width):
    x = np.arange(12.0).reshape(4, 3)
    made = Products(squares, pairs).fit_transform(x)
    assert made.shape == (4, width)
    assert made[:, :3].tolist() == x.tolist()
    if pairs:
        assert made[:, -1].tolist() == (x[:, 1] * x[:, 2]).tolist()


@pytest.fixture
def frame():
    draw = np.random.default_rng(0)
    return pd.DataFrame(
        {
            "skewed": draw.lognormal(0, 1.5, 400),
            "few": draw.choice(["a", "b", "c"], 400),
            "many": [f"level {n}" for n in draw.integers(0, 40, 400)],
        }
    )


def test_a_power_makes_a_skewed_number_nearly_normal(frame):
    made = transformer(frame, "regression", power=True, scale="standard").fit_transform(
        frame, frame["skewed"]
    )
    assert abs(stats.skew(frame["skewed"])) > 3
    assert abs(stats.skew(made[:, 0])) < 0.3


def test_bins_hold_equally_many_rows(frame):
    made = transformer(frame, "regression", bins=8).fit_transform(frame, frame["skewed"])
    assert made[:, :8].sum(axis=0).tolist() == [50] * 8


def test_mixed_encoding_gives_few_levels_a_column_each_and_many_levels_one_number(frame):
    made = transformer(frame, "regression", encode="mixed").fit_transform(frame, frame["skewed"])
    assert made.shape[1] == 1 + 3 + 1


def test_the_target_of_a_row_never_enters_its_own_encoding(frame):
    """Cross-fitted: levels that stand once each carry no target at all, where a plain mean would give it away."""
    alone = frame.assign(many=[f"only {n}" for n in range(len(frame))])[["many"]]
    y = np.random.default_rng(1).normal(size=len(alone))
    made = transformer(alone, "regression", encode="target").fit_transform(alone, y)
    assert abs(np.corrcoef(made[:, 0], y)[0, 1]) < 0.2


def test_products_of_very_many_numbers_are_left_out():
    wide = pd.DataFrame(np.random.default_rng(0).normal(size=(50, 40)), columns=[f"x{n}" for n in range(40)])
    made = transformer(wide, "regression", squares=True, products=True).fit_transform(wide, wide["x0"])
    assert made.shape[1] == 80


def test_free_text_is_told_from_categories():
    draw = np.random.default_rng(0)
    texts = pd.Series([" ".join(draw.choice(list("abcdefgh"), 5)) for _ in range(200)])
    assert is_text(texts)
    assert not is_text(texts.str[:1])
    assert not is_text(pd.Series(["one of few long levels"] * 200))


def test_lightgbm_is_told_which_columns_hold_levels_and_nothing_else_can_be(frame):
    model = model_pipeline(frame, LGBMRegressor(n_estimators=2, verbose=-1), "regression", encode="levels")
    told = model[-1].get_params()["cat_feature"]
    made = model[0].fit(frame).transform(frame)
    names = [c for c in frame if not pd.api.types.is_numeric_dtype(frame[c])]
    assert told == list(range(len(names)))
    assert made[:, : len(names)].tolist() == OrdinalEncoder().fit_transform(frame[names]).tolist()
    with pytest.raises(BadInput, match='encode "levels" is for LightGBM, and Ridge takes none'):
        model_pipeline(frame, Ridge(), "regression", encode="levels")


@pytest.mark.parametrize("levels", [4, 6])
def test_few_rows_are_enough_for_lightgbm_to_go_by_levels(levels):
    number = np.random.default_rng(0).permutation(np.arange(150) % levels)
    frame = pd.DataFrame({"level": [f"l{n * 7 % levels}" for n in number]})
    family = families("regression")["LightGBM"]
    model = model_pipeline(frame, family.make(0), "regression", **family.features).fit(frame, number)
    assert np.corrcoef(model.predict(frame), number)[0, 1] > 0.95


def test_no_column_at_all_is_refused():
    with pytest.raises(BadInput, match="no feature is left"):
        transformer(pd.DataFrame(index=range(5)), "regression")


class Draw:
    """A trial that takes the last of the choices."""

    def suggest_categorical(self, name, choices):
        return choices[-1]


def test_the_search_tries_transformations_that_the_columns_allow(frame):
    options = suggested(Draw(), frame, {"scale": "standard"})
    assert options == {"scale": "robust", "bins": 8, "encode": "mixed"}
    assert suggested(Draw(), frame[["skewed"]], {"impute": "none", "encode": "ordinal"}) == {
        "impute": "none",
        "encode": "ordinal",
    }
