import json
import re
from html.parser import HTMLParser

import pandas as pd
import pytest

from sentiment140.errors import UserError
from sentiment140.evaluation.run_scores import SCORES, Estimate, RunScores
from sentiment140.report.page import write_report
from sentiment140.report.tables import number_with_interval, percent, points
from support.synthetic_run import write_synthetic_run

FIGURES = {"learning_curves", "accuracies", "folds", "reliability", "weights", "roc", "confusion", "correlation"}


class Page(HTMLParser):
    """The tags, attributes and ids of a page, the ids of its figures and of its parts, and where its links lead."""

    def __init__(self, path):
        super().__init__()
        self.tags, self.attributes, self.ids, self.figures, self.parts, self.links = [], [], [], [], [], []
        self.feed(path.read_text("utf-8"))

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.attributes += attributes
        values = dict(attributes)
        self.ids += [values["id"]] if "id" in values else []
        self.figures += [values["id"]] if tag == "figure" else []
        self.parts += [values["id"]] if tag == "section" or values.get("class") == "body" else []
        self.links += [values["href"]] if tag == "a" else []


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
    parts = ["better than the reference", f"<b>{value} <small>%", interval, "n = 600 tweets, labels from emoticons"]
    parts.append("TF-IDF + logistic regression")
    margin = scores.margins["accuracy"]
    folds = points(Estimate(margin.value, margin.fold_low, margin.fold_high)).partition(" ")[2]
    value, _, tweets = points(margin).partition(" ")
    parts += [value, f"over tweets {tweets}", f"over folds {folds}"]
    parts += [
        "Scores of every model",
        "hand-labeled tweets",
        "By people and by emoticons",
        'id="accuracies"',
        'id="reliability"',
        'id="confusion"',
    ]
    parts += ['id="learning_curves"', "most confident positive", "most confident negative", "Files of this run"]
    parts += ["Margins over the reference", "over folds", "No significant difference", 'id="folds"', 'id="roc"']
    parts += ["Training of the networks", "negation", "Split strategies", "any tweet of the same user"]
    parts += ["Most confident errors", "training tweet", "without bilstm", "plain mean", 'id="weights"']
    parts += ["before and after calibration", "slope 1.0200, intercept -0.0100", "71.2 %"]
    parts += ["The 600 tweets have 600 different texts", "12,345", "broken rows: too few fields"]
    parts += ["3,457 MiB", "1 h 25 min", "54,321", "1 h 30 min", "scripts/run_all.sh", "--data real", "seed = 140"]
    parts += ["<b>Out-of-fold", "same tweets that the model is scored on"]
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
    loading = {"src", "xlink:href", "srcset", "data", "action", "poster", "xmlns"}
    assert all(value.startswith("#") for name, value in page.attributes if name in loading)
    assert page.tags.count("a") == sum(name == "href" for name, _ in page.attributes)
    assert not re.search(r"@import|url\((?!#)", path.read_text("utf-8"))
    assert len(page.ids) == len(set(page.ids))


def without_optional_parts(folder):
    """The folder with nothing that a run may lack."""
    tables = ("judges", "slices", "calibration", "contributions", "overfitting", "versions")
    scores = content(folder) | {key: {} for key in tables} | {key: [] for key in ("history", "pairs", "coverage")}
    scores["cost"]["stages"] = {}
    scores["data"]["problems"] = {}
    for name in ("oof.csv", "predictions.csv", "confident_errors.csv", "experiment.toml"):
        (folder / name).unlink()
    return changed(folder, **scores | {"hand_labeled": None, "splits": None})


def with_holdout(folder):
    """The folder with held-out tweets and a student."""
    columns = content(folder)["hand_labeled"]
    student = {"name": "small", "cost": content(folder)["cost"]["members"]["bilstm"]}
    holdout = columns | {"small": columns["bilstm"]}
    return changed(folder, holdout=holdout, holdout_one_fold_accuracy=0.8125, student=student)


