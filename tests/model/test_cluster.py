"""Groups that are there are found and found again; where there are none, that is said."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import adjusted_rand_score, silhouette_score

from helpers.errors import BadInput
from helpers.model import cluster
from helpers.model.families import families
from helpers.problem import Problem

PROBLEM = Problem("made", None, "none", "", types={})


def groups(count=240, apart=8.0, seed=0):
    """Rows of three groups in the plane, with a category that goes with the group, and the groups."""
    draw = np.random.default_rng(seed)
    which = np.arange(count) % 3
    centre = np.array([[0, 0], [apart, 0], [0, apart]])[which]
    frame = pd.DataFrame(centre + draw.normal(size=(count, 2)), columns=["a", "b"])
    return frame.assign(kind=np.array(["red", "green", "blue"], object)[which]), which


@pytest.mark.parametrize("name", ["k-means", "mini-batch k-means", "Gaussian mixture", "DBSCAN", "HDBSCAN"])
def test_planted_groups_are_found_and_stable(name):
    rows, which = groups()
    _, made = cluster.matrix(rows, PROBLEM, 0)
    board = cluster.compared(made, families("groups", [name]), [2, 3, 5], 0)
    chosen = cluster.best(board)
    assert chosen["groups"] == 3
    assert chosen["stability"] > 0.9
    given = {} if pd.isna(chosen["asked"]) else {"n_clusters": int(chosen["asked"])}
    labels = cluster.labelled(families("groups")[name], made, 0, given)
    inside = labels >= 0
    assert adjusted_rand_score(which[inside], labels[inside]) > 0.98
    assert chosen["silhouette"] == pytest.approx(silhouette_score(made[inside], labels[inside]))


def test_a_cloud_without_groups_is_not_called_grouped():
    draw = np.random.default_rng(0)
    rows = pd.DataFrame(draw.normal(size=(200, 6)), columns=list("abcdef"))
    _, made = cluster.matrix(rows, PROBLEM, 0)
    board = cluster.compared(made, families("groups", ["k-means", "HDBSCAN"]), [3, 5, 8], 0)
    assert cluster.best(board) is None


def test_groups_are_numbered_by_size_and_told_by_what_sets_them_apart():
    rows, _ = groups(200)
    rows = rows.iloc[:150]
    x, made = cluster.matrix(rows, PROBLEM, 0)
    labels = cluster.labelled(families("groups")["k-means"], made, 0, {"n_clusters": 3})
    told = cluster.described(x, labels)
    assert list(told["rows"]) == sorted(told["rows"], reverse=True)
    assert told["what sets it apart"].str.contains("kind (red|green|blue)", regex=True).all()


def test_a_row_far_from_all_is_the_most_unusual():
    rows, _ = groups()
    rows.loc[len(rows)] = [60.0, -60.0, "red"]
    _, made = cluster.matrix(rows, PROBLEM, 0)
    assert cluster.unusual(made, 0).argmax() == len(rows) - 1


@pytest.mark.parametrize("name", ["k-means", "DBSCAN"])
def test_rows_that_were_not_drawn_get_the_group_of_those_that_they_lie_among(name, monkeypatch):
    monkeypatch.setattr(cluster, "AT_ONCE", 100)  # in several pieces
    rows, which = groups(900)
    rows.index = rows.index[::-1] + 7
    rows, problem = rows.assign(id=[f"n{n}" for n in range(900)]), replace(PROBLEM, identifiers=["id"])
    some = rows.sample(200, random_state=0).sort_index()
    x, made = cluster.matrix(some, problem, 0)
    given = {"n_clusters": 3} if name == "k-means" else {}
    labels = cluster.labelled(families("groups")[name], made, 0, given)
    found = cluster.of_all(rows, x, labels, cluster.unusual(made, 0), problem, 0)
    assert list(found.columns) == ["id", "row", "group", "unusual"]
    assert found["row"].tolist() == rows.index.tolist()
    assert found["id"].tolist() == rows["id"].tolist()
    assert found.loc[some.index, "group"].tolist() == labels.tolist()
    assert set(found.index[found["unusual"].notna()]) == set(some.index)
    inside = found["group"].to_numpy() >= 0
    assert inside.mean() > 0.8
    assert adjusted_rand_score(which[inside], found["group"][inside]) > 0.98


def test_the_same_seed_finds_the_same():
    rows, _ = groups(90)
    _, made = cluster.matrix(rows, PROBLEM, 0)
    boards = [cluster.compared(made, families("groups"), [3], 5, draws=2) for _ in range(2)]
    pd.testing.assert_frame_equal(*boards)


def test_the_target_takes_no_part():
    rows, which = groups(60)
    problem = Problem("made", "y", "regression", "r2", types={})
    x, _ = cluster.matrix(rows.assign(y=which), problem, 0)
    assert "y" not in x


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (groups(12)[0], "too few to look for groups"),
        (pd.DataFrame({"a": np.ones(50), "k": ["x"] * 50}), "all rows are alike"),
        (pd.DataFrame(index=range(50)), "no feature is left"),
    ],
)
def test_rows_without_a_shape_are_refused(rows, said):
    with pytest.raises(BadInput, match=said):
        cluster.matrix(rows, PROBLEM, 0)


def test_rows_with_gaps_and_one_column_on_a_line_are_drawn():
    rows = pd.DataFrame({"a": np.r_[np.arange(40.0), np.nan, np.nan]})
    _, made = cluster.matrix(rows, PROBLEM, 0)
    assert cluster.plane(made).shape == (42, 2)
