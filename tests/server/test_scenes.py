"""Networks opened, recorded and explained by the lab."""

import base64
import http.client
import json
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import locality as loc
from locality.server.scenes import Scenes

from .conftest import JSON, SMALL, served, strict

GONE = "This picture's numbers are no longer kept here, others took their place. Open it again."


def array(lab, opened, ref):
    """The numbers of a ref, as the page fetches them."""
    status, headers, content = lab.ask("GET", f"/api/buffers/{opened['id']}/{ref['buffer']}")
    assert (status, headers["Content-Type"]) == (200, "application/octet-stream")
    return np.frombuffer(content, np.dtype(ref["dtype"]).newbyteorder("<")).reshape(ref["shape"])


def plain_array(plain):
    content = base64.b64decode(plain["base64"])
    return np.frombuffer(content, np.dtype(plain["dtype"]).newbyteorder("<")).reshape(plain["shape"])


def send(lab, opened, picture, **headers):
    """Another picture for a scene, as the page sends it."""
    given = {"X-Shape": ",".join(map(str, picture.shape)), "X-Dtype": picture.dtype.name, **headers}
    return lab.ask("POST", f"/api/scene/{opened['id']}/record", picture.tobytes(), given)


def test_the_list_names_the_zoo_the_runs_and_the_data(lab):
    listed = lab.get("/api/networks")
    assert [each["id"] for each in listed["zoo"]] == list(loc.zoo.names())
    lenet = next(each for each in listed["zoo"] if each["id"] == "lenet5")
    assert (lenet["parameters"], lenet["macs"], lenet["input"]) == (61706, 416520, [1, 28, 28])
    assert lenet["about"].startswith("Gradient-based learning")
    good, broken = listed["runs"]
    assert (good["id"], good["network"], good["data"], good["finished"]) == ("run:small", "small", "digits", True)
    assert 0.5 < good["accuracy"] < 1
    assert broken["id"] == "run:broken"
    assert "run.json: it is damaged (" in broken["error"]
    assert listed["data"] == ["digits", "faces", "fashion-mnist", "mnist", "textures"]
    assert listed["first"] is None


def test_a_run_opens_with_its_weights_pictures_and_what_torch_computed(lab, trained):
    opened = lab.post("/api/scene", {"net": "run:small", "picture": None})
    scene, run = opened["scene"], loc.load(trained)
    assert scene["computes"] is True
    assert scene["notes"] == [f"Trained on digits: {run.accuracy:.2%} of the test pictures are classified correctly."]
    picture = array(lab, opened, scene["pictures"][0]["array"])
    record = run.record(picture)
    for name, ref in scene["values"].items():
        assert np.array_equal(array(lab, opened, ref), record[name][0]), name
    for name, ref in scene["parameters"].items():
        assert np.array_equal(array(lab, opened, ref), record.parameters[name]), name
    assert lab.post("/api/scene", {"net": "run:small"})["id"] == opened["id"]  # not computed twice


def test_a_picture_can_be_chosen_by_its_number_or_as_a_mistake(lab, trained):
    run = loc.load(trained)
    opened = lab.post("/api/scene", {"net": "run:small", "picture": 17})
    first = opened["scene"]["pictures"][0]
    assert (first["name"], first["label"]) == ("test picture 17", int(run.data.test.labels[17]))
    assert np.array_equal(array(lab, opened, first["array"]), run.data.test.images[17])
    opened = lab.post("/api/scene", {"net": "run:small", "picture": "mistake"})
    first = opened["scene"]["pictures"][0]
    (answer,) = loc.predict(run, array(lab, opened, first["array"]))
    assert answer.best != str(first["label"])
    assert first["name"] == f"{'an' if first['label'] == 8 else 'a'} {first['label']} taken for a" + (
        f"n {answer.best}" if answer.best == "8" else f" {answer.best}"
    )
    one = lab.post("/api/scene", {"net": "run:small", "picture": None})["scene"]
    for name in ("notes", "fit", "side", "classes", "mean", "std"):
        assert opened["scene"][name] == one[name], name
    names = [picture["name"] for picture in one["pictures"]]
    others = [name for name in names if name != first["name"]]
    assert [picture["name"] for picture in opened["scene"]["pictures"]] == [first["name"], *others]