@pytest.mark.parametrize("prepared", [without_optional_parts, with_holdout], ids=["least", "most"])
def test_the_contents_link_to_every_part_in_order_and_every_id_is_unique(run, prepared):
    page = Page(write_report(prepared(run)))
    assert [link.removeprefix("#") for link in page.links if link.startswith("#")] == page.parts
    assert len(page.parts) >= 10
    assert len(page.ids) == len(set(page.ids))


def test_the_page_links_to_the_files_that_the_run_has_and_to_no_other(run):
    (run / "model" / "fast").mkdir(parents=True)
    (run / "comparison.csv").touch()
    linked = [link for link in Page(write_report(run)).links if not link.startswith("#")]
    assert {*linked} == {
        *("predictions.csv", "oof.csv", "scores.json", "confident_errors.csv", "comparison.csv", "experiment.toml"),
        "model/",
    }
    assert all((run / name).exists() for name in linked)


def test_terms_are_explained_where_they_appear_first(run):
    page = write_report(with_holdout(run)).read_text("utf-8")
    explained = re.findall("<dfn>(.*?)</dfn>", page)
    for term in ("ensemble", "members", "Out-of-fold", "reference", "over tweets", "over folds", "student"):
        assert term in explained
    assert {"Held-out", "95 % interval", "calibrated"} <= {*explained}
    for table, terms in (("scores", ("accuracy", "ROC AUC", "log loss", "calibration error")), ("holdout", ("F1",))):
        section = page[page.index(f'<section id="{table}"') :]
        for term in terms:
            assert f"<dt>{term}</dt>" in section[: section.index("</section>")]


def test_every_cell_has_the_heading_that_a_phone_shows_before_it(run):
    page = write_report(run).read_text("utf-8")
    tables = re.findall("<table.*?</table>", page, re.DOTALL)
    assert len(tables) > 10
    for table in tables:
        headings = re.findall("<th[^>]*>([^<]*)</th>", table.partition("<tbody>")[0])[1:]
        for row in re.findall("<tr.*?>(.*?)</tr>", table.partition("<tbody>")[2]):
            labels = re.findall('<td[^>]* data-label="([^"]*)"', row)
            assert len(labels) == row.count("<td") == len(headings)
            for label, heading in zip(labels, headings, strict=True):
                assert label.endswith(heading)


def test_the_row_of_a_member_says_what_it_does_with_stopwords_and_its_vectors(run):
    page = write_report(run).read_text("utf-8")
    header, *rows = rows_of(page, "scores")
    assert header[-2:] == ["stopwords", "vectors"]
    assert {row[0]: row[-2:] for row in rows} == {
        "tfidf_logistic": ["kept", "–"],
        "conv_lstm": ["negations kept", "frozen glove"],
        "bilstm": ["removed", "word2vec"],
        "ensemble": ["–", "–"],
    }
    assert "<dt>stopwords</dt>" in page
    assert "<dt>vectors</dt>" in page


def test_held_out_tweets_are_shown_and_explained_only_where_there_are_some(run):
    assert "held-out tweets" not in write_report(run).read_text("utf-8").lower()
    page = write_report(changed(run, holdout=content(run)["hand_labeled"])).read_text("utf-8")
    assert "Held-out accuracy" in page
    assert "<b>Held-out tweets.</b>" in page
    assert "with one fold's models" not in page
    assert "tudent" not in page
    page = write_report(with_holdout(run)).read_text("utf-8")
    assert "81.25 % with one fold's models" in page
    assert f"student network: {100 * RunScores.read(run).holdout['small'].overall['accuracy'].value:.2f} %" in page
    assert "<code>small</code>" in page
    table = page[page.index('<section id="holdout"') : page.index('<section id="pictures"')]
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
    assert demo.index("</main>") < demo.rindex(banner)
    assert "<title>DEMO" in demo
    assert "100 synthetic test tweets" in demo
    assert "hand-labeled" not in demo
    assert re.findall("--accent: [^;]+", real) != re.findall("--accent: [^;]+", demo)


def cells_of(page, heading):
    """The texts of the first row of the page whose heading is this one."""
    row = re.search(rf"<tr><th>{heading}.*?</tr>", page).group()
    return [re.sub(r"<[^>]*>", "", cell) for cell in re.findall(r"<t[hd].*?</t[hd]>", row)]


