"""The page of a run as a browser shows it: how long it is, on a phone, folded, printed, in dark."""

import json

import numpy as np
import pytest
from PIL import Image

from sentiment140.evaluation.run_scores import SCORES
from sentiment140.report.page import write_report
from support.browser import CONTRASTS, DARK, LIGHT, browse, evaluate, needs_chromium
from support.synthetic_run import write_synthetic_run

pytestmark = needs_chromium

UNFOLD = "for (const part of document.querySelectorAll('details')) part.open = true;"


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    """The page of a run with everything optional, and as many members and networks as the preset standard has."""
    folder = write_synthetic_run(tmp_path_factory.mktemp("runs") / "run")
    scores = json.loads((folder / SCORES).read_text("utf-8"))
    names = [f"another_conv_lstm_{number}" for number in range(4)]
    epochs = [epoch for epoch in scores["history"] if epoch["member"] == "bilstm"]
    scores["history"] += [epoch | {"member": name} for name in names[:2] for epoch in epochs]
    scores["oof"] |= dict.fromkeys(names, scores["oof"]["bilstm"])
    scores["members"] |= dict.fromkeys(names, scores["members"]["bilstm"])
    (folder / SCORES).write_text(json.dumps(scores | {"holdout": scores["hand_labeled"]}), "utf-8")
    return write_report(folder).read_text("utf-8")


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    """The page of a demo run."""
    return write_report(write_synthetic_run(tmp_path_factory.mktemp("runs") / "demo", "demo")).read_text("utf-8")


def without_script(page):
    start = page.rindex("<script>")
    return page[:start] + page[page.index("</script>", start) + len("</script>") :]


def test_errors_of_a_script_are_noticed(page, tmp_path):
    with pytest.raises(AssertionError, match="missing is not defined"):
        evaluate(tmp_path, page, "missing.call()")


def test_every_figure_is_drawn(page, tmp_path):
    sizes = f"""(() => {{ {UNFOLD} return [...document.querySelectorAll("figure svg")].map((svg) => {{
        const {{ width, height }} = svg.getBoundingClientRect(); return Math.min(width, height); }}); }})()"""
    for width in (390, 1280):
        found = evaluate(tmp_path, page, sizes, width=width)
        assert len(found) >= page.count("<figure")
        assert min(found) > 100


@pytest.mark.parametrize(("scheme", "darkest", "lightest"), [(LIGHT, 200, 255), (DARK, 0, 60)])
def test_it_is_dark_where_the_reader_prefers_it(page, tmp_path, scheme, darkest, lightest):
    picture = tmp_path / "page.png"
    browse(tmp_path, page, f"--screenshot={picture}", "--window-size=800,600", scheme)
    with Image.open(picture) as image:
        colors = np.asarray(image.convert("RGB"))
    assert len(np.unique(colors.reshape(-1, 3), axis=0)) > 50  # not a blank page
    assert darkest <= colors[300, 2].min() <= colors[300, 2].max() <= lightest


def test_it_is_less_than_six_screens_long_before_anything_is_unfolded(page, tmp_path):
    height = evaluate(tmp_path, page, "document.documentElement.scrollHeight")
    assert 1600 < height < 6 * 800


@pytest.mark.parametrize("width", [390, 1280])
def test_nothing_is_wider_than_the_window_when_all_is_unfolded(page, tmp_path, width):
    widths = f"(() => {{ {UNFOLD} return [document.documentElement.scrollWidth, innerWidth]; }})()"
    assert evaluate(tmp_path, page, widths, width=width) == [width, width]
    wide = f"""(() => {{ {UNFOLD} return [...document.querySelectorAll(".scroll")].filter(
        (table) => table.scrollWidth > table.clientWidth).map((table) => table.textContent.slice(0, 99)); }})()"""
    assert evaluate(tmp_path, page, wide, width=width) == []


def test_on_a_phone_each_row_is_a_block_with_the_heading_of_each_cell_before_its_value(page, tmp_path):
    cells = f"""(() => {{ {UNFOLD}
      const rows = [...document.querySelectorAll("tbody tr")];
      return rows.map((row) => [...row.cells].map((cell) => [
        getComputedStyle(cell, "::before").content, cell.getBoundingClientRect().top,
        cell.closest("table").tHead.rows[0].cells[cell.cellIndex].textContent]));
    }})()"""
    rows = evaluate(tmp_path, page, cells, width=390)
    assert len(rows) > 30
    for (no_label, top, _), *others in rows:
        assert no_label == "none"
        for label, below, heading in others:
            assert label.strip('"').endswith(heading)
            assert below > top
            top = below
    assert {content for row in evaluate(tmp_path, page, cells) for content, _, _ in row} == {"none"}