def test_what_the_network_looks_at_is_answered_for_any_output_and_picture(lab, trained):
    run = loc.load(trained)
    opened = lab.post("/api/scene", {"net": "run:small", "picture": 17})
    assert opened["scene"]["looked"] == {"maps": [], "fields": [], "notes": [], "asks": True}
    picture = np.random.default_rng(1).normal(size=(1, 8, 8)).astype(np.float32)
    status, _, content = send(lab, opened, picture)
    other = json.loads(content)
    assert status == 200
    for scene, image in ((opened, run.data.test.images[17]), (other, picture)):
        for method in ("occlusion", "gradient", "integrated-gradients", "grad-cam"):
            got = lab.get(f"/api/scene/{scene['id']}/attribution?method={method}&target=3")
            found = loc.attribute(run, image, method, 3)
            np.testing.assert_allclose(plain_array(got["values"]), found.values, atol=1e-6)
            assert (got["method"], got["target"], got["node"]) == (method, 3, found.node)
            assert got["score"] == pytest.approx(found.score)
    node = next(name for name, shape in run.network.shapes.items() if name != "input" and len(shape) == 3)
    got, field = lab.get(f"/api/scene/{opened['id']}/field?node={node}"), loc.effective_field(run, node)
    np.testing.assert_allclose(plain_array(got["values"]), field.values, atol=1e-6)
    assert got["stretches"] == [list(stretch) for stretch in field.stretches]


@pytest.mark.parametrize(
    ("asked", "status", "sentence"),
    [
        ("attribution?method=grad-cam&target=x", 400, "target 'x' is no output. Give its number, counted from 0."),
        ("attribution?method=grad-cam&target=10", 404,
         "small: there is no output 10, it has 10. Give a number from 0 to 9."),
        ("attribution?method=grad-cams&target=1", 404, "Unknown method 'grad-cams'. Did you mean 'grad-cam'?"),
        ("field?node=conv9", 404, None),
    ],
)  # fmt: skip
def test_a_map_that_cannot_be_is_refused_with_a_sentence(lab, asked, status, sentence):
    opened = lab.post("/api/scene", {"net": "run:small", "picture": 17})
    got, _, content = lab.ask("GET", f"/api/scene/{opened['id']}/{asked}")
    said = json.loads(content)["error"]
    assert (got, said) == (status, sentence or said)


@pytest.mark.parametrize(
    ("asked", "status", "sentence"),
    [
        ({"net": "resnet-50"}, 404, "Unknown network 'resnet-50'. Did you mean 'resnet50'?"),
        ({"net": "run:smal"}, 404, "Unknown run 'smal'. Did you mean 'small'?"),
        ({"net": "run:../runs/small"}, 404, "Unknown run '../runs/small'. Known are: small, broken."),
        ({"net": "run:"}, 404, "Unknown run ''. Known are: small, broken."),
        ({}, 400, "net is missing or no text. Give the name of one that /api/networks lists."),
        ({"net": 5}, 400, "net is missing or no text. Give the name of one that /api/networks lists."),
        ({"net": "lenet5", "path": "x"}, 400, "There is no entry 'path' here. Known are: net, picture."),
        ({"net": "lenet5", "picture": 1.5}, 400,
         'picture is no number. Give the number of a test picture, "mistake", or null.'),
        ({"net": "lenet5", "picture": 1}, 404,
         "lenet5: it has no test pictures. Train it, or give a picture of your own."),
        ({"net": "lenet5", "picture": "mistake"}, 404,
         "lenet5: no picture is known that it takes for something else."),
        ({"net": "run:small", "picture": 359}, 404, "There is no test picture 359 among 359. Count from 0."),
        ({"net": "run:small", "picture": -1}, 404, "There is no test picture -1 among 359. Count from 0."),
        ({"net": "1x5x5 | max 2x2"}, 400, None),
        ({"net": "3x30000x30000 | conv 64 3x3 same"}, 400,
         "network: its input 3x30000x30000 has 2700 million cells, more than the 16 million of the lab. Use a smaller "
         "input."),
        ({"net": "1x3000x3000 | conv 256 3x3 same"}, 400,
         "network: with an input of 1x3000x3000 its weights take 0.0 GB and its maps 9.3 GB, more than the 4.3 GB of "
         "the lab. Use a smaller input or network."),
        ({"net": "1x8x8 | " + "relu | " * 4000}, 413,
         "The line of notation has 28,008 letters, more than 20,000. Give its JSON file to `locality lab`."),
        ([], 400, "The body is no JSON object. Send one, in braces."),
    ],
)  # fmt: skip
def test_what_cannot_be_opened_is_refused_in_a_sentence(lab, asked, status, sentence):
    said = lab.refused("/api/scene", asked)
    assert said == (status, sentence or said[1])


