import html
import json
import re
import subprocess
from html.parser import HTMLParser

import pandas as pd
import pytest
from PIL import Image

from sentiment140.errors import UserError
from sentiment140.evaluation.run_scores import SCORES, Estimate, RunScores
from sentiment140.report.page import write_report
from sentiment140.report.tables import percent, points
from support.browser import CHROMIUM, FLAGS, needs_chromium
from support.synthetic_run import write_synthetic_run

FIGURES = {"learning_curves", "accuracies", "folds", "reliability", "blend", "roc", "confusion", "correlation"}


class Page(HTMLParser):
    """The tags, attributes and ids of a page."""

    def __init__(self, path):
        super().__init__()
        self.tags, self.attributes, self.ids, self.figures = [], [], [], []
        self.feed(path.read_text("utf-8"))

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.attributes += attributes
        self.ids += [value for name, value in attributes if name == "id"]
        self.figures += [value for name, value in attributes if name == "id" and tag == "figure"]


@pytest.fixture
def run(tmp_path):
    return write_synthetic_run(tmp_path / "run")


def content(folder):
    """The tables and lists of `scores.json`."""
    return json.loads((folder / SCORES).read_text())


def changed(folder, **parts):
    """The folder with other values for these keys of `scores.json`."""
    (folder / SCORES).write_text(json.dumps(content(folder) | parts))
    return folder


def test_verdict_comes_first_then_every_part(run):
    path = write_report(run)
    assert path == run / "report.html"
    text, scores = path.read_text("utf-8"), RunScores.read(run)
    value, _, interval = percent(scores.oof["ensemble"].overall["accuracy"]).partition(" ")
    parts = [f"<b>{value} %</b>", interval, "n = 600 tweets", "TF-IDF + logistic regression"]
    margin = scores.margins["accuracy"]
    folds = points(Estimate(margin.value, margin.fold_low, margin.fold_high)).partition(" ")[2]
    value, _, tweets = points(margin).partition(" ")
    parts += [value, f"over tweets {tweets}", f"over folds {folds}", "better than the reference"]
    parts += ["<h2>Scores", "hand-labeled tweets", "negations kept", "frozen glove", "word2vec"]
    parts += ["Margins over the reference", "over folds", "F1 and Brier score"]
    parts += ["accuracies", "folds", "learning_curves", "How the networks differ"]
    parts += ["Error analysis", "confusion", "reliability", "roc", "negation"]
    parts += ["The 600 tweets have 600 different texts"]
    parts += ["Split strategies", "any tweet of the same user", "Most confident errors", "training tweet"]
    parts += ["blend", "correlation", "without bilstm", "plain mean", "before and after calibration"]
    parts += ["lope 1.0200, intercept -0.0100", "most confident positive", "71.2 %", "12,345"]
    parts += ["broken rows: too few fields", "3,457 MiB", "1 h 25 min", "54,321", "1 h 30 min"]
    parts += ["scripts/run_all.sh", "--data real", "seed = 140", "same tweets that the model is scored on"]
    place = text.index("<main>")
    for part in parts:
        assert part in text[place:]
        place = text.index(part, place)
    assert set(Page(path).figures) == FIGURES
    assert not list(run.glob(".*"))  # no temporary file left


def test_page_stands_alone_and_is_small(run):
    path = write_report(run)
    page = Page(path)
    assert path.stat().st_size < 1_000_000
    assert not {"link", "img", "iframe", "object", "embed"} & set(page.tags)
    loading = {"src", "href", "xlink:href", "srcset", "data", "action", "poster", "xmlns"}
    linked = [value for name, value in page.attributes if name in loading and not value.startswith("#")]
    assert linked == ["oof.csv", "predictions.csv", "scores.json", "confident_errors.csv", "experiment.toml"]
    assert all((run / name).exists() for name in linked)
    assert not re.search(r"@import|url\((?!#)", path.read_text("utf-8"))
    assert len(page.ids) == len(set(page.ids))


