"""The page as a file: it holds all it needs, gives back what was recorded, and is written whole or not at all."""

import base64
import json
import os
import re
import shutil
import stat
import zlib
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import numpy as np
import pytest

import locality as loc
from locality.errors import DataError
from locality.views import page as pages
from locality.views.page import WEB, document, web_modules, web_styles

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
LENET = loc.zoo.get("lenet5")


class Read(HTMLParser):
    """The elements of a page as a browser sees them."""

    def __init__(self, text):
        super().__init__()
        self.elements, self.texts, self.comments, self.inside = [], {}, 0, None
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attributes):
        self.inside = len(self.elements)
        self.elements.append((tag, dict(attributes)))

    def handle_endtag(self, tag):
        self.inside = None

    def handle_data(self, text):
        if self.inside is not None:
            self.texts[self.inside] = self.texts.get(self.inside, "") + text

    def handle_comment(self, text):
        self.comments += 1

    def all(self, tag):
        return [
            (attributes, self.texts.get(i, "")) for i, (name, attributes) in enumerate(self.elements) if name == tag
        ]


def decoded(html):
    """The manifest of a file, and what decodes its arrays, independently of what wrote them."""
    scripts = {attributes.get("id"): text for attributes, text in Read(html).all("script")}

    def array(ref):
        content = zlib.decompress(base64.b64decode(scripts[f"buffer-{ref['buffer']}"], validate=True))
        found = np.frombuffer(content, np.dtype(ref["dtype"]).newbyteorder("<")).reshape(ref["shape"])
        if "low" not in ref:
            return found
        low, high = (np.array(ref[end]).reshape(-1, *[1] * (found.ndim - 1)) for end in ("low", "high"))
        return low + found / 255 * (high - low)

    return json.loads(scripts["scene"]), array


@pytest.fixture(scope="module")
def lenet():
    model = loc.build(LENET)
    image = np.random.default_rng(0).integers(0, 256, LENET.input, np.uint8)
    return loc.page(model, image), model.record(image)


def test_a_file_gives_back_all_that_was_recorded(lenet):
    made, record = lenet
    scene, array = decoded(made.html)
    assert set(scene["values"]) == set(record.values)
    for name, ref in scene["values"].items():
        np.testing.assert_array_equal(array(ref), record[name][0])
    for key, ref in scene["parameters"].items():
        np.testing.assert_array_equal(array(ref), record.parameters[key])
    np.testing.assert_array_equal(array(scene["pictures"][0]["array"]), record.images[0])
    assert scene == made.scene.manifest


def test_the_page_of_lenet_is_small(lenet):
    made, _ = lenet
    assert len(made.html.encode()) < 1_500_000


def test_the_page_of_resnet50_stays_below_forty_megabytes():
    model = loc.build(loc.zoo.get("resnet50"))
    made = loc.page(model)
    scene, array = decoded(made.html)
    assert len(made.html.encode()) < 40_000_000
    record = model.record(made.scene.arrays[scene["pictures"][0]["array"]["buffer"]])
    for name in ("conv1", "layer2.0.conv2", "layer4.2.conv3"):
        real, ref = record[name][0], scene["values"][name]
        low, high = (np.array(ref[end])[:, None, None] for end in ("low", "high"))
        assert (abs(array(ref) - real) <= (high - low) / 255 / 2 * (1 + 1e-4)).all()
    np.testing.assert_array_equal(array(scene["values"]["fc"]), record["fc"][0])


@pytest.mark.slow
def test_the_page_of_a_network_like_efficientnet_stays_below_forty_megabytes():
    text = "3x224x224 | conv 32 3x3 stride 2 pad 1 floor | batch-norm | silu"
    wide = 32
    for out, repeats, stride in ((16, 1, 1), (24, 2, 2), (40, 2, 2), (80, 3, 2), (112, 3, 1), (192, 4, 2), (320, 1, 1)):
        for i in range(repeats):
            step = f"stride {stride} pad 1 floor" if stride == 2 and i == 0 else "same"
            body = (
                f"conv {6 * wide} 1x1 | batch-norm | silu | conv {6 * wide} 3x3 {step} groups {6 * wide} | batch-norm"
                f" | silu | product[ skip ; global-average | conv {wide // 4} 1x1 | silu | conv {6 * wide} 1x1"
                f" | sigmoid ] | conv {out} 1x1 | batch-norm"
            )
            text += f" | sum[ {body} ; skip ]" if wide == out and step == "same" else f" | {body}"
            wide = out
    net = loc.Network.from_text(f"{text} | conv 1280 1x1 | batch-norm | silu | global-average | flatten | dense 1000")
    made = loc.page(loc.build(net))
    assert loc.trace(net).parameters > 4_000_000
    assert len(made.html.encode()) < 40_000_000
    assert decoded(made.html)[0]["cells"]