@pytest.mark.parametrize("net", ["/etc/passwd", "../runs/small", "runs/small", "file:///etc/passwd", "run:/etc", "."])
def test_a_path_is_no_name_of_a_network(lab, net):
    status, sentence = lab.refused("/api/scene", {"net": net})
    assert status == 404
    assert sentence.startswith("Unknown ")


def test_a_damaged_run_is_refused_and_the_lab_goes_on(lab):
    status, sentence = lab.refused("/api/scene", {"net": "run:broken"})
    assert status == 400
    assert "run.json: it is damaged (" in sentence
    assert lab.post("/api/scene", {"net": "lenet5"})["scene"]["title"] == "lenet5"


# --- bodies


def test_a_body_that_is_too_long_is_refused_before_it_is_read(lab):
    path = "/api/scene"
    announced = {**JSON, "Content-Length": str(10**12)}
    status, _, body = lab.ask("POST", path, b"", announced)
    assert (status, strict(body)["error"]) == (
        413,
        "The body is too long: 1,000,000,000,000 bytes, where at most 262,144 are read. Send less.",
    )
    chunks = b"".join(b"ffff\r\n" + b" " * 0xFFFF + b"\r\n" for _ in range(5)) + b"0\r\n\r\n"
    status, _, body = lab.ask("POST", path, chunks, {**JSON, "Transfer-Encoding": "chunked"})
    assert (status, strict(body)["error"]) == (
        413,
        "The body is too long: more than 262,144 bytes, where at most 262,144 are read. Send less.",
    )


@pytest.mark.parametrize(
    ("body", "headers", "status", "sentence"),
    [
        (b"{}", {}, 415, "The body is of no kind. Send application/json."),
        (b"{}", {"Content-Type": "text/plain"}, 415, "The body is text/plain. Send application/json."),
        (b"{", JSON, 400, "The body is no JSON. Send a JSON object."),
        (b"\xff", JSON, 400, "The body is no JSON. Send a JSON object."),
        (b"[" * 100_000, JSON, 400, "The body is no JSON. Send a JSON object."),
    ],
)
@pytest.mark.parametrize("path", ["/api/scene", "/api/train"])
def test_a_body_of_another_kind_is_refused(lab, path, body, headers, status, sentence):
    found, _, said = lab.ask("POST", path, body, headers)
    assert (found, strict(said)["error"]) == (status, sentence)


# --- another picture