def test_the_contents_name_every_section_and_every_link_has_a_target(run):
    path = write_report(run)
    page = Page(path)
    targets = [value[1:] for name, value in page.attributes if name == "href" and value.startswith("#")]
    assert set(targets) <= set(page.ids)
    sections = re.findall('<section id="(.*?)">', path.read_text("utf-8"))
    assert targets == [section for section in sections if section != "verdict"]
    text = path.read_text("utf-8")
    assert text.index("<nav") < text.index("<h2>")


def test_held_out_tweets_are_shown_and_explained_only_where_there_are_some(run):
    assert "held-out tweets" not in write_report(run).read_text("utf-8").lower()
    page = write_report(changed(run, holdout=content(run)["hand_labeled"])).read_text("utf-8")
    assert "Ensemble, accuracy on held-out tweets" in page
    assert "<b>Held-out tweets.</b>" in page
    assert "with one fold's models" not in page
    assert "tudent" not in page
    columns = content(run)["hand_labeled"]
    student = {"name": "small", "cost": content(run)["cost"]["members"]["bilstm"]}
    changed(run, holdout=columns | {"small": columns["bilstm"]}, holdout_one_fold_accuracy=0.8125, student=student)
    page = write_report(run).read_text("utf-8")
    assert "81.25 % with one fold's models" in page
    accuracy = RunScores.read(run).holdout["small"].overall["accuracy"]
    assert f"the student small, one small network: {percent(accuracy).split()[0]} %" in page
    assert "<code>small</code>" in page
    table = page[page.index('id="holdout"') : page.index('id="margins"')]
    assert "<th>small (the student)</th>" in table
    assert "bilstm" not in table
    changed(run, holdout=None)
    page = write_report(run).read_text("utf-8")
    assert "no tweets were held out" in page


def test_everything_foreign_is_escaped(run):
    evil = "<script>alert(1)</script>"
    scores = content(run)
    scores["oof"][evil] = scores["oof"]["bilstm"]
    scores["blend"]["weights"][evil] = 0.5
    scores["blend"]["blender"] = evil
    scores["history"][0]["member"] = evil
    scores["data"]["problems"][evil] = evil
    scores["data"] |= {"name": evil, "fingerprint": evil, "source": evil}
    for part, name in (("members", "bilstm"), ("stages", "read")):
        scores["cost"][part][evil] = scores["cost"][part][name]
    scores["overfitting"][evil] = scores["overfitting"]["bilstm"]
    scores["pairs"][0]["first"] = evil
    for part, name in (("slices", "link"), ("calibration", "bilstm"), ("contributions", "plain mean")):
        scores[part][evil] = scores[part][name]
    scores["coverage"][0] |= {"vectors": evil, "missing": [evil], "by_rule": {evil: 1}}
    scores["versions"][evil] = evil
    changed(run, **scores | {"run": evil, "date": evil, "preset": evil})
    (run / "experiment.toml").write_text(evil)
    path = write_report(run)
    page = Page(path)
    assert page.tags.count("script") == 1  # the page's own
    assert "img" not in page.tags
    assert not any(name.startswith("on") for name, _ in page.attributes)
    assert "&lt;img src=x onerror" in path.read_text("utf-8")


def test_a_demo_run_looks_different_at_first_glance(run, tmp_path):
    real = write_report(run).read_text("utf-8")
    demo = write_report(write_synthetic_run(tmp_path / "demo", source="demo")).read_text("utf-8")
    banner = "DEMO RUN: synthetic tweets, not a result on Sentiment140"
    assert "DEMO" not in real
    assert demo.index(banner) < demo.index("<main>")
    assert demo.rindex(banner) > demo.rindex("</section>")  # the last thing on the page, too
    assert "<title>DEMO" in demo
    assert "100 synthetic test tweets" in demo
    assert "hand-labeled" not in demo
    assert re.findall("--accent: [^;]+", real) != re.findall("--accent: [^;]+", demo)


