"""Of a wide table the page of the profile shows the first columns, and a file that anyone can open holds all."""

import csv
import re

import numpy as np
import pandas as pd
import pytest

COLUMNS = 120


@pytest.fixture(scope="module")
def profiled(clone):
    draw = np.random.default_rng(0)
    frame = pd.DataFrame(
        draw.normal(size=(40, COLUMNS)), columns=[f"c{i:03d}" for i in range(COLUMNS)]
    ).round(3)
    frame.to_csv(clone.root / "wide.csv", index=False)
    done = clone.run("run", "wide.csv", "--to", "profile", "-p", "profile.page_columns=2")
    assert done.returncode == 0, done.stderr
    return clone.root / "reports" / "wide" / clone.manifests()[-1]["run"], frame


def test_the_page_shows_a_hundred_columns_and_names_the_file_that_has_them_all(profiled):
    folder, _ = profiled
    page = (folder / "03_profile.html").read_text()
    assert page.count("The first 100 of 120; all are in attributes.csv") == 2  # figures and evidence
    for name, times in (("c000", 2), ("c099", 2), ("c100", 0)):
        assert len(re.findall(f"<t[hd][^>]*>{name}</t", page)) == times, name


def test_the_file_holds_every_column_with_its_figures(profiled):
    folder, frame = profiled
    with open(folder / "files" / "attributes.csv", newline="") as file:
        means = {row["name"]: float(row["mean"]) for row in csv.DictReader(file)}
    assert list(means) == list(frame.columns)
    assert abs(pd.Series(means) - frame.mean()).max() < 0.4  # the sealed tenth is left out
