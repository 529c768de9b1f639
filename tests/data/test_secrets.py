"""Secrets come from the environment or the keyring, and stand in nothing that a run leaves behind."""

import os
import uuid
from urllib.parse import quote

import psycopg
import pytest

from helpers.data.sources import open_source
from helpers.errors import BadInput, MissingExtra
from helpers.secrets import filled, refuse_secret, without_secret

SECRET = "p@ss/w:rd %41?#é"
SERVER = "postgresql://root:${WB_TEST_SECRET}@127.0.0.1:5432/test"


@pytest.fixture
def keyring(monkeypatch):
    """A keyring in memory with one entry, user ann of the service shop."""
    keyring = pytest.importorskip("keyring")

    class Memory(keyring.backend.KeyringBackend):
        priority = 1

        def get_password(self, service, username):
            return SECRET if (service, username) == ("shop", "ann") else None

        def set_password(self, service, username, password):
            raise NotImplementedError

    before = keyring.get_keyring()
    keyring.set_keyring(Memory())
    yield keyring
    keyring.set_keyring(before)


@pytest.fixture(scope="module")
def table():
    try:
        connection = psycopg.connect("postgresql://root@127.0.0.1:5432/test", autocommit=True)
    except psycopg.OperationalError:
        pytest.skip("no PostgreSQL server answers")
    name = f"t_{uuid.uuid4().hex[:12]}"
    with connection:
        connection.execute(
            f"CREATE TABLE {name} AS SELECT i AS x, CASE WHEN i * 7 % 5 < 2 THEN 'yes' ELSE 'no' END AS y "
            "FROM generate_series(1, 60) i"
        )
    yield name
    with psycopg.connect("postgresql://root@127.0.0.1:5432/test", autocommit=True) as connection:
        connection.execute(f"DROP TABLE {name}")


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://ann:${WB_TEST_SECRET}@host/db?table=t",
        "postgresql://ann:${keyring:shop/ann}@host/db?table=t",
        "s3://bucket/a.csv?access_key=${WB_TEST_SECRET}&secret_key=${keyring:shop/ann}",
    ],
)
def test_a_named_secret_is_allowed_filled_in_and_never_shown(url, keyring, monkeypatch):
    monkeypatch.setenv("WB_TEST_SECRET", SECRET)
    refuse_secret(url)
    opened, secrets = filled(url)
    assert opened.count(quote(SECRET, safe="")) == url.count("${")
    assert {SECRET, quote(SECRET, safe="")} <= secrets
    for part in ("WB_TEST_SECRET", "keyring", SECRET):
        assert part not in without_secret(url)


@pytest.mark.parametrize(
    ("named", "said"),
    [
        ("${WB_NOT_SET}", "WB_NOT_SET is not set"),
        ("${keyring:shop/bob}", "no entry shop/bob"),
        ("${keyring:shop}", "keyring:service/user"),
        ("${two words}", "names no secret"),
        ("${}", "names no secret"),
    ],
)
def test_a_secret_that_is_not_there_is_told_in_one_line(named, said, keyring):
    with pytest.raises(BadInput) as told:
        open_source(f"postgresql://ann:{named}@host/db?table=t")
    assert said in str(told.value)
    assert "\n" not in str(told.value)


def test_without_the_keyring_package_the_line_says_what_to_install(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "keyring", None)
    with pytest.raises(MissingExtra, match="remote"):
        open_source("postgresql://ann:${keyring:shop/ann}@host/db?table=t")


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://ann:hunter2@host/db?table=t",
        "postgresql://ann:hunter2${WB_TEST_SECRET}@host/db?table=t",
        "s3://bucket/a.csv?secret_key=hunter2",
        "abfs://container@account/a.csv?account_key=hunter2",
        "sc://host:15002/;token=hunter2?table=t",
        "https://ann:hunter2@host/a.csv",
        "mysql://host/db?table=t&password=hunter2",
    ],
)
def test_a_secret_in_a_url_is_refused_and_not_repeated(url, monkeypatch):
    monkeypatch.setenv("WB_TEST_SECRET", SECRET)
    with pytest.raises(BadInput, match="must not hold a password or key") as told:
        open_source(url)
    assert "hunter2" not in str(told.value)


def test_a_server_that_refuses_repeats_no_form_of_the_secret(monkeypatch, table):
    monkeypatch.setenv("WB_TEST_SECRET", SECRET)
    for url in (SERVER.replace("5432", "1"), SERVER.replace("root", "nobody_here"), SERVER):
        with pytest.raises(BadInput) as told:
            open_source(f"{url}?table=nowhere").read().read_all()
        assert SECRET not in str(told.value)
        assert quote(SECRET, safe="") not in str(told.value)


def test_nothing_that_a_run_leaves_behind_holds_the_secret(clone, table, monkeypatch):
    monkeypatch.setenv("WB_TEST_SECRET", SECRET)
    url = f"{SERVER}?table={table}"
    done = clone.run("run", url, "--target", "y", "--name", "planted", "--to", "ingest")
    assert done.returncode == 0, done.stderr
    failed = clone.run("run", f"{url}x", "--target", "y", "--name", "absent", "--to", "ingest")
    assert failed.returncode == 2
    said = done.stdout + done.stderr + failed.stdout + failed.stderr
    forms = [SECRET.encode(), quote(SECRET, safe="").encode(), SECRET.encode("unicode_escape")]
    files = [p for p in clone.root.rglob("*") if p.is_file() and not p.is_relative_to(clone.root / "data")]
    assert len(files) > 20
    for content in [said.encode(), *(p.read_bytes() for p in files)]:
        assert not [form for form in forms if form in content]
    assert "${WB_TEST_SECRET}" in (clone.root / "configs" / "planted.yaml").read_text()


def test_a_password_in_a_config_or_typed_is_refused_before_anything_runs(clone):
    (clone.root / "literal.yaml").write_text(
        "ingest:\n  source: postgresql://ann:hunter2@127.0.0.1/db?table=t\n"
    )
    typed = ["run", "churn", "-p", "ingest.source=mysql://ann:hunter2@127.0.0.1/db?table=t"]
    for arguments in (["run", "literal.yaml"], typed):
        ended = clone.run(*arguments)
        assert ended.returncode == 2
        assert "${NAME}" in ended.stderr
        assert "hunter2" not in ended.stderr + ended.stdout
    assert not any(b"hunter2" in p.read_bytes() for p in (clone.root / "reports").rglob("*") if p.is_file())


def test_the_environment_is_left_as_it_was():
    assert "WB_TEST_SECRET" not in os.environ