@pytest.mark.parametrize("width", [390, 1280])
def test_a_button_that_can_be_seen_sorts_the_table(page, tmp_path, width):
    sort = """(() => {
      const button = document.querySelectorAll("#scores thead button")[3];
      const { rows } = document.querySelector("#scores tbody");
      const visible = button.getBoundingClientRect().height > 0;
      button.click();
      return [button.textContent, visible, [...rows].map((row) => Number(row.cells[3].dataset.value))];
    })()"""
    heading, visible, losses = evaluate(tmp_path, page, sort, width=width)
    assert (heading, visible) == ("log loss", True)
    assert losses == sorted(losses, reverse=True)
    assert len({*losses}) == 4


OPEN = 'document.getElementById("cost").closest("details").open, document.querySelectorAll("details[open]").length'


def test_a_click_on_any_heading_sorts_its_table_and_a_second_one_reverses_the_order(page, tmp_path):
    clicks = """(() => {
        const number = (cell) => parseFloat((cell.dataset.value ?? cell.textContent).replaceAll(",", ""));
        const columns = [];
        for (const table of document.querySelectorAll("table.sortable")) {
          const rows = table.tBodies[0].rows, before = rows.length;
          for (const heading of table.tHead.rows[0].cells) {
            const values = () => [...rows].map((row) => number(row.cells[heading.cellIndex]));
            heading.firstChild.click();
            const first = values(), order = heading.ariaSort;
            heading.firstChild.click();
            columns.push({ heading: heading.textContent, first, order, second: values(),
                           second_order: heading.ariaSort, lost: before - rows.length });
          }
        }
        return columns;
    })()"""
    columns = evaluate(tmp_path, page, clicks)
    assert len(columns) > 20
    for column in columns:
        assert (column["order"], column["second_order"], column["lost"]) == ("descending", "ascending", 0)
        if None not in column["first"]:  # NaN: not a number
            assert column["first"] == sorted(column["first"], reverse=True), column["heading"]
            assert column["second"] == sorted(column["second"]), column["heading"]


def test_a_link_to_a_folded_part_unfolds_it_even_without_the_script(page, tmp_path):
    follow = f"""(async () => {{
      const followed = new Promise((resolve) => addEventListener("hashchange", () => setTimeout(resolve)));
      document.querySelector('a[href="#cost"]').click();
      await followed;
      return [{OPEN}];
    }})()"""
    assert evaluate(tmp_path, without_script(page), follow) == [True, 1]
    assert evaluate(tmp_path, page, follow) == [True, 1]


def test_the_script_unfolds_a_part_where_the_browser_does_not(page, tmp_path):
    changed = f"""(() => {{
      history.replaceState(null, "", "#cost");  // unlike a click, this makes the browser do nothing
      const before = [{OPEN}];
      dispatchEvent(new HashChangeEvent("hashchange"));
      return [...before, {OPEN}];
    }})()"""
    assert evaluate(tmp_path, page, changed) == [False, 0, True, 1]


def test_one_button_unfolds_all_parts_and_folds_them_again(page, tmp_path):
    click = """(() => [1, 2].map(() => {
      document.querySelector(".heading button").click();
      return document.querySelectorAll("details:not([open])").length;
    }))()"""
    unfolded, folded = evaluate(tmp_path, page, click)
    assert unfolded == 0
    assert folded == page.count("<details")


def pages_of(tmp_path, page):
    printed = tmp_path / "page.pdf"
    browse(tmp_path, page, f"--print-to-pdf={printed}", "--no-pdf-header-footer")
    return printed.read_bytes().count(b"/Type /Page\n")


def test_folded_parts_are_printed_too_even_without_the_script(page, tmp_path):
    static = without_script(page)
    open_page = static.replace("<details ", "<details open ")
    assert pages_of(tmp_path, page) == pages_of(tmp_path, static) == pages_of(tmp_path, open_page)
    assert pages_of(tmp_path, static) > pages_of(tmp_path, static.replace("content-visibility: visible", "")) + 2


@pytest.mark.parametrize("scheme", [LIGHT, DARK])
@pytest.mark.parametrize("name", ["page", "demo"])
def test_every_text_has_enough_contrast(request, tmp_path, name, scheme):
    shown = f"(() => {{ {UNFOLD} return {CONTRASTS}; }})()"
    found = evaluate(tmp_path, request.getfixturevalue(name), shown, scheme)
    assert len(found) > 300
    assert [pair for pair in found if pair[0] < 4.5] == []
