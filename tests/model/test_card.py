"""The card tells what the model is, and shows what comes from data as text."""

import re

import mistune

from helpers.model import card

HOSTILE = "<script>alert(1)</script> | `x` [a](javascript:b) *c*"


def written(made):
    problem, _ = made("binary", identifiers=["id"])
    provenance = {
        "source": HOSTILE, "rows_read": 1000, "sha256": "ab" * 32, "retrieved": "2026-01-01", "origin": None,
        "licence": HOSTILE, "rows_without_target": 3, "sealed_rows": 100,
    }  # fmt: skip
    recipe = {
        "inputs": [{"name": HOSTILE, "kind": "category"}, {"name": "age", "kind": "integer"}],
        "outputs": [], "steps": [{"step": "drop", "columns": [HOSTILE], "reason": "why"}],
    }  # fmt: skip
    evaluation = {
        "measures": {"roc_auc": 0.81}, "baseline": {"roc_auc": 0.5}, "threshold": 0.25,
        "objective": {"text": "a cost of 5 for a missed case"}, 
        "groups": {HOSTILE: [{"group": HOSTILE, "rows": 3, "recall": None}]},
    }  # fmt: skip
    acceptance = {
        "reason": "good",
        "rows": 100,
        "interval": {"low": 0.7, "high": 0.9},
        "measures": {"roc_auc": 0.8},
        "baseline_measures": {"roc_auc": 0.493},
        "served": {
            **{"acted": 0.54, "precision": 0.446, "recall": 0.904, "accuracy": 0.676},
            **{"cost": 42.61, "cost_never": 132.8, "cost_always": 73.44},
        },
    }
    return card.card(problem, provenance, recipe, evaluation, acceptance, "RandomForestClassifier")


def test_the_card_has_the_usual_sections_and_the_figures(made):
    text = written(made)
    assert re.findall(r"(?m)^## (.*)$", text) == [
        "Purpose",
        "Data",
        "Input",
        "Quality",
        "Use",
        "Groups",
        "Limits",
    ]
    for figure in ("0.81", "0.25", "1,000", "0.7", "0.9", "0.493", "recall 0.904, accuracy 0.676", "42.61"):
        assert figure in text


def test_what_comes_from_data_is_text_in_the_card(made):
    page = mistune.create_markdown(escape=False, plugins=["table"])(written(made))
    assert "<script" not in page
    assert "<a " not in page
    assert "<em>" not in page
    rows = re.findall(r"<tr>(.*?)</tr>", page, re.S)
    assert {len(re.findall("<t[hd]", row)) for row in rows} <= {2, 3, 4}