def test_copies_are_reported_only_where_there_are_some(run):
    page = write_report(run).read_text("utf-8")
    assert "more than once" not in page
    assert "both labels. For this reason" not in page
    copies = content(run)["duplicates"] | {
        "copied_tweets": 70,
        "largest": 9,
        "contradicted_tweets": 20,
        "ceiling": 0.99,
    }
    page = write_report(changed(run, duplicates=copies)).read_text("utf-8")
    assert "70 tweets have a text that occurs more than once; the most frequent text occurs 9 times" in page
    assert "right on at most 99.00 % of all tweets" in page


def test_a_run_with_nothing_optional_has_a_page(run):
    tables = ("slices", "calibration", "contributions", "overfitting", "versions")
    scores = content(run) | {key: {} for key in tables} | {key: [] for key in ("history", "pairs", "coverage")}
    scores["cost"]["stages"] = {}
    scores["data"]["problems"] = {}
    changed(run, **scores | {"hand_labeled": None, "splits": None})
    for name in ("oof.csv", "predictions.csv", "confident_errors.csv", "experiment.toml"):
        (run / name).unlink()
    path = write_report(run)
    assert set(Page(path).figures) == {"accuracies", "folds", "blend"}
    for text in (
        "No member of this run is trained in epochs",
        "no oof.csv",
        "no experiment.toml",
        "uses a vector file",
    ):
        assert text in path.read_text("utf-8")


def test_a_run_whose_intervals_do_not_exist_has_a_page(run):
    def without_intervals(part):
        if isinstance(part, list):
            return [without_intervals(item) for item in part]
        if not isinstance(part, dict):
            return part
        if "value" in part:
            return dict.fromkeys(part) | {"value": part["value"]}
        return {key: without_intervals(value) for key, value in part.items()}

    assert "has no interval" in write_report(changed(run, **without_intervals(content(run)))).read_text("utf-8")


@pytest.mark.parametrize(
    ("over_tweets", "over_folds", "verdict"),
    [
        ((0.01, 0.02), (0.005, 0.025), "is better than the reference: the whole interval over folds"),
        ((0.01, 0.02), (0.012, 0.018), "is better than the reference: the whole interval over tweets"),
        ((0.01, 0.02), (None, None), "is better than the reference: the whole interval over tweets"),
        ((None, None), (0.01, 0.02), "is better than the reference: the whole interval over folds"),
        ((-0.02, -0.01), (-0.03, -0.005), "is worse than the reference: the whole interval over folds"),
        ((0.01, 0.02), (-0.01, 0.04), "interval over folds contains zero: no clear difference"),
        ((-0.01, 0.03), (0.005, 0.015), "interval over tweets contains zero: no clear difference"),
        ((-0.04, 0.01), (-0.02, -0.01), "interval over tweets contains zero: no clear difference"),
        ((None, None), (None, None), "has no interval: no clear difference"),
    ],
)
def test_the_verdict_claims_no_more_than_the_wider_interval(run, over_tweets, over_folds, verdict):
    keys = ("value", "low", "high", "fold_low", "fold_high")
    margins = content(run)["margins"] | {"accuracy": dict(zip(keys, (0.0, *over_tweets, *over_folds), strict=True))}
    page = write_report(changed(run, margins=margins)).read_text("utf-8")
    assert verdict in page
    assert len(re.findall("<p>[^<]*(?:is better|is worse|no clear difference)", page)) == 1


def rows_of(page, heading):
    """The texts of the cells of the table below a heading, by row."""
    table = page[page.index(f'id="{heading}"') :]
    rows = re.findall("<tr>(.*?)</tr>", table[: table.index("</table>")])
    return [re.findall(r"<t[dh][^>]*>([^<]*)</t[dh]>", row) for row in rows]