def test_every_module_is_in_the_file_under_its_name(lenet):
    (imports,) = [
        text for attributes, text in Read(lenet[0].html).all("script") if attributes.get("type") == "importmap"
    ]
    found = json.loads(imports)["imports"]
    every = {f"locality/{path.relative_to(WEB).with_suffix('').as_posix()}" for path in WEB.rglob("*.js")}
    assert set(found) == {name for name in every if not f"{name}/".startswith("locality/lab/")}
    assert set(web_modules(lab=True)) == every
    for name, path in web_modules().items():
        head, _, text = found[name].partition(",")
        assert head == "data:text/javascript;charset=utf-8"
        assert not set(text) & set('"<#\\\n\r\t')
        assert (
            unquote(text, errors="strict") == f"{path.read_text(encoding='utf-8').rstrip()}\n//# sourceURL={name}.js\n"
        )


def test_every_style_sheet_is_in_the_file(lenet):
    assert [text.strip() for _, text in Read(lenet[0].html).all("style")] == [
        path.read_text(encoding="utf-8").strip() for path in web_styles()
    ]
    assert web_styles()[0].name == "style.css"


def test_nothing_is_fetched_from_outside(lenet):
    html = lenet[0].html
    read = Read(html)
    assert not [tag for tag, _ in read.elements if tag in ("link", "img", "iframe", "base", "object", "embed")]
    assert not [attributes for _, attributes in read.elements if {"src", "href", "srcset", "action"} & set(attributes)]
    # Names of XML's vocabularies are no addresses, and a comment may say where a rule comes from.
    addresses = re.findall(r"(?:https?:)?//[a-z0-9.-]+\.[a-z]{2,}[^\s\"'`)]*", unquote(html))
    code = [path.read_text(encoding="utf-8") for path in web_modules().values()]
    commented = " ".join(line for text in code for line in text.splitlines() if re.match(r"\s*(//|\*|/\*)", line))
    assert [a for a in addresses if not a.startswith("http://www.w3.org/") and a not in commented] == []


def test_the_policy_allows_nothing_from_outside(lenet):
    (policy,) = [
        attributes["content"]
        for attributes, _ in Read(lenet[0].html).all("meta")
        if attributes.get("http-equiv") == "Content-Security-Policy"
    ]
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules["default-src"] == "'none'"
    assert "connect-src" not in rules  # none, like the default
    allowed = {word for words in rules.values() for word in words.split()}
    assert allowed == {"'none'", "'unsafe-inline'", "data:", "blob:", "mediastream:"}


def test_a_file_says_what_it_is_to_browsers_and_screen_readers(lenet):
    read = Read(lenet[0].html)
    assert lenet[0].html.startswith("<!doctype html>\n")
    assert read.all("html")[0][0] == {"lang": "en"}
    assert read.all("title")[0][1] == "lenet5 · locality"
    metas = {
        attributes.get("name"): attributes["content"] for attributes, _ in read.all("meta") if "name" in attributes
    }
    assert metas["viewport"] == "width=device-width, initial-scale=1"
    assert metas["locality"] == "saved"
    assert read.all("noscript")[0][1].strip()
    assert "{{" not in document({}, title="t", styles="")


def test_no_name_can_break_out_of_its_script(lenet):
    evil = "</script><script>alert(1)</script><!--<script>"
    model = loc.build(LENET)
    model.classes = (evil, *"123456789")
    made = loc.page(model, np.zeros(LENET.input, np.uint8), notes=[evil])
    scene, _ = decoded(made.html)
    assert (scene["classes"][0], scene["notes"]) == (evil, [evil])
    read = Read(made.html)
    assert len(read.all("script")) == len(Read(lenet[0].html).all("script"))
    assert read.comments == 0
    assert "alert(1)</" not in made.html


