"""How much synthetic rows resemble real ones, what a model learns from them, and how near they come to real rows."""

from pathlib import Path

import numpy as np
from table import Line, markdown

from helpers.data import kinds, label
from helpers.data.synthetic import distance, generate, judge

ROOT = Path(__file__).parents[1]
SEEDS = 3


def churn():
    import pandas as pd

    table = pd.read_csv(
        ROOT / "data" / "telco_churn.csv.gz", dtype=str, keep_default_na=False, na_values=[""]
    )
    rows, types = kinds.typed(table)
    rows["churn"] = label.target_as_text(rows["churn"])
    return rows, label.problem_of("churn", rows, types, "churn")[0]


def measure() -> list[Line]:
    """Return fidelity, usefulness and nearness on churn: means of three divisions of the rows."""
    rows, problem = churn()
    gaps, shapes, links, copies, nearer = [], [], [], 0, []
    for seed in range(SEEDS):
        held = np.random.default_rng(seed).random(len(rows)) < 0.25
        real, judging = rows[~held], rows[held]
        made = generate.synthetic(real, problem, len(real), seed)
        useful = judge.utility(real, made.rows, judging, problem, seed)
        gaps.append(useful["real"] - useful["synthetic"])
        shapes.append(judge.shapes(real, made.rows, made.roles)["score"].mean())
        links.append(judge.mean_difference(*judge.links(real, made.rows, problem)))
        copies += generate.copied(made, real)
        near, natural = (distance.nearest(r, real, made.roles, seed=seed) for r in (made.rows, judging))
        nearer.append(np.median(near) / np.median(natural))
    return [
        Line("synthetic churn: AUC on real rows, real minus synthetic training", float(np.mean(gaps)), "", 0.03),
        Line("synthetic churn: mean shape of the columns (1 - KS, 1 - TV)", float(np.mean(shapes)), "", 0.9, True),
        Line("synthetic churn: mean difference of associations", float(np.mean(links)), "", None),
        Line("synthetic churn: copies of real rows", copies, "", 0),
        Line("synthetic churn: median distance to a real row, held-out rows 1", float(np.mean(nearer)), "×", None),
    ]  # fmt: skip


if __name__ == "__main__":
    print(markdown(measure()))
