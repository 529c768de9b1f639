"""The report in a real browser: it works alone, on a phone, in the dark and for who cannot see."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

HOSTILE = "<script>alert(1)</script>"


@pytest.fixture(scope="module")
def reports(clone):
    """The pages of a run over a table with hostile names, which ends after evaluation, and of one that failed."""
    lines = [
        f"{n / 7:.3f},{'<img src=x onerror=alert(2)>' if n % 3 else 'b'},{'yn'[n % 5 < 2]}"
        for n in range(200)
    ]
    (clone.root / "odd.csv").write_text(f'"{HOSTILE}",kind,y\n' + "\n".join(lines))
    quick = ["-p", "train.families=[logistic regression]", "-p", "tune.trials=2"]
    ended = clone.run("run", "odd.csv", "--target", "y", *quick)
    assert ended.returncode in (0, 3), ended.stderr
    assert clone.run("run", "odd.csv", "--target", "zzz", "--name", "failed").returncode == 2
    return clone.root / "reports"


@pytest.fixture(scope="module")
def axe(tmp_path_factory):
    """The source of axe-core, from npm."""
    folder = tmp_path_factory.mktemp("axe")
    if not shutil.which("npm"):
        pytest.skip("no npm is installed")
    got = subprocess.run(
        ["npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", folder, "axe-core@4"],
        capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    if got.returncode:
        pytest.skip(f"axe-core cannot be had from npm: {got.stderr.strip()[:200]}")
    return (folder / "node_modules" / "axe-core" / "axe.min.js").read_text()


def own_pages(reports):
    return [p for p in sorted(reports.rglob("*.html")) if p.parent.name != "files"]


def opened(browser, page, width=1280, scheme="light", **more):
    """A page in the browser, with what it said and asked for."""
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme, **more)
    tab, said, asked = context.new_page(), [], []
    tab.on("console", lambda m: said.append(m.text) if m.type in ("error", "warning") else None)
    tab.on("pageerror", lambda e: said.append(str(e)))
    tab.on("dialog", lambda d: (said.append(f"dialog {d.message}"), d.dismiss()))
    tab.on("request", lambda r: asked.append(r.url))
    tab.goto(page.as_uri())
    return tab, said, [a for a in asked if a != page.as_uri() and not a.startswith("data:")]


def test_every_page_is_silent_and_asks_nobody(reports, browser):
    pages = own_pages(reports)
    assert len(pages) > 12
    for page in pages:
        tab, said, asked = opened(browser, page)
        assert (said, asked) == ([], []), page.name
        tab.context.close()


def test_the_profile_page_asks_nobody_either(reports, browser):
    page = next(reports.glob("odd/*/files/profile_page.html"))
    tab, _, asked = opened(browser, page)
    assert asked == []
    tab.context.close()


def test_no_page_is_wider_than_a_phone(reports, browser):
    for page in own_pages(reports):
        tab, _, _ = opened(browser, page, width=390)
        wide = tab.evaluate("document.documentElement.scrollWidth")
        assert wide <= 390, page.name
        tab.context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_to_object_to(reports, browser, axe, scheme):
    for page in own_pages(reports):
        tab, _, _ = opened(browser, page, scheme=scheme, bypass_csp=True)
        tab.evaluate(axe)
        found = tab.evaluate("axe.run().then(r => r.violations.map(v => [v.id, v.nodes[0].html]))")
        assert found == [], page.name
        tab.context.close()


def test_each_link_leads_somewhere(reports, browser):
    for page in own_pages(reports):
        tab, _, _ = opened(browser, page)
        for link in tab.eval_on_selector_all("a[href]", "all => all.map(a => a.getAttribute('href'))"):
            if "://" in link:
                continue
            file, _, section = link.partition("#")
            assert not file or (page.parent / file).exists(), f"{page.name}: {link}"
            assert not section or file or tab.query_selector(f"[id='{section}']"), f"{page.name}: {link}"
        tab.context.close()


def test_a_hostile_column_name_shows_as_text(reports, browser):
    page = next(reports.glob("odd/*/02_explore.html"))
    tab, said, _ = opened(browser, page)
    assert said == []
    assert HOSTILE in tab.inner_text("body") or HOSTILE in page.read_text().replace("&lt;", "<").replace(
        "&gt;", ">"
    )
    assert tab.query_selector("img[onerror]") is None
    tab.context.close()


def test_code_is_folded_and_one_button_shows_it(reports, browser):
    page = next(reports.glob("odd/*/07_train.html"))
    tab, _, _ = opened(browser, page)
    assert tab.locator("pre.code:visible").count() == 0
    tab.get_by_role("button", name="Show code").click()
    assert tab.locator("pre.code:visible").count() > 5
    tab.context.close()


def test_a_failed_run_shows_the_cell_and_its_error(reports, browser):
    folder = next(reports.glob("failed/*"))
    tab, _, _ = opened(browser, folder / "index.html")
    assert "no column 'zzz'" in tab.inner_text("body")
    tab.goto((folder / "01_ingest.html").as_uri())
    assert "no column 'zzz'" in tab.inner_text(".cell.failed")
    tab.context.close()


def test_the_hashes_on_the_page_are_those_of_the_files(reports):
    import hashlib

    manifest = json.loads(next(Path(reports).glob("odd/*/manifest.json")).read_text())
    folder = next(reports.glob("odd/*"))
    assert manifest["downloads"]
    for file in manifest["downloads"]:
        assert hashlib.sha256((folder / file["file"]).read_bytes()).hexdigest() == file["sha256"]
    assert os.listdir(folder / "files")
