"""Personal values that were removed are nowhere in what a run leaves behind, but in the original where it is kept."""

import gzip
import html
import io
import json
import pickle
import random
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest

WORKBENCH = Path(sys.executable).with_name("workbench")
KEY = "a key that only this test knows"
ROWS = 400
PERSONAL = [
    "who=drop", "mail=hash", "phone=mask", "street=drop", "zip=generalise:prefix2", "machine=mask", "card=drop",
    "iban=mask", "ssn=hash", "born=generalise:year", "age=generalise:10", "notes=mask",
]  # fmt: skip
WHOLE = ["who", "mail", "phone", "street", "machine", "card", "iban", "ssn", "born"]
QUICK = [
    "train.families=[logistic regression, decision tree]",
    "train.folds=3",
    "tune.trials=2",
    "tune.folds=2",
]


def luhn(digits):
    total = sum(sum(divmod(2 * int(d), 10)) for d in digits[::-2]) + sum(int(d) for d in digits[-2::-2])
    return digits + str(-total % 10)


def account(draw):
    number = f"{draw.randrange(10**18):018d}"
    check = 98 - int(number + "131400") % 97
    return f"DE{check:02d}{number}"


def people(seed=0):
    """A table of made-up persons; each name, street and number in it is found nowhere else."""
    draw = random.Random(seed)
    letters = "bcdfghjklmnprstvwz"

    def odd():
        return "".join(draw.choice(letters) + draw.choice("aeiou") for _ in range(4)).capitalize()

    table = []
    for n in range(ROWS):
        first, last = draw.choice(["Anna", "Peter", "Maria", "Thomas"]), odd()
        row = {
            "who": f"{first} {last}",
            "mail": f"{last.lower()}.{n}@{odd().lower()}.example",
            "phone": f"+1 212 555 {draw.randrange(10**4):04d}",
            "street": f"{draw.randint(1, 999)} {odd()} Avenue",
            "zip": f"{draw.randrange(10**5):05d}",
            "machine": f"10.{draw.randrange(256)}.{draw.randrange(256)}.{draw.randrange(256)}",
            "card": luhn(f"4{draw.randrange(10**14):014d}"),
            "iban": account(draw),
            "ssn": f"{draw.randint(100, 665)}-{draw.randint(10, 99)}-{draw.randint(1000, 9999)}",
            "born": f"{draw.randint(1940, 2000)}-{draw.randint(1, 12):02d}-{draw.randint(2, 28):02d}",
            "age": draw.randint(25, 85),
            "income": round(draw.lognormvariate(10, 0.5), 2),
            "plan": draw.choice(["basic", "plus", "premium"]),
        }
        about = draw.choice(["mail", "phone", "iban", "who", "card", "ssn"])
        row["notes"] = f"The client {last} wrote about the last bill, see {row[about]} for all that was said"
        row["left"] = "yes" if (row["age"] > 55) ^ (draw.random() < 0.15) else "no"
        table.append(row)
    return pd.DataFrame(table)


KEYS = {"WORKBENCH_PRIVACY_KEY": KEY, "WORKBENCH_ORIGINALS_KEY": "A" * 43 + "="}


@pytest.fixture(scope="module")
def keyed(clone):
    """The repository's notebooks in a folder of their own, both keys in the environment of their runs."""
    bare = clone.environment()
    clone.environment = lambda: bare | KEYS
    return clone


def asked(*more):
    personal = "ingest.personal=[" + ", ".join(f'"{p}"' for p in PERSONAL) + "]"
    return [
        w
        for one in [personal, "ingest.quasi_identifiers=[zip, age, plan]", *QUICK, *more]
        for w in ("-p", one)
    ]