@pytest.mark.parametrize("kind", ["uint8", "float32", "float64"])
def test_another_picture_is_recorded_as_python_records_it(lab, trained, kind):
    opened = lab.post("/api/scene", {"net": "run:small"})
    draw = np.random.default_rng(5)
    picture = draw.integers(0, 256, (1, 8, 8)).astype(kind) if kind == "uint8" else draw.normal(size=(1, 8, 8))
    picture = picture.astype(kind)
    status, _, body = send(lab, opened, picture)
    assert status == 200
    fresh = strict(body)
    assert fresh["id"] != opened["id"]
    record = loc.load(trained).record(picture)
    for name, ref in fresh["scene"]["values"].items():
        assert np.array_equal(array(lab, fresh, ref), record[name][0]), name
    assert np.array_equal(array(lab, fresh, fresh["scene"]["pictures"][0]["array"]), picture.astype(
        picture.dtype if kind == "uint8" else "float32"))  # fmt: skip
    assert fresh["scene"]["notes"] == opened["scene"]["notes"]


def test_a_picture_that_claims_a_billion_pixels_is_refused_in_milliseconds(lab):
    opened = lab.post("/api/scene", {"net": "run:small"})
    claims = {"X-Shape": "1,40000,40000", "Content-Length": str(40000**2)}
    times = []
    for _ in range(3):
        began = time.perf_counter()
        status, _, body = lab.ask("POST", f"/api/scene/{opened['id']}/record", b"", claims)
        times.append(time.perf_counter() - began)
        assert (status, strict(body)["error"]) == (
            413,
            "small: a picture of 1x40000x40000 does not fit its input 1x8x8. Bring it to that size first.",
        )
    assert min(times) < 0.05


@pytest.mark.parametrize(
    ("headers", "status", "sentence"),
    [
        ({"X-Shape": ""}, 400, "shape '' is none. Say it in X-Shape, like 1,28,28."),
        ({"X-Shape": "1,8,-8"}, 400, "shape '1,8,-8' is none. Say it in X-Shape, like 1,28,28."),
        ({"X-Shape": "1,8,8,1,1"}, 400, "shape '1,8,8,1,1' is none. Say it in X-Shape, like 1,28,28."),
        ({"X-Shape": "1," + "9" * 5000}, 400, None),
        ({"X-Shape": "1,4,4"}, 400,
         "small: a picture of 1x4x4 does not fit its input 1x8x8. Bring it to that size first."),
        ({"X-Dtype": "object"}, 400, "'object' is no kind of numbers. Send uint8, float32, float64."),
        ({"X-Dtype": "float32"}, 400, "The picture has 64 bytes; 1,8,8 of float32 has 256. Send all."),
    ],
)  # fmt: skip
def test_a_picture_that_does_not_fit_is_refused(lab, headers, status, sentence):
    opened = lab.post("/api/scene", {"net": "run:small"})
    found, _, body = send(lab, opened, np.zeros((1, 8, 8), np.uint8), **headers)
    said = strict(body)["error"]
    assert (found, said) == (status, sentence or said)


# --- cells and arrays


def test_a_cell_has_the_terms_that_explain_gives_to_the_last_bit(lab, trained):
    opened = lab.post("/api/scene", {"net": "run:small", "picture": 3})
    run = loc.load(trained)
    record = run.record(run.data.test.images[3])
    for node, cell in [("conv1", (3, 0, 5)), ("relu1", (0, 1, 1)), ("flatten1", (7,)), ("dense1", (9,))]:
        name = next(each.name for each in run.network.nodes if each.name.startswith(node.rstrip("1")))
        found = lab.get(f"/api/scene/{opened['id']}/cell?node={name}&cell={','.join(map(str, cell))}")
        want = loc.explain(record, name, cell)
        for key in ("patch", "products", "sites"):
            assert np.array_equal(plain_array(found[key]), getattr(want, key)), (node, key)
        if want.weights is None:
            assert found["weights"] is None
        else:
            assert np.array_equal(plain_array(found["weights"]), want.weights)
        for key in ("node", "kind", "rule", "bias", "value", "computed", "scale"):
            assert found[key] == getattr(want, key), (node, key)
        assert (tuple(found["cell"]), tuple(found["inputs"])) == (want.cell, want.inputs)
        assert (found["activation"] and tuple(found["activation"])) == want.activation