def test_differences_have_a_column_for_each_of_their_intervals(run):
    scores, page = RunScores.read(run), write_report(run).read_text("utf-8")
    margins = {name: scores.oof[name].margins for name in ("conv_lstm", "bilstm", "ensemble")}
    for heading, expected in (("margins", margins), ("contributions", scores.contributions)):
        header, *rows = rows_of(page, heading)
        assert header[1:4] == ["accuracy, points", "over tweets", "over folds"]
        assert [row[0] for row in rows] == list(expected)
        for row, differences in zip(rows, expected.values(), strict=True):
            accuracy = differences["accuracy"]
            over_folds = points(Estimate(accuracy.value, accuracy.fold_low, accuracy.fold_high))
            assert " ".join(row[1:3]) == points(accuracy)
            assert f"{row[1]} {row[3]}" == over_folds
            assert len(row) == len(header) == 10
        note = "95 % intervals. Over tweets: from resampling texts. Over folds: corrected resampled t-test"
        assert note in page[page.index(f'id="{heading}"') :].split("</p>")[0]


def test_a_difference_without_an_interval_over_folds_has_a_dash_in_its_column(run):
    margins = content(run)["margins"]
    margins = {metric: margin | {"fold_low": None, "fold_high": None} for metric, margin in margins.items()}
    *_, ensemble = rows_of(write_report(changed(run, margins=margins)).read_text("utf-8"), "margins")
    assert [ensemble[3], ensemble[6], ensemble[9]] == ["–"] * 3


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "{}", b"\xff\xfe", '{"run": "x", "oof": {"ensemble": 3}}'])
def test_damaged_scores_are_reported_with_a_remedy(run, text):
    (run / SCORES).write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(UserError, match=r"damaged scores\.json.*run the same command again"):
        write_report(run)
    assert not (run / "report.html").exists()


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("oof", "`oof`"),
        ("cost.members", "`members`"),
        ("duplicates.ceiling", "`ceiling`"),
        ("oof.ensemble", "no scores of ensemble"),
        ("oof.tfidf_logistic", "no scores of tfidf_logistic"),
        ("oof.bilstm.overall.accuracy", "accuracy"),
        ("oof.bilstm.overall.brier", "brier"),
        ("margins.accuracy", "accuracy"),
        ("margins.log_loss", "log_loss"),
        ("margins.accuracy.fold_low", "`fold_low`"),
        ("splits.strategies.user", "user"),
        ("slices.link.columns.ensemble", "ensemble"),
        ("calibration.bilstm.after.brier", "brier"),
        ("cost.members.bilstm", "bilstm"),
    ],
)
def test_a_key_missing_in_the_scores_is_named(run, path, message):
    scores = content(run)
    *parents, key = path.split(".")
    table = scores
    for name in parents:
        table = table[name]
    del table[key]
    (run / SCORES).write_text(json.dumps(scores))
    with pytest.raises(UserError, match=rf"damaged scores\.json: .*{message}.*{run / SCORES}"):
        write_report(run)
    assert not (run / "report.html").exists()


def test_missing_scores_are_reported_with_a_remedy(run):
    (run / SCORES).unlink()
    with pytest.raises(UserError, match=r"no scores\.json, in .*, finish the run first"):
        write_report(run)


def test_a_learning_curve_is_drawn_where_the_run_has_one(run):
    assert "sizes" not in Page(write_report(run)).figures
    (run / "learning_curve.csv").write_text("tweets,model,accuracy,low,high,log_loss\n" + "600,ensemble,80,79,81,0.4\n")
    assert "sizes" in Page(write_report(run)).figures


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("oof.csv", "id,label\n1,0\n"),
        ("oof.csv", "label,ensemble\n"),
        ("oof.csv", "label,ensemble\n0,nan\n"),
        ("oof.csv", "label,ensemble\n4,0.5\n"),
        ("oof.csv", "label,ensemble\n0,x\n"),
        ("oof.csv", ""),
        ("learning_curve.csv", "tweets,model\n1,a\n"),
        ("learning_curve.csv", "tweets,model,accuracy,low,high\n1,a,x,1,2\n"),
        ("predictions.csv", "id,target\n1,0\n"),
        ("predictions.csv", "text,probability\nhi,x\n"),
        ("confident_errors.csv", "label,text\n1,hi\n"),
        ("confident_errors.csv", "label,probability,text\nx,0.5,hi\n"),
    ],
)
def test_damaged_tables_are_named(run, name, content):
    (run / name).write_text(content)
    with pytest.raises(UserError, match=f"damaged {name}"):
        write_report(run)


