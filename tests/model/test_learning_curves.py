"""Learning curves: the same folds, fewer rows, and a word on what more rows would give."""

import numpy as np
import pandas as pd
import pytest

from helpers.model import train
from helpers.model.cross_validation import Job, Judge, cross_validate
from helpers.model.families import families
from helpers.model.features import model_pipeline
from helpers.model.learning_curves import COLUMNS, gain, learning_curves
from helpers.model.scoring import score, target


def curves_of(made, task, names, count=300, **more):
    problem, rows = made(task, count, **more)
    parts = train.folds(rows, problem, 4, 0)
    candidates = {n: families(task)[n] for n in names}
    results = cross_validate(candidates, rows, problem, parts, 0)
    return problem, rows, parts, results, learning_curves(candidates, results, rows, problem, parts, 0)


def test_a_point_is_the_score_of_a_model_of_so_many_rows_on_the_whole_judged_fold(made):
    problem, rows, parts, results, curves = curves_of(made, "regression", ["ridge"])
    x, y = rows.drop(columns="y"), target(problem, rows)
    judge = Judge(families("regression"), x, y, problem, parts, 0)
    assert sorted(curves["size"].unique()) == [0.25, 0.5, 1.0]  # an eighth of 225 rows is less than 30
    for point in curves.itertuples():
        learn, judged = judge.positions(Job("ridge", point.fold, point.rows))
        assert len(learn) == point.rows == int(point.size * 225)
        assert set(learn) <= set(parts[point.fold][0])
        assert set(judged) == set(parts[point.fold][1])
        family = families("regression")["ridge"]
        model = model_pipeline(x, family.make(0), "regression", **family.features).fit(
            x.iloc[learn], y[learn]
        )
        wanted = score(problem.measure, y[judged], model.predict(x.iloc[judged]), problem)
        assert point.score == pytest.approx(wanted)
    whole = curves[curves["size"] == 1.0].set_index("fold")["score"]
    assert whole.to_dict() == pytest.approx({n: results[0].scores[n] for n in (0, 1, 2)})


def test_fewer_rows_are_among_the_more_and_the_latest_ones_where_there_is_time(made):
    problem, rows = made("regression")
    judge = Judge({}, rows, target(problem, rows), problem, train.folds(rows, problem, 4, 0), 0)
    few, more = (set(judge.positions(Job("", 1, n))[0]) for n in (40, 80))
    assert few < more
    timed, rows = made("regression", time="at")
    rows = rows.assign(at=np.arange(len(rows)))
    judge = Judge({}, rows, target(timed, rows), timed, train.folds(rows, timed, 4, 0), 0)
    learn, _ = judge.positions(Job("", 0, 40))  # of the newest fold
    assert learn.tolist() == list(range(200, 240))


def test_too_few_rows_give_no_curve(made):
    assert curves_of(made, "regression", ["ridge"], 100)[-1].empty
    assert gain(pd.DataFrame(columns=COLUMNS), "ridge") is None


def test_a_gain_that_the_folds_share_is_one_and_a_gain_by_luck_is_none():
    def curve(gains):
        points = [("f", n, 0.5, 50, 0.7) for n in range(3)]
        return pd.DataFrame(
            points + [("f", n, 1.0, 100, 0.7 + g) for n, g in enumerate(gains)], columns=COLUMNS
        )

    steady, lucky = gain(curve([0.03, 0.04, 0.05]), "f"), gain(curve([0.2, -0.05, -0.03]), "f")
    assert steady.verdict == "more rows would probably help"
    assert steady.mean == pytest.approx(0.04)
    assert steady.std == pytest.approx(0.01)
    assert (steady.before, steady.rows) == (50, 100)
    assert lucky.verdict == "the folds differ too much to say whether more rows would help"
    assert gain(curve([-0.03, -0.04, -0.05]), "f").verdict == "more rows alone would hardly help"
