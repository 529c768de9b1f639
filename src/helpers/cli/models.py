"""The commands about packaged models and the workspace: predict, clean."""

from __future__ import annotations

import contextlib
import sys
from functools import partial
from pathlib import Path

from helpers.cli.running import places
from helpers.errors import BadInput, nearest
from helpers.pipeline.lock import is_held, lock
from helpers.pipeline.manifest import folders
from helpers.pipeline.places import latest_version, versions_in
from helpers.pipeline.store import discard, files_in

CACHES = ("store", "runs", "by_hand", "scratch", "tmp")
KEPT = ("models", "originals", "ledger.jsonl")


def predict(table: Path, out: Path | None, model: str, intervals: bool) -> None:
    """Score a table with the bundle of a model, after the joins and table steps that the model learnt with."""
    import tempfile

    from helpers.bundle import Bundle
    from helpers.deploy.forecast import predict_file
    from helpers.report.text import share

    if out is not None and out.resolve() == table.resolve():
        raise BadInput(f"{out} is the table itself; name another file for the predictions")
    folder_of_it, here, through = bundle_of(model), places(), None
    mine = folder_of_it.resolve().is_relative_to(
        here.workspace.resolve()
    )  # and so are the steps that it names
    bundle = Bundle(folder_of_it, own=here.root if mine else None)
    joins, steps = bundle.signature.get("joins", []), bundle.recipe.table
    with tempfile.TemporaryDirectory() as folder:
        if joins or steps:  # else the bundle alone scores
            from helpers.data import new_rows

            through = partial(
                new_rows.prepared, joins=joins, steps=steps, root=here.root, temporary=Path(folder)
            )
        file = out or Path(folder) / "predictions.csv"
        try:
            rows = predict_file(bundle, table, file, through, _note, intervals)
        except BadInput as error:
            raise BadInput(f"model {folder_of_it.parent.name}/{folder_of_it.name}: {error}") from error
        if intervals:
            columns = "classes holds" if bundle.signature["classes"] else "low and high enclose"
            level = share(bundle.promise["level"])
            _note(f"{columns} the truth of {level} of rows that come as those of the run did")
        if out is None:
            sys.stdout.flush()
            sys.stdout.buffer.write(file.read_bytes())  # as it would stand in a file
        else:
            print(f"{rows:,} predictions in {out}")


def _note(line: str) -> None:
    print(f"note: {line}", file=sys.stderr)


def bundle_of(model: str) -> Path:
    """Return the folder of a bundle: NAME (what was published last), NAME/VERSION, or a folder as it is."""
    if (Path(model) / "signature.json").is_file():
        return Path(model)
    models = places().workspace / "models"
    name, _, version = model.partition("/")
    names = sorted(p.name for p in models.glob("*") if p.is_dir())
    if name not in names:
        raise BadInput(
            f"there is no model {name!r}{nearest(name, names)} in {models}; make one: workbench run {name}"
        )
    versions, latest = [p.name for p in versions_in(models / name)], latest_version(models / name)
    if latest is None or (version and version not in versions):
        raise BadInput(
            f"model {name} has no version {version or 'yet'}; it has {', '.join(versions) or 'none'}"
        )
    return models / name / version if version else latest


def clean(everything: bool, dry_run: bool) -> None:
    """Remove what can be made again, or all that runs made; what lies beside it in these folders stays."""
    here = places()
    if not (here.workspace / "lock").is_file():
        print(f"There is no workspace in {here.workspace}.")
        return
    with lock(here.workspace):
        doomed, runs = [here.workspace / name for name in CACHES], []
        doomed += here.workspace.glob("verify-*")
        at_work = [
            f for p in ("verify-*", "scratch/*/*", "tmp/*") for f in here.workspace.glob(p) if is_held(f)
        ]
        if at_work:
            raise BadInput(f"something is at work in {at_work[0]}; wait for its end, or stop it")
        if everything:
            runs = folders(here.reports)
            pages = [here.reports / "index.html", *here.reports.glob("compare-*.html")]
            doomed += [*(here.workspace / name for name in KEPT), *runs, *pages]
        doomed = [p for p in doomed if p.exists()]
        size = sum(f.stat().st_size for p in doomed for f in files_in(p))
        if not dry_run:
            for path in doomed:
                discard(path)
            for name in {run.parent for run in runs}:
                with contextlib.suppress(OSError):  # it holds more than runs
                    name.rmdir()
    print(f"{size / 1e6:,.1f} MB {'would be freed' if dry_run else 'freed'} in {here.workspace}")