def test_test_tweets_are_the_most_and_the_least_confident_ones_each_text_once(run):
    rows = ["NA,0.9", "again,0.99", "again,0.99", "so so,0.51", "no,0.02", ",0.4"]
    (run / "predictions.csv").write_text("\n".join(["text,probability", *rows]))
    text = write_report(run).read_text("utf-8")
    section = text[text.index('id="tweets"') : text.index('id="coverage"')]
    shown = re.findall(r'<td>([\d.]+)</td><td class="wrap left">([^<]*)', section)
    assert shown[:2] == [("0.9900", "again"), ("0.9000", "NA")]
    assert shown[4] == ("0.5100", "so so")
    assert shown[8:10] == [("0.0200", "no"), ("0.4000", "")]


def browse(tmp_path, page, *flags, script=""):
    """The browser's console messages, and the page's title after the script."""
    copy = tmp_path / "copy.html"
    copy.write_text(page.read_text("utf-8").replace("</body>", f"<script>{script}</script></body>"))
    command = [str(CHROMIUM), *FLAGS, f"--user-data-dir={tmp_path / 'profile'}", "--enable-logging=stderr", *flags]
    done = subprocess.run([*command, copy.as_uri()], capture_output=True, text=True, timeout=60, check=True)
    title = re.search("<title>(.*)</title>", done.stdout)
    return [line for line in done.stderr.splitlines() if "CONSOLE" in line], html.unescape(title[1]) if title else ""


def pixels(path):
    with Image.open(path) as image:
        return image.convert("RGB")


@needs_chromium
@pytest.mark.parametrize("width", [1280, 390])
def test_a_browser_draws_it(run, tmp_path, width):
    scores = content(run)  # as many members and networks as the preset standard has
    names = [f"another_conv_lstm_{number}" for number in range(4)]
    epochs = [epoch for epoch in scores["history"] if epoch["member"] == "bilstm"]
    scores["history"] += [epoch | {"member": name} for name in names[:2] for epoch in epochs]
    oof = scores["oof"] | dict.fromkeys(names, scores["oof"]["bilstm"])
    changed(run, **scores | {"oof": oof, "holdout": scores["hand_labeled"]})
    page, picture, window = write_report(run), tmp_path / "page.png", f"--window-size={width},900"
    # A page without overflow is as wide as the window.
    measure = """
        const high = document.documentElement.scrollHeight;
        for (const folded of document.querySelectorAll("details")) folded.open = true;
        const sizes = [...document.querySelectorAll("figure svg")].map((svg) => svg.getBoundingClientRect());
        document.title = JSON.stringify({
          wide: document.documentElement.scrollWidth, window: innerWidth, high,
          pictures: sizes.length, smallest: Math.min(...sizes.flatMap(({ width, height }) => [width, height])),
        });"""
    errors, title = browse(tmp_path, page, "--dump-dom", window, script=measure)
    found = json.loads(title)
    assert errors == []
    assert found["wide"] == found["window"]
    assert found["pictures"] >= len(FIGURES)
    if width == 1280:
        assert found["high"] < 6 * 800  # six screens, before anything is unfolded
    assert found["smallest"] > 100
    browse(tmp_path, page, f"--screenshot={picture}", window)
    image = pixels(picture)
    assert image.width == width
    assert len(image.getcolors(1 << 20)) > 50  # not a blank page


