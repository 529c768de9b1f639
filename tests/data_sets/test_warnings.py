"""Whoever sees how a run ended sees what makes its verdict doubtful, too."""

import numpy as np
import pandas as pd

from helpers.pipeline import manifest


def test_what_may_hold_the_answer_and_what_may_be_personal_stand_beside_the_verdict(clone):
    draw = np.random.default_rng(0)
    y = draw.integers(0, 2, 400)
    frame = pd.DataFrame(
        {
            "x": draw.normal(size=400).round(3),
            "<b>closed</b>": np.where(y == 1, "settled", "open"),
            "mail": [f"ann.lee{n}@example.org" for n in draw.integers(0, 90, 400)],
            "y": np.where(y == 1, "yes", "no"),
        }
    )
    frame.to_csv(clone.root / "odd.csv", index=False)
    done = clone.run("run", "odd.csv", "--target", "y", "--to", "explore", "-p", "ingest.time=null")
    assert done.returncode == 0, done.stderr
    assert "Warning: <b>closed</b> may hold the answer" in done.stdout
    assert "nothing is done about what may be personal: mail" in done.stdout
    page = next(clone.root.glob("reports/odd/*/index.html")).read_text()
    assert "&lt;b&gt;closed&lt;/b&gt; may hold the answer" in page
    assert "<b>closed" not in page
    dropped = "ingest.drop=[<b>closed</b>]", "ingest.personal=[mail=drop]"
    again = clone.run("run", "odd", "--to", "explore", "-p", dropped[0], "-p", dropped[1])
    assert "Warning" not in again.stdout


def test_of_very_many_suspects_the_first_are_named():
    suspects = [{"name": f"c{n}", "evidence": "alone it tells the target"} for n in range(9)]
    said = manifest._warnings({"suspects": suspects, "provenance": None})
    assert len(said) == 6
    assert said[0].startswith("c0 may hold the answer")
    assert said[-1].startswith("4 more may hold the answer")
    assert manifest._warnings({"suspects": None, "provenance": {}}) == []
