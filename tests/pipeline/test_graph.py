"""The graph: an order that works, and every mistake in pipeline.yaml told in one line."""

from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.errors import BadInput
from helpers.pipeline.graph import read_graph

calm = settings(max_examples=60, deadline=None)
DIAMOND = """
stages:
  last: {notebook: notebooks/model/last.ipynb, reads: [l, r, secret], writes: [end]}
  first: {notebook: notebooks/data/first.ipynb, files: [source], writes: [a, secret]}
  left: {notebook: notebooks/data/left.ipynb, reads: [a], writes: [l]}
  right: {notebook: notebooks/data/right.ipynb, reads: [a], writes: [r]}
  alone: {notebook: notebooks/deploy/alone.ipynb}
sealed: {secret: last}
publish: {end: models}
volatile: [l]
download: [end]
"""


def read(tmp_path, text):
    (tmp_path / "pipeline.yaml").write_text(text)
    return read_graph(tmp_path)


def test_stages_are_in_an_order_in_which_they_can_run(tmp_path):
    graph = read(tmp_path, DIAMOND)
    order = list(graph.stages)
    assert sorted(order) == ["alone", "first", "last", "left", "right"]
    for stage in graph.stages.values():
        for need in graph.needs(stage.name):
            assert order.index(need) < order.index(stage.name)
    assert order.index("left") < order.index("right")  # as in the file where nothing else decides


def test_what_is_special_about_artifacts_is_read(tmp_path):
    graph = read(tmp_path, DIAMOND)
    assert graph.sealed == {"secret": "last"}
    assert graph.publish == {"end": "models"}
    assert (graph.volatile, graph.download) == (("l",), ("end",))
    assert graph.writers == {"a": "first", "secret": "first", "l": "left", "r": "right", "end": "last"}
    assert graph.stage("first").files == ("source",)
    assert [graph.stage(n).level for n in ("first", "last", "alone")] == ["data", "model", "deploy"]


def test_needs_upstream_and_downstream_follow_the_artifacts(tmp_path):
    graph = read(tmp_path, DIAMOND)
    assert graph.needs("last") == ["first", "left", "right"]
    assert graph.upstream("last") == {"first", "left", "right"}
    assert graph.upstream("first") == set()
    assert graph.downstream("first") == {"left", "right", "last"}
    assert graph.downstream("alone") == set()


def test_an_unknown_stage_offers_the_nearest(tmp_path):
    with pytest.raises(BadInput, match="did you mean 'right'") as told:
        read(tmp_path, DIAMOND).stage("rigth")
    assert "first" in str(told.value)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("reads: [a], writes: [l]", "reads: [a], writes: [r]", ["two stages", "left", "right"]),
        ("reads: [l, r, secret]", "reads: [l, r, secrt]", ["secrt", "did you mean 'secret'"]),
        ("files: [source]", "reads: [end]", ["wait for each other", "first", "last"]),
        ("reads: [a], writes: [l]", "reads: [a, l], writes: [l]", ["wait for each other", "left"]),
        ("sealed: {secret: last}", "sealed: {secrt: last}", ["did you mean 'secret'"]),
        ("sealed: {secret: last}", "sealed: {secret: lost}", ["did you mean 'last'"]),
        ("sealed: {secret: last}", "sealed: {secret: left}", ["left", "does not read"]),
        ("sealed: {secret: last}", "sealed: [secret]", ["sealed must be a mapping"]),
        ("sealed: {secret: last}", "sealed: {secret: [last]}", ["sealed must be a mapping"]),
        ("publish: {end: models}", "publish: end", ["publish must be a mapping"]),
        ("publish: {end: models}", "publish: {ende: models}", ["did you mean 'end'"]),
        ("volatile: [l]", "volatile: [left]", ["no stage writes left"]),
        ("volatile: [l]", "volatile: l", ["volatile must be a list"]),
        ("download: [end]", "downlaod: [end]", ["did you mean 'download'"]),
        ("files: [source]", "file: [source]", ["first", "did you mean 'files'"]),
        ("reads: [a], writes: [l]", "reads: a, writes: [l]", ["left", "reads must be a list"]),
        ("reads: [a], writes: [l]", "reads: [a], writes: left", ["left", "writes must be a list"]),
        ("reads: [a], writes: [l]", "reads: [[a]], writes: [l]", ["left", "reads must be a list"]),
        ("notebook: notebooks/data/left.ipynb, ", "", ["left", "notebook"]),
        ("notebook: notebooks/data/left.ipynb", "notebook: 5", ["left", "notebook"]),
        ("left: {notebook: notebooks/data/left.ipynb, reads: [a], writes: [l]}", "left: words", ["left"]),
        (DIAMOND, "", ["stages"]),
        (DIAMOND, "stages: []", ["stages"]),
        (DIAMOND, "stages: {}", ["stages"]),
        (DIAMOND, "- a", ["mapping"]),
        (DIAMOND, "stages: {a: [}", ["line 1"]),
    ],
)  # fmt: skip
def test_a_mistake_is_told_in_one_line_that_names_it(tmp_path, old, new, words):
    assert old in DIAMOND
    with pytest.raises(BadInput) as told:
        read(tmp_path, DIAMOND.replace(old, new))
    for word in ["pipeline.yaml", *words] if "lost" not in new else words:
        assert word in str(told.value)
    assert "\n" not in str(told.value)


def test_a_missing_file_is_told(tmp_path):
    with pytest.raises(BadInput, match=r"pipeline\.yaml"):
        read_graph(tmp_path)


@calm
@given(
    edges=st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7)), max_size=14),
    order=st.permutations(range(8)),
)
def test_any_graph_without_a_circle_is_ordered_and_any_with_one_refused(tmp_path_factory, edges, order):
    reads = {i: sorted({a for a, b in edges if b == i}) for i in range(8)}
    reached = {i: set(reads[i]) for i in range(8)}
    for _ in range(8):
        reached = {i: part | {k for j in part for k in reached[j]} for i, part in reached.items()}
    stages = {
        f"s{i}": {"notebook": f"n/{i}.ipynb", "reads": [f"a{j}" for j in reads[i]], "writes": [f"a{i}"]}
        for i in order
    }
    folder = tmp_path_factory.mktemp("graph")
    (folder / "pipeline.yaml").write_text(yaml.safe_dump({"stages": stages}, sort_keys=False))
    if any(i in reached[i] for i in range(8)):
        with pytest.raises(BadInput, match="wait for each other"):
            read_graph(folder)
        return
    graph = read_graph(folder)
    places = {name: n for n, name in enumerate(graph.stages)}
    for i in range(8):
        assert graph.upstream(f"s{i}") == {f"s{j}" for j in reached[i]}
        assert graph.downstream(f"s{i}") == {f"s{j}" for j in range(8) if i in reached[j]}
        assert all(places[f"s{j}"] < places[f"s{i}"] for j in reads[i])


def test_the_graph_of_this_project_is_right_and_its_notebooks_are_there():
    root = Path(__file__).parents[2]
    graph = read_graph(root)
    assert all((root / s.notebook).is_file() for s in graph.stages.values())
    assert graph.sealed == {"test_rows": "accept"}
