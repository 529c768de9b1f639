"""Checks of texts agree with the same rules written in Python, whatever the characters and however the rows come."""

import re
import sys
import unicodedata

import numpy as np
import pandas as pd
import pytest

from helpers.data import checks
from helpers.data.checks import Rows, judge
from helpers.data.checks.texts import PLACEHOLDERS

MOJIBAKE = re.compile("Ã[\u0080-¿€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]|â€|Â[\u00a0-¿]")


def wrong_rows(rows, check):
    return judge(rows, [check], most=10**6).findings["row"].tolist()


def is_unclean(text):
    control = any(unicodedata.category(c) == "Cc" and c not in "\t\n\r\x85" and c < "\x80" for c in text)
    return text != text.strip() or control or "�" in text or bool(MOJIBAKE.search(text))


def test_every_character_is_judged_as_python_would_judge_it():
    characters = [chr(n) for n in range(sys.maxunicode + 1) if not 0xD800 <= n <= 0xDFFF][:70_000]
    texts = [t for c in characters for t in (f"{c}a", f"a{c}b")]
    right = [n for n, text in enumerate(texts) if is_unclean(text)]
    assert wrong_rows(pd.DataFrame({"t": texts}), checks.clean_text("t")) == right


def test_what_an_export_broke_is_told_from_words_with_the_same_letters():
    broken = ["cafÃ©", "donâ€™t", "Â£5", "a�b", "MÃ¼nchen"]
    sound = ["café", "São Paulo", "Ãlva", "â la carte", "Ângela", None]
    found = wrong_rows(pd.DataFrame({"t": broken + sound}), checks.clean_text("t"))
    assert found == list(range(len(broken)))


def test_placeholders_are_found_in_any_case_and_between_blanks():
    texts = [*PLACEHOLDERS, *(f" {p.upper()}\t" for p in PLACEHOLDERS), "nano", "a - b", "", None]
    found = wrong_rows(pd.DataFrame({"t": texts}), checks.no_placeholders("t"))
    assert found == list(range(2 * len(PLACEHOLDERS)))


@pytest.mark.parametrize("piece", [7, 10**6])
def test_spellings_are_counted_over_all_pieces_of_a_file(tmp_path, piece):
    draw = np.random.default_rng(0)
    forms = [
        "Straße 1",
        "STRASSE 1",
        "straße  1",
        " Elm  Street",
        "Elm Street",
        "elm street",
        "Oak",
        "oak ",
        "Ash",
    ]
    texts = pd.Series(draw.choice([*forms, None], 500, p=[0.2, 0.05, 0.05, *[0.1] * 6, 0.1]))
    plain = texts.map(lambda t: " ".join(t.split()).casefold(), na_action="ignore")
    usual = texts.groupby(plain).agg(lambda t: t.value_counts().index[0])
    right = texts.index[texts.notna() & (texts != plain.map(usual))].tolist()
    pd.DataFrame({"t": texts}).to_parquet(tmp_path / "rows.parquet")
    rows = Rows(tmp_path / "rows.parquet", piece=piece, small=0)
    found = judge(rows, [checks.one_spelling("t")]).findings
    assert found["row"].tolist() == right
    assert found["value"].tolist() == texts[right].tolist()
    assert wrong_rows(pd.DataFrame({"t": texts[plain != "oak"]}), checks.one_spelling("t"))
