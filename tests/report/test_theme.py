"""The palette holds for people who see colours differently; the same figure gives the same bytes."""

import io
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from helpers.report import theme

# Machado, Oliveira and Fernandes (2009), severity 1.0, on linear RGB.
SIGHT = {
    "full": [1, 0, 0, 0, 1, 0, 0, 0, 1],
    "protanopia": [0.1523, 1.0526, -0.2049, 0.1145, 0.7863, 0.0992, -0.0039, -0.0481, 1.052],
    "deuteranopia": [0.3673, 0.8607, -0.228, 0.2801, 0.6725, 0.0474, -0.0118, 0.0429, 0.9689],
    "tritanopia": [1.2555, -0.0767, -0.1788, -0.0784, 0.9308, 0.1476, 0.0047, 0.6914, 0.3039],
}
XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])


def linear(colour: str) -> np.ndarray:
    c = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)


def lab(rgb: np.ndarray) -> np.ndarray:
    t = XYZ @ np.clip(rgb, 0, 1) / np.array([0.95047, 1, 1.08883])
    f = np.where(t > 0.008856, np.cbrt(t), 7.787 * t + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.mark.parametrize("sight", SIGHT)
def test_neighbouring_colours_stay_apart_for_every_kind_of_sight(sight):
    seen = [lab(np.reshape(SIGHT[sight], (3, 3)) @ linear(c)) for c in theme.PALETTE]
    gaps = [np.linalg.norm(a - b) for a, b in pairwise(seen)]
    assert min(gaps) > 25
    first_five = [np.linalg.norm(a - b) for i, a in enumerate(seen[:5]) for b in seen[:i]]
    assert min(first_five) > 15


def picture() -> bytes:
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots()
    axes.plot([1, 2, 3], [2, 1, 3], label="$not a formula")
    axes.legend()
    out = io.BytesIO()
    figure.savefig(out, format="png", metadata={"Software": None})
    plt.close(figure)
    return out.getvalue()


def test_the_same_figure_gives_the_same_bytes():
    theme.apply()
    assert picture() == picture()


def test_a_list_of_names_is_shown_whole_and_what_comes_from_data_stays_text():
    theme.apply()
    long = ", ".join(f"column_{i}" for i in range(40)) + ", <script>"
    shown = theme.whole(pd.DataFrame({"names": [long], "share": [0.123456]}))
    assert long.replace("<script>", "&lt;script&gt;") in shown.data
    assert "0.123<" in shown.data  # numbers as in every table


def test_of_a_long_table_the_first_hundred_rows_are_shown_and_the_file_with_all_is_named(monkeypatch):
    theme.apply()
    seen = []
    monkeypatch.setattr(
        theme, "display", lambda shown: seen.append(getattr(shown, "_repr_html_", str)() or shown.data)
    )
    theme.first(pd.DataFrame({"mean": range(1, 101)}), "attributes.csv")
    assert len(seen) == 1
    assert seen[0].count("<tr") == 101  # the head among them
    theme.first(pd.DataFrame({"mean": range(1, 102)}), "attributes.csv")
    assert seen[1].count("<tr") == 101
    assert "<td>100</td>" in seen[1]
    assert "100 of 101; all are in attributes.csv" in seen[2]