@needs_chromium
def test_a_link_to_something_folded_unfolds_it_and_cells_name_their_headings(run, tmp_path):
    script = """
        const open = () => [...document.querySelectorAll("details[open]")].map(({ id }) => id);
        const first = open();
        location.hash = "#contributions";
        const cell = document.querySelector("#scores tbody td");
        addEventListener("hashchange", () => {
          document.title = JSON.stringify({ first, then: open(), heading: cell.dataset.heading });
        });"""
    errors, title = browse(tmp_path, write_report(run), "--dump-dom", "--virtual-time-budget=2000", script=script)
    assert errors == []
    assert json.loads(title) == {"first": [], "then": ["contributions"], "heading": "accuracy %"}


@needs_chromium
def test_the_browser_reports_errors(run, tmp_path):
    errors, _ = browse(tmp_path, write_report(run), "--dump-dom", script="missing.call()")
    assert "missing is not defined" in errors[0]


@needs_chromium
def test_a_click_on_a_heading_sorts_its_table_and_a_second_one_reverses_the_order(run, tmp_path):
    clicks = """
        const number = (cell) => parseFloat((cell.dataset.value ?? cell.textContent).replaceAll(",", ""));
        const columns = [];
        for (const table of document.querySelectorAll("table.sortable")) {
          const rows = table.tBodies[0].rows, before = rows.length;
          for (const heading of table.tHead.rows[0].cells) {
            const column = () => [...rows].map((row) => row.cells[heading.cellIndex]);
            const values = (cells) => cells.some((cell) => Number.isNaN(number(cell)))
              ? cells.map((cell) => cell.textContent) : cells.map(number);
            heading.click();
            const first = values(column()), order = heading.ariaSort;
            heading.click();
            columns.push({ heading: heading.textContent, first, order, second: values(column()),
                           second_order: heading.ariaSort, lost: before - rows.length });
          }
        }
        document.title = JSON.stringify(columns);"""
    errors, title = browse(tmp_path, write_report(run), "--dump-dom", script=clicks)
    columns = json.loads(title)
    assert errors == []
    assert len(columns) > 20
    for column in columns:
        assert (column["order"], column["second_order"], column["lost"]) == ("descending", "ascending", 0)
        if all(isinstance(value, int | float) for value in column["first"]):
            assert column["first"] == sorted(column["first"], reverse=True), column["heading"]
            assert column["second"] == sorted(column["second"]), column["heading"]


@needs_chromium
def test_the_page_is_dark_where_the_reader_prefers_it(run, tmp_path):
    page, picture = write_report(run), tmp_path / "page.png"
    shades = []
    for scheme in ("--blink-settings=preferredColorScheme=1", "--blink-settings=preferredColorScheme=0"):
        browse(tmp_path, page, f"--screenshot={picture}", "--window-size=800,600", scheme)
        shades.append(pixels(picture).getpixel((2, 300)))
    light, dark = shades
    assert min(light) > 200
    assert max(dark) < 60


@needs_chromium
def test_it_prints(run, tmp_path):
    printed = tmp_path / "page.pdf"
    errors, _ = browse(tmp_path, write_report(run), f"--print-to-pdf={printed}", "--no-pdf-header-footer")
    assert errors == []
    assert printed.read_bytes().startswith(b"%PDF")
    assert 2 < printed.read_bytes().count(b"/Type /Page\n") < 20


def test_a_tweet_is_shown_as_it_was_typed_and_never_as_markup(run, tmp_path):
    pd.DataFrame({"text": ["I &amp;lt;3 it &quot;a lot&quot; &lt;b&gt;"], "probability": [0.9]}).to_csv(
        run / "predictions.csv", index=False
    )
    page = write_report(run).read_text("utf-8")
    assert "I &lt;3 it &#34;a lot&#34; &lt;b&gt;" in page


def test_the_date_is_one_that_people_read(run):
    assert "November 24, 2025, 02:30 UTC" in write_report(run).read_text("utf-8")