def texts_of(path, data=None):
    """Everything that a file says, decoded: tables as CSV, models unpickled, archives opened, pages unescaped."""
    data = path.read_bytes() if data is None else data
    yield data.decode("utf-8", "ignore")
    name = path.name
    if name.endswith(".parquet"):
        yield pd.read_parquet(io.BytesIO(data)).to_csv()
    elif name.endswith(".pickle.zst"):
        model = pickle.loads(pa.input_stream(io.BytesIO(data), compression="zstd").read())
        yield pickle.dumps(model).decode("utf-8", "ignore")
    elif name.endswith((".json", ".ipynb")):
        yield json.dumps(json.loads(data), ensure_ascii=False)
    elif name.endswith(".html"):
        yield html.unescape(html.unescape(data.decode()))
    elif name.endswith(".gz"):
        yield gzip.decompress(data).decode("utf-8", "ignore")
    elif zipfile.is_zipfile(io.BytesIO(data)):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for member in archive.namelist():
                yield from texts_of(path.with_name(member.rpartition("/")[2]), archive.read(member))


def pattern(words):
    """One regular expression for many words, as a tree of their letters: each place is looked at once."""
    tree = {}
    for word in words:
        branch = tree
        for letter in word:
            branch = branch.setdefault(letter, {})
        branch[""] = {}

    def written(branch):
        if "" in branch:
            return ""
        return "(?:" + "|".join(re.escape(c) + written(rest) for c, rest in sorted(branch.items())) + ")"

    return re.compile(written(tree))


def leaks(folders, needles, said=""):
    """Where a needle stands: file and column of the value."""
    column_of = {v: column for column, values in needles.items() for v in values}
    search = pattern(column_of)
    files = [f for folder in folders for f in sorted(folder.rglob("*")) if f.is_file()]
    found = set()
    for name, texts in [("terminal", [said]), *((str(f), texts_of(f)) for f in files)]:
        for text in texts:
            found |= {(name, column_of.get(hit, hit)) for hit in search.findall(text.lower())}
    return sorted(found)


@pytest.fixture(scope="module")
def ran(keyed):
    project, frame = keyed, people()
    outside = project.root.parent / "people.csv"
    frame.to_csv(outside, index=False)
    done = project.run(
        "run", str(outside), "--target", "left", "--name", "people", "--json",
        *asked("ingest.keep_original=none", f"forecast.table={outside}", "synthetic.most_rows=500"),
    )  # fmt: skip
    assert done.returncode == 0, done.stderr + str(
        [s for s in json.loads(done.stdout)["stages"] if s["state"] != "done"]
    )
    return project, frame, done


def needles_of(frame):
    found = {c: {str(v).lower() for v in frame[c]} for c in WHOLE}
    found["last name"] = {v.split()[1].lower() for v in frame["who"]}
    return found