def test_what_is_no_finite_number_survives_json(lab):
    opened = lab.post("/api/scene", {"net": "run:small"})
    picture = np.zeros((1, 8, 8), np.float32)
    picture[0, 0, :3] = np.nan, np.inf, -np.inf
    fresh = strict(send(lab, opened, picture)[2])
    cell = lab.get(f"/api/scene/{fresh['id']}/cell?node=conv1&cell=0,0,0")
    assert (cell["value"], cell["computed"]) == ("NaN", "NaN")
    assert np.array_equal(plain_array(cell["patch"])[0, 0], [np.nan, np.inf, -np.inf], equal_nan=True)
    picture[0, 0, 0] = picture[0, 0, 2] = 0
    fresh = strict(send(lab, opened, picture)[2])
    assert lab.get(f"/api/scene/{fresh['id']}/cell?node=conv1&cell=0,0,0")["value"] in ("Infinity", "-Infinity")


@pytest.mark.parametrize(
    ("query", "status", "sentence"),
    [
        ("node=conv9&cell=0,0,0", 404, "Unknown node 'conv9'. Did you mean 'conv1'?"),
        ("node=conv1&cell=0,0,6", 400, "conv1: there is no cell (0, 0, 6) in its output 4x6x6. "
         "Give (channel, *space), counted from 0."),
        *((f"node=conv1{cell and f'&cell={cell}'}", 400,
           f"cell {cell!r} is no place. Give channel and place as whole numbers, like 0,3,4.")
          for cell in ("", "0,x,0", "-1,0,0", "0,,0", "0,1e3,0", "0,1,2,3,4,5,6,7,8")),
    ],
)  # fmt: skip
def test_a_cell_that_is_none_is_refused(lab, query, status, sentence):
    opened = lab.post("/api/scene", {"net": "run:small"})
    assert lab.refused(f"/api/scene/{opened['id']}/cell?{query}") == (status, sentence)


def test_an_array_or_a_scene_that_is_not_there_is_refused(lab):
    opened = lab.post("/api/scene", {"net": "run:small"})
    status, sentence = lab.refused(f"/api/buffers/{opened['id']}/9999")
    assert status == 404
    assert sentence.endswith("arrays, no number 9999. Count from 0.")
    assert lab.refused("/api/buffers/0123/0") == (410, GONE)
    assert lab.refused("/api/scene/0123/cell?node=conv1&cell=0") == (410, GONE)
    assert lab.refused("/api/scene/0123/record", {}) == (410, GONE)


def test_what_no_longer_fits_in_memory_is_forgotten_and_can_be_asked_for_again(runs):
    with served(runs, memory=1_000_000) as lab:  # two scenes of 0.4 MB
        first = lab.post("/api/scene", {"net": "run:small"})
        second = lab.post("/api/scene", {"net": "run:small", "picture": 1})
        lab.get(f"/api/scene/{first['id']}/cell?node=conv1&cell=0,0,0")  # used again, so the other one goes
        lab.post("/api/scene", {"net": "run:small", "picture": 2})
        assert lab.ask("GET", f"/api/buffers/{first['id']}/0")[0] == 200
        assert lab.refused(f"/api/buffers/{second['id']}/0") == (410, GONE)
        again = lab.post("/api/scene", {"net": "run:small", "picture": 1})
        assert again["id"] != second["id"]
        assert again["scene"] == second["scene"]


@pytest.mark.parametrize("number", ["44444", "9" * 5000, "-1", "x"])
def test_a_number_of_no_array_is_refused(lab, number):
    opened = lab.post("/api/scene", {"net": "run:small"})
    status, sentence = lab.refused(f"/api/buffers/{opened['id']}/{number}")
    assert status == 404
    assert sentence.endswith(f"no number {number[:50]}. Count from 0.")


# --- large networks, many pages


