"""What conda, pip and the lock install is the same, and the documents tell what is there."""

import re
import subprocess
import tomllib
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[1]


def locked():
    """Name and version of every line of requirements.lock, without markers."""
    lines = (ROOT / "requirements.lock").read_text().splitlines()
    found = [re.match(r"([A-Za-z0-9_.-]+)(?:\[[^\]]*\])?==([^\s;]+)", line) for line in lines]
    return {m[1].lower(): m[2] for m in found if m}


def test_conda_installs_the_locked_versions():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text())
    pip = next(d["pip"] for d in environment["dependencies"] if isinstance(d, dict))
    by_hand = {m[1].lower(): m[2] for p in pip if (m := re.match(r"([\w.-]+)==(\S+)", p))}
    assert "-r requirements.lock" in pip or by_hand == locked()
    assert any(str(d).startswith("python") for d in environment["dependencies"])


def test_pip_installs_the_locked_versions():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    assert "dependencies" in project["project"]["dynamic"]
    assert project["tool"]["setuptools"]["dynamic"]["dependencies"]["file"] == ["requirements.lock"]


def test_the_lock_holds_no_address():
    assert (
        "://" not in (ROOT / "requirements.lock").read_text() + (ROOT / "requirements-dev.lock").read_text()
    )


def test_every_direct_dependency_has_its_line_of_reasons():
    reasons = (ROOT / "docs" / "dependencies.md").read_text().lower()
    names = re.findall(r"(?m)^([A-Za-z0-9_.-]+)", (ROOT / "requirements.in").read_text())
    assert names
    assert [n for n in names if n.lower() not in reasons] == []


def test_every_file_and_target_that_the_documents_name_is_there():
    targets = set(re.findall(r"(?m)^([a-z]+):", (ROOT / "Makefile").read_text()))
    for document in ("README.md", "CONTRIBUTING.md"):
        text = (ROOT / document).read_text()
        assert set(re.findall(r"(?m)(?:^|`)make ([a-z]+)", text)) - targets == set()
        links = [link for link in re.findall(r"\]\(([^)#]+)\)", text) if "://" not in link]
        assert [link for link in links if not (ROOT / link).exists()] == []


def test_every_command_of_the_readme_is_known_to_the_command_line(project):
    text = (ROOT / "README.md").read_text()
    commands = re.findall(r"(?:bin/|`)workbench ([a-z]+)", text)
    assert commands
    for command in sorted(set(commands)):
        helped = project.run(command, "--help")
        assert helped.returncode == 0, command
        assert "Example" in helped.stdout


def test_the_package_tells_no_path_of_a_machine():
    files = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True)
    for name in files.stdout.split():
        if name.endswith((".py", ".md", ".ipynb", ".yaml", ".yml", ".toml", ".lock", ".json")):
            assert not re.search(r"/(home|Users|root)/\w", (ROOT / name).read_text(encoding="utf-8")), name