def test_parts_of_the_document_stand_for_themselves():
    html = document(
        {"locality/app": "/web/</script>.js"}, title="<b> & {{data}}", styles="{{title}}", kind='a"b', policy="p"
    )
    read = Read(html)
    assert read.all("title")[0][1] == "<b> & {{data}}"
    assert "{{title}}" in html
    assert ("meta", {"name": "locality", "content": 'a"b'}) in read.elements
    assert json.loads(read.all("script")[0][1]) == {"imports": {"locality/app": "/web/</script>.js"}}


def test_a_page_tells_its_name_notes_and_size(lenet):
    assert repr(lenet[0]) == f"<Page of lenet5: {len(lenet[0].html) / 1e6:.1f} MB>"
    assert (lenet[0].title, lenet[0].notes) == ("lenet5", ())
    assert loc.page(LENET, notes=["One.", "Two."]).notes == (
        "One.", "Two.", "Initial weights (seed 0): nothing has been learnt yet."
    )  # fmt: skip


def test_a_notebook_shows_the_page_in_a_frame_of_its_own(lenet):
    ((tag, attributes),) = Read(lenet[0]._repr_html_()).elements
    assert tag == "iframe"
    assert attributes["title"] == "lenet5: every number of the network"
    assert attributes["allow"] == "camera; clipboard-write"
    assert "height: 900px" in attributes["style"]
    assert attributes["srcdoc"] == lenet[0].html
    assert unescape(lenet[0]._repr_html_().split('srcdoc="')[1].split('"')[0]) == lenet[0].html


# --- files


def test_saving_gives_the_path_and_makes_folders_on_the_way(lenet, tmp_path):
    path = lenet[0].save(tmp_path / "a" / "b" / "five.html")
    assert path == tmp_path / "a" / "b" / "five.html"
    assert path.read_bytes() == lenet[0].html.encode()
    assert [each.name for each in path.parent.iterdir()] == ["five.html"]
    before = os.umask(0o022)
    os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o666 & ~before  # others may read it, as any file
    assert lenet[0].save(str(path)) == path


@pytest.mark.parametrize(
    ("path", "message"),
    [
        (".", ".: this is a folder. Give the name of a file in it, such as page.html."),
        (
            "file/page.html",
            "file/page.html: the page cannot be written (a file stands where a folder should be). Give another place.",
        ),
        ("pipe", "pipe: this is no ordinary file. Give the name of one, ending in .html."),
        ("x" * 300, f"{'x' * 300}: the page cannot be written (File name too long). Give another place."),
    ],
)
def test_a_place_where_no_file_can_be_is_refused(lenet, tmp_path, monkeypatch, path, message):
    monkeypatch.chdir(tmp_path)
    Path("file").write_text("mine")
    os.mkfifo("pipe")
    with pytest.raises(DataError) as caught:
        lenet[0].save(path)
    assert str(caught.value) == message
    assert sorted(each.name for each in tmp_path.iterdir()) == ["file", "pipe"]


def test_a_disk_that_is_full_leaves_the_old_page_as_it_was(lenet, tmp_path, monkeypatch):
    path = tmp_path / "page.html"
    path.write_text("the old one")

    def full(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(DataError) as caught:
        lenet[0].save(path)
    assert str(caught.value) == f"{path}: the page cannot be written (No space left on device). Give another place."
    assert path.read_text() == "the old one"
    assert [each.name for each in tmp_path.iterdir()] == ["page.html"]


def test_a_page_takes_its_place_whole_or_not_at_all(lenet, tmp_path, monkeypatch):
    path = tmp_path / "page.html"
    path.write_text("the old one")
    moved = []

    def refuse(source, target):
        moved.append((Path(source).read_text("utf-8"), target))
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "replace", refuse)
    with pytest.raises(DataError):
        lenet[0].save(path)
    assert moved == [(lenet[0].html, path)]
    assert path.read_text() == "the old one"


