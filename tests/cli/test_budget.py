"""A budget is read as people write it, reaches the stages, and what cannot be kept is refused."""

import pytest

from helpers.cli.budget import seconds_of
from helpers.cli.everywhere import by_stage
from helpers.errors import BadInput
from helpers.pipeline.graph import read_graph
from helpers.pipeline.places import project_root


@pytest.mark.parametrize(
    ("text", "seconds"), [("90", 90), ("90s", 90), ("5m", 300), ("1h", 3600), ("1.5 M", 90), (" 10s ", 10)]
)
def test_times_are_read_as_people_write_them(text, seconds):
    assert seconds_of(text) == seconds


@pytest.mark.parametrize("text", ["", "soon", "5x", "-30s", "1e3", "s", "10 20", "nan", "1:30"])
def test_what_is_no_time_is_refused(text):
    with pytest.raises(BadInput, match="must be a time such as 90, 90s, 5m or 1h"):
        seconds_of(text)


@pytest.mark.parametrize("text", ["0", "9s", "0.1m", "200h"])
def test_a_time_that_is_too_short_or_too_long_is_refused(text):
    with pytest.raises(BadInput, match="10 s at least and 7 days"):
        seconds_of(text)


def test_every_stage_that_takes_long_takes_a_budget():
    root = project_root()
    values = by_stage({"budget": 60.0, "cluster": None}, read_graph(root), root)
    assert {"explore", "profile", "train", "tune", "evaluate"} <= set(values)
    assert all(v == {"budget": 60.0} for v in values.values())


def test_a_cluster_reaches_the_stage_that_fits_most_and_nothing_asked_reaches_none():
    root = project_root()
    graph = read_graph(root)
    assert by_stage({"cluster": "tcp://host:1"}, graph, root)["tune"] == {"cluster": "tcp://host:1"}
    assert by_stage({"budget": None, "cluster": None}, graph, root) == {}