def test_the_search_finds_what_is_there(ran, tmp_path):
    _, frame, _ = ran
    frame.to_parquet(tmp_path / "a.parquet")
    pd.to_pickle(1, tmp_path / "b")
    with zipfile.ZipFile(tmp_path / "c.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("x/page.html", "&#110;&#46;" + frame["mail"][3].replace("@", "&#64;"))
    found = leaks([tmp_path], needles_of(frame))
    told = {c for f, c in found if f.endswith("a.parquet")}
    assert told >= set(WHOLE) - {"who", "mail"}  # these two hold a last name, which is told in their place
    assert (str(tmp_path / "c.zip"), "last name") in found


def test_nothing_that_was_removed_is_in_anything_that_a_whole_run_left_behind(ran):
    project, frame, done = ran
    assert (project.root / "workspace").is_dir()
    kept = [project.root / name for name in ("workspace", "reports", "configs")]
    assert leaks(kept, needles_of(frame), done.stdout + done.stderr) == []


def test_the_key_is_nowhere_either(ran):
    project, _, done = ran
    assert (
        leaks(
            [project.root / "workspace", project.root / "reports"],
            {"key": {KEY.lower()}},
            done.stdout + done.stderr,
        )
        == []
    )


def test_raw_rows_are_predicted_as_the_stored_ones_and_their_names_are_hashed(ran):
    project, _, done = ran
    manifest = json.loads(done.stdout)
    entries = {name: entry for s in manifest["stages"] for name, entry in s.get("writes", {}).items()}
    store = project.root / "workspace" / "store" / "objects"
    tables = {
        n: pd.read_parquet(next(store.rglob(f"{entries[n]['hash']}*"))) for n in ("predictions", "rows")
    }
    predictions, rows = tables["predictions"], tables["rows"]
    assert len(predictions) == ROWS
    assert predictions["mail"].str.fullmatch(r"h:[0-9a-f]{32}").all()
    assert predictions["mail"].iloc[rows.index].tolist() == rows["mail"].tolist()
    assert set(rows["age"]) <= set(range(0, 100, 10))
    assert not {"who", "street", "card"} & set(rows)


def test_a_table_without_the_key_is_refused_in_one_line(ran):
    project, frame, _ = ran
    table = project.root.parent / "new.csv"
    frame.head(5).to_csv(table, index=False)
    kept = {k: v for k, v in project.environment().items() if k != "WORKBENCH_PRIVACY_KEY"}
    done = subprocess.run(
        [WORKBENCH, "predict", str(table), "--model", "people"], cwd=project.root, env=kept, capture_output=True,
        text=True, timeout=120,
    )  # fmt: skip
    assert done.returncode == 2
    assert "WORKBENCH_PRIVACY_KEY" in done.stderr
    assert leaks([], needles_of(frame), done.stdout + done.stderr) == []


@pytest.mark.parametrize("how", ["encrypted", "none"])
def test_an_original_that_is_not_kept_as_it_is_gives_nothing_away_nor_does_a_joined_table(
    keyed, tmp_path, how
):
    project, frame, strangers = keyed, people(seed=1), people(seed=3)
    outside, accounts = tmp_path / "others.csv", tmp_path / "accounts.csv"
    frame.to_csv(outside, index=False)
    both = pd.concat([frame, strangers])[["mail"]]
    both.assign(balance=range(len(both))).to_csv(accounts, index=False)
    done = project.run("run", str(outside), "--target", "left", "--name", f"others_{how}", "--to", "ingest",
                       *asked(f"ingest.keep_original={how}", f"ingest.joins=[{accounts} on mail]"))  # fmt: skip
    assert done.returncode == 0, done.stderr
    manifest = json.loads(
        next((project.root / "reports" / f"others_{how}").glob("*/manifest.json")).read_text()
    )
    assert "balance" in manifest["problem"]["types"]
    copies = [p for p in (project.root / "workspace" / "originals").rglob("*.encrypted")]
    assert len(copies) == (2 if how == "encrypted" else 0)
    needles = needles_of(frame) | {"stranger": {m.lower() for m in strangers["mail"]}}
    left = [project.root / "workspace", project.root / "reports"]
    assert leaks(left, needles, done.stdout + done.stderr) == []


@pytest.mark.parametrize("wrong", ["who=generalise:10", "notes=generalise:month", "mail=generalise:year"])
def test_a_cell_that_fails_at_a_personal_column_shows_none_of_its_values(keyed, tmp_path, wrong):
    project, frame = keyed, people(seed=2)
    outside = tmp_path / "odd.csv"
    frame.to_csv(outside, index=False)
    done = project.run("run", str(outside), "--target", "left", "--name", "odd", "--to", "ingest",
                       "-p", f'ingest.personal=["{wrong}"]', "-p", "ingest.keep_original=none")  # fmt: skip
    assert done.returncode in (1, 2)
    assert wrong.partition("=")[0] in done.stdout + done.stderr
    texts = {c: v for c, v in needles_of(frame).items() if c == wrong.partition("=")[0]} or {
        "notes": set(frame["notes"])
    }
    assert (
        leaks([project.root / "reports", project.root / "workspace"], texts, done.stdout + done.stderr) == []
    )
