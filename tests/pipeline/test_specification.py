"""A specification alone says what was made and from what, and the same is made again from it."""

import hashlib
import json

import pytest

from helpers.errors import BadInput
from helpers.pipeline import specification


@pytest.fixture(scope="module")
def file(ran):
    folder = sorted((ran.root / "reports" / "numbers").iterdir())[-1]
    return folder / "files" / "specification.json"


def test_it_holds_what_the_model_depends_on(file):
    found = specification.read(file)
    assert {"commit", "packages", "python", "provenance", "recipe"} <= set(found)
    last = next(s for s in found["stages"] if s["name"] == "left")
    assert last["parameters"]["power"]["value"] == 2
    assert all(len(s["fingerprint"]) == 64 for s in found["stages"])


def test_the_manifest_names_it_with_its_hash(file):
    manifest = json.loads((file.parents[1] / "manifest.json").read_text())
    entry = next(d for d in manifest["downloads"] if d["title"] == "specification")
    assert entry["sha256"] == hashlib.sha256(file.read_bytes()).hexdigest()


def test_verify_builds_from_the_file_alone(ran, file, tmp_path):
    copy = tmp_path / "specification.json"
    copy.write_bytes(file.read_bytes())
    done = ran.run("verify", str(copy))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "were built again as they were" in done.stdout


def test_verify_tells_a_result_that_is_not_what_the_file_says(ran, file, tmp_path):
    record = json.loads(file.read_text())
    stage = next(s for s in record["stages"] if s["name"] == "left")
    stage["writes"]["total"]["hash"] = "0" * 64
    other = tmp_path / "other.json"
    other.write_text(json.dumps(record))
    done = ran.run("verify", str(other))
    assert done.returncode == 1
    assert "DIFFERS" in done.stdout


def test_other_versions_are_named(file):
    found = specification.read(file)
    changed = found | {"packages": {"numpy": "1.0", "no-such-package": "2"}, "commit": "abc"}
    said = list(specification.differences(changed, "def"))
    assert said[0] == "made at commit abc, this is def"
    assert said[1].startswith("made with numpy 1.0, here ")
    assert said[2] == "made with no-such-package 2, here not installed"
    assert list(specification.differences(found, found["commit"])) == []


@pytest.mark.parametrize(
    "content", ["", "[]", "{}", '{"specification": 99}', '{"specification": 1, "stages": 3}']
)
def test_what_is_no_specification_is_refused(tmp_path, content):
    path = tmp_path / "x.json"
    path.write_text(content)
    with pytest.raises(BadInput, match="is no specification"):
        specification.read(path)


def test_nothing_to_compare_is_no_success(project, tmp_path):
    empty = {"specification": 1, "name": "numbers", "state": "done", "packages": {}, "stages": []}
    (tmp_path / "x.json").write_text(json.dumps(dict.fromkeys(specification.RUN) | empty))
    done = project.run("verify", str(tmp_path / "x.json"))
    assert done.returncode == 2
    assert "nothing can be verified" in done.stderr


@pytest.mark.parametrize(
    "change",
    [
        lambda found: found.update(name="../../x"),
        lambda found: found.update(packages=5),
        lambda found: found["stages"].append(5),
        lambda found: found["stages"][0].update(parameters={"scale": {}}),
        lambda found: found["stages"][0].update(writes={"numbers": 5}),
        lambda found: found["stages"][0].update(measures=5),
    ],
)
def test_a_specification_that_was_spoilt_is_refused(file, tmp_path, change):
    found = json.loads(file.read_text())
    change(found)
    (tmp_path / "x.json").write_text(json.dumps(found))
    with pytest.raises(BadInput, match="is no specification"):
        specification.read(tmp_path / "x.json")