def test_a_resnet_opens_before_its_numbers_and_its_cells_are_explained(lab):
    opened = lab.post("/api/scene", {"net": "resnet18"})
    scene = opened["scene"]
    assert scene["computes"] is False
    assert scene["notes"] == ["Initial weights (seed 0): nothing has been learnt yet."]
    assert len(json.dumps(scene)) < 200_000
    values = array(lab, opened, scene["values"]["layer1.0.conv1"])
    cell = lab.get(f"/api/scene/{opened['id']}/cell?node=layer1.0.conv1&cell=5,6,7")
    assert cell["computed"] == values[5, 6, 7]
    assert abs(cell["value"] - cell["computed"]) <= 1e-6 * cell["scale"]


def test_ten_pages_at_once_and_one_that_is_killed_in_a_download_do_no_harm(lab, monkeypatch):
    net = "3x256x256 | conv 16 3x3 same | relu | flatten | dense 2"
    at_once, most, real = [], [], Scenes.open

    def watched(self, *given):
        at_once.append(1)
        most.append(len(at_once))
        try:
            return real(self, *given)
        finally:
            at_once.pop()

    monkeypatch.setattr(Scenes, "open", watched)
    big = lab.post("/api/scene", {"net": net})
    ref = big["scene"]["values"]["conv1"]
    assert np.prod(ref["shape"]) * 4 == 4 << 20

    def killed():
        with socket.create_connection(("127.0.0.1", lab.port)) as connection:
            path = f"/api/buffers/{big['id']}/{ref['buffer']}"
            connection.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost:{lab.port}\r\n\r\n".encode())
            return len(connection.recv(1000))  # and gone

    def page(number):
        opened = lab.post("/api/scene", {"net": SMALL.replace("conv 4", f"conv {number + 1}")})
        sizes = [array(lab, opened, value).shape for value in opened["scene"]["values"].values()]
        return sizes[1][0] == number + 1 and array(lab, big, ref).shape == (16, 256, 256)

    with ThreadPoolExecutor(11) as pool:
        pages = [pool.submit(page, number) for number in range(10)]
        gone = pool.submit(killed)
        assert all(each.result() for each in pages)
        assert gone.result() > 0
    assert max(most) == 1
    assert len(most) == 11


def test_no_computation_is_begun_for_a_page_that_has_gone(lab, monkeypatch):
    begun, go, real = [], threading.Event(), Scenes.open

    def slow(self, net, picture):
        begun.append(net)
        assert go.wait(30)
        return real(self, net, picture)

    monkeypatch.setattr(Scenes, "open", slow)
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(lab.post, "/api/scene", {"net": "lenet5"})
        while not begun:
            time.sleep(0.01)
        gone = http.client.HTTPConnection("127.0.0.1", lab.port)
        gone.request("POST", "/api/scene", b'{"net": "ffnn"}', JSON)
        time.sleep(0.1)
        gone.close()
        time.sleep(0.1)
        go.set()
        assert first.result()["scene"]["title"] == "lenet5"
    lab.post("/api/scene", {"net": "tiny-vgg"})
    assert begun == ["lenet5", "tiny-vgg"]


def test_a_fault_of_ours_is_a_sentence_too(lab, monkeypatch):
    monkeypatch.delenv("LOCALITY_TRACEBACK", raising=False)

    def broken(self, *given):
        raise ZeroDivisionError("by 0")

    monkeypatch.setattr(Scenes, "open", broken)
    assert lab.refused("/api/scene", {"net": "lenet5"}) == (
        500,
        "ZeroDivisionError: by 0. This is a bug in locality: please report it.",
    )


@pytest.mark.parametrize(
    ("error", "status", "sentence"),
    [
        (MemoryError(), 507, "There is not enough memory for this. Open a smaller network or picture."),
        (OSError(28, "No space left on device", "runs/x"), 500,
         "runs/x: No space left on device. Make room there, or mend its permissions."),
    ],
)  # fmt: skip
def test_a_machine_that_is_full_is_told_in_a_sentence(lab, monkeypatch, error, status, sentence):
    def full(self, *given):
        raise error

    monkeypatch.setattr(Scenes, "open", full)
    assert lab.refused("/api/scene", {"net": "lenet5"}) == (status, sentence)