def test_opening_shows_a_file_in_the_browser(lenet, tmp_path, monkeypatch):
    shown = []
    monkeypatch.setattr(pages.webbrowser, "open", lambda url: shown.append(url) or True)
    monkeypatch.setattr(pages.tempfile, "tempdir", str(tmp_path))
    path = lenet[0].open()
    assert shown == [path.as_uri()]
    assert path.read_bytes() == lenet[0].html.encode()
    assert (path.name, path.is_relative_to(tmp_path)) == ("lenet5.html", True)
    monkeypatch.setattr(pages.webbrowser, "open", lambda url: False)
    with pytest.raises(DataError) as caught:
        lenet[0].open(path)
    assert str(caught.value) == f"{path}: no browser could be started here. Open this file with one."


# --- in a browser

STUB = """
import { embeddedSource, pictureOf } from "locality/source";
export async function start() {
  const source = embeddedSource(document);
  const told = {};
  for (const [name, ref] of Object.entries(source.scene.values)) {
    const array = await source.array(ref);
    if (array !== (await source.array(ref))) throw new Error("decoded twice");
    told[name] = { kind: array.constructor.name, numbers: Array.from(array) };
  }
  const picture = await pictureOf(source, source.scene.pictures[0]);
  told.picture = { kind: picture.data.constructor.name, numbers: Array.from(picture.data) };
  window.told = told;
  document.getElementById("page").textContent = source.cell === null && source.record === null ? "done" : "wrong";
}
"""


@pytest.fixture
def stubbed(tmp_path, monkeypatch):
    """Pages whose application only decodes what it is given."""
    stub = tmp_path / "stub.js"
    stub.write_text(STUB)
    real = web_modules()
    monkeypatch.setattr(pages, "web_modules", lambda lab=False: {**real, "locality/app": stub})


@pytest.fixture(scope="module")
def browser():
    sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed: no browser is driven")
    if CHROMIUM is None:
        pytest.skip("there is no Chromium here: no page is opened")
    with sync_api.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.fixture
def told(browser, tmp_path):
    """Opens a file from the disk and gives what the stub decoded; nothing may be asked of the network or go wrong."""

    def run(path, framed=False):
        tab = browser.new_page()
        troubles, asked = [], []
        tab.on("console", lambda message: troubles.append(message.text))
        tab.on("pageerror", lambda error: troubles.append(str(error)))
        tab.on("request", lambda request: asked.append(request.url))
        tab.goto(path.as_uri())
        frame = tab.frames[1] if framed else tab
        frame.locator("#page:has-text('done')").wait_for(timeout=30_000)
        found = frame.evaluate("window.told")
        tab.close()
        assert troubles == []
        assert [url for url in asked if not url.startswith("data:")] == [path.as_uri()]
        return found

    return run


def test_chromium_decodes_the_same_floats_from_a_file_and_in_a_notebook_s_frame(stubbed, told, tmp_path):
    model = loc.build(LENET)
    image = np.random.default_rng(0).integers(0, 256, LENET.input, np.uint8)
    made, record = loc.page(model, image), model.record(image)
    notebook = tmp_path / "notebook.html"
    notebook.write_text(f"<!doctype html><title>notebook</title>{made._repr_html_()}", encoding="utf-8")
    for found in (told(made.save(tmp_path / "page.html")), told(notebook, framed=True)):
        assert found.pop("picture") == {"kind": "Uint8Array", "numbers": image.ravel().tolist()}
        assert set(found) == set(record.values)
        for name, array in found.items():
            assert array["kind"] == "Float32Array"
            np.testing.assert_array_equal(np.array(array["numbers"], np.float32), record[name].ravel())


def test_chromium_decodes_codes_as_python_means_them(stubbed, told, tmp_path, monkeypatch):
    monkeypatch.setattr("locality.views.carried.EXACT", 0)
    monkeypatch.setattr("locality.views.carried.MOST_MACS", 0)
    net = loc.Network("coded", (1, 80, 80), [loc.Conv(3, 3), loc.Activation("relu"), loc.Pool("global-average")])
    made = loc.page(loc.build(net))
    scene, array = decoded(made.html)
    assert "low" in scene["values"]["conv1"]
    found = told(made.save(tmp_path / "page.html"))
    for name, ref in scene["values"].items():
        np.testing.assert_array_almost_equal_nulp(
            np.array(found[name]["numbers"], np.float32), array(ref).ravel().astype(np.float32), 1
        )