def test_both_judges_have_a_section_with_the_changes_and_neutral_tweets_apart(run):
    path, judges = write_report(run), RunScores.read(run).judges["ensemble"]
    page, alone, default, lexicon = path.read_text("utf-8"), *judges["hand_labeled"].scorings.values()
    assert cells_of(page, "people, test tweets") == [
        f"people, test tweets n = {alone.n}",
        "ensemble",
        percent(alone.overall["accuracy"]),
        percent(default.overall["accuracy"]),
        points(default.margins["accuracy"]),
        percent(lexicon.overall["accuracy"]),
        points(lexicon.margins["accuracy"]),
    ]
    details = page[page.index('id="more_of_judges"') :]
    assert cells_of(details, "emoticons, out-of-fold")[2:] == [
        "model alone",
        number_with_interval(judges["oof"].scorings["model alone"].overall["roc_auc"]),
        "–",
        number_with_interval(judges["oof"].scorings["model alone"].overall["log_loss"]),
        "–",
    ]
    neutral = judges["hand_labeled"].neutral["model alone"]
    assert cells_of(details[details.index("Neutral tweets") :], "people, test tweets") == [
        f"people, test tweets n = {neutral.n}",
        "ensemble",
        "model alone",
        percent(neutral.positive),
        f"{neutral.probability:.3f}",
    ]
    assert "By people" not in write_report(changed(run, judges={})).read_text("utf-8")


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
    path = write_report(without_optional_parts(run))
    assert set(Page(path).figures) == {"accuracies", "folds", "weights"}
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
    assert len(re.findall('<p class="lead">[^<]*(?:is better|is worse|no clear difference)', page)) == 1


def rows_of(page, heading):
    """The texts of the cells of the first table of a part, without their notes, by row."""
    table = page[re.search(f'(?:<section|class="body") id="{heading}">', page).end() :]
    rows = re.findall("<tr.*?>(.*?)</tr>", table[: table.index("</table>")])
    return [re.findall(r"<t[dh][^>]*>([^<]*?)(?: <small>[^<]*</small>)?</t[dh]>", row) for row in rows]


def test_differences_have_a_column_for_each_of_their_intervals(run):
    scores, page = RunScores.read(run), write_report(run).read_text("utf-8")
    margins = {name: scores.oof[name].margins for name in ("conv_lstm", "bilstm", "ensemble")}
    for heading, expected in (("margins", margins), ("blend", scores.contributions)):
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
        assert note in page[re.search(f'(?:<section|class="body") id="{heading}">', page).end() :].split("</p>")[0]


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
    section = text[text.index('<section id="tweets"') : text.index('id="files"')]
    shown = re.findall(r"<li><b>([\d.]+)</b><span>([^<]*)", section)
    assert shown[:2] == [("0.9900", "again"), ("0.9000", "NA")]
    assert shown[4] == ("0.5100", "so so")
    assert shown[8:10] == [("0.0200", "no"), ("0.4000", "")]


def test_tweets_and_words_are_shown_as_they_were_typed_and_never_as_markup(run):
    escaped, shown = "I &amp;lt;3 it &quot;a lot&quot; &lt;b&gt;", "I &lt;3 it &#34;a lot&#34; &lt;b&gt;"
    pd.DataFrame({"text": [escaped], "probability": [0.9]}).to_csv(run / "predictions.csv", index=False)
    errors = {"label": [0], "probability": [0.9], "text": [escaped]}
    pd.DataFrame(errors).to_csv(run / "confident_errors.csv", index=False)
    scores = content(run)
    scores["coverage"][0]["missing"] = ["&amp;lt;3", "<b>"]
    page = write_report(changed(run, **scores)).read_text("utf-8")
    assert page.count(f"<span>{shown}</span>") == 3
    assert f">{shown}</td>" in page
    assert "&lt;3, &lt;b&gt;</p>" in page


def test_the_date_is_one_that_people_read(run):
    assert "November 24, 2025, 02:30 UTC" in write_report(run).read_text("utf-8")
