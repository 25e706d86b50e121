"""What a page has to show of what a network looks at: which maps, of which outputs, and at what cost."""

from typing import Any

import numpy as np
import pytest

import locality as loc
from locality.network.network import Network
from locality.views.looked import METHODS, WORK, looked_at, noise_for, settings_for
from locality.views.scene import scene_of

SMALL = "small: 1x12x12 | conv 4 3x3 | relu | max 2x2 | flatten | dense 6"


@pytest.fixture(scope="module")
def model() -> Any:
    return loc.build(Network.from_text(SMALL))


@pytest.fixture(scope="module")
def image() -> Any:
    return np.random.default_rng(0).integers(0, 256, (1, 12, 12), np.uint8)


def looked(model: Any, image: Any, work: int = 1000, label: int | None = None, computes: bool = False) -> Any:
    record = model.record(image)
    values = {name: array[0] for name, array in record.values.items()}
    return looked_at(model, model.network, values, work, label, computes, saved=True)


def test_a_page_has_the_maps_that_attribute_gives(model: Any, image: Any) -> None:
    scene = scene_of(model, image, compact=True)
    maps = scene.manifest["looked"]["maps"]
    assert {one["method"] for one in maps} == set(METHODS) - {"occlusion"}  # which it computes itself
    for one in maps:
        found = loc.attribute(model, image, one["method"], one["target"])
        np.testing.assert_allclose(scene.arrays[one["values"]["buffer"]], found.values, atol=1e-6)
        assert one["score"] == pytest.approx(found.score)
        assert one["node"] == found.node


def test_the_outputs_are_the_three_of_the_highest_score_and_the_label(model: Any, image: Any) -> None:
    order = np.argsort(-model.record(image).output[0])
    for label, more in ((None, []), (int(order[0]), []), (int(order[5]), [int(order[5])]), (17, [])):
        found = looked(model, image, label=label)
        assert [one["target"] for one in found.maps if one["method"] == "gradient"] == [*map(int, order[:3]), *more]


def test_large_networks_get_coarse_windows_then_fewer_maps_and_the_page_says_so(model: Any, image: Any) -> None:
    def of(work: int) -> tuple[list[str], list[str]]:
        found = looked(model, image, work)
        coarse = [one["method"] for one in found.maps if one.get("stride") == [2, 2]]
        return [one["method"] for one in found.maps] + coarse, list(found.notes)

    assert of(1) == (sorted([*METHODS] * 3, key=METHODS.index), [])
    methods, said = of(WORK // 100)
    assert (methods.count("occlusion"), methods.count("gradient"), "integrated-gradients" in methods) == (2, 3, False)
    assert said == ["integrated-gradients: it would take too long for this file. `locality lab` computes it."]
    methods, said = of(WORK // 3)
    assert methods == ["gradient", "grad-cam"]
    assert len(said) == 3
    assert said[-1] == "effective receptive field: it would be too much for this file. `locality lab` computes it."
    assert of(WORK)[0] == []


def test_fields_are_those_of_effective_field(model: Any, image: Any) -> None:
    scene = scene_of(model, image, compact=True)
    fields = scene.manifest["looked"]["fields"]
    assert [one["node"] for one in fields] == ["conv1", "pool1"]
    for one in fields:
        found = loc.effective_field(model, one["node"])
        np.testing.assert_allclose(scene.arrays[one["values"]["buffer"]], found.values, atol=1e-6)
        assert one["stretches"] == [list(stretch) for stretch in found.stretches]
        assert (one["pictures"], one["place"]) == (32, list(found.place))


def test_with_less_time_one_field_of_each_size_is_measured_over_fewer_pictures(model: Any, image: Any) -> None:
    found = looked(model, image, WORK // 30)
    assert [(one["node"], one["pictures"]) for one in found.fields] == [("conv1", 5), ("pool1", 5)]


def test_maps_of_large_pictures_stay_within_a_few_megabytes() -> None:
    model = loc.build(Network.from_text("1x700x700 | conv 2 3x3 | global-average | flatten | dense 3"))
    found = looked(model, np.zeros((1, 700, 700), np.uint8))
    assert found.nbytes <= 8 << 20
    assert len(found.maps) == 2
    assert "grad-cam: it would be too large for this file. `locality lab` computes it." in found.notes


def test_who_asks_later_gets_no_maps_beforehand(model: Any, image: Any) -> None:
    assert scene_of(model, image).manifest["looked"] == {"maps": [], "fields": [], "notes": [], "asks": True}


def test_a_description_and_a_record_have_no_gradients_and_say_so(model: Any, image: Any) -> None:
    for subject in (model.network, model.record(image)):
        looked = scene_of(subject, compact=True).manifest["looked"]
        assert looked["maps"] == []
        assert looked["notes"] == ["Gradients need a model: locality.page(locality.build(net))."]


def test_an_input_that_is_no_picture_has_nothing_to_look_at() -> None:
    for line in ("12 | dense 3", "2x40 | conv 3 5 | flatten | dense 3", "1x4x4x4 | conv 2 3x3x3"):
        assert scene_of(loc.build(Network.from_text(line)), compact=True).manifest["looked"] is None


def test_what_a_method_refuses_is_said_once(image: Any) -> None:
    model = loc.build(Network.from_text("1x12x12 | conv 4 3x3 | majority 2x2 | flatten | dense 6"))
    found = looked(model, image)
    assert {one["method"] for one in found.maps} == {"occlusion", "grad-cam"}  # of the maps behind the majority
    assert len(found.notes) == len(set(found.notes)) >= 1
    assert 'Use method "occlusion", which needs none.' in found.notes[0]


def test_the_lab_takes_coarser_settings_for_large_networks(model: Any) -> None:
    net = model.network
    assert settings_for("occlusion", net, 1000) == {}
    assert settings_for("occlusion", net, WORK) == {"window": [2, 2], "stride": [2, 2]}
    assert settings_for("grad-cam", net, WORK * 9) == {}
    assert (len(noise_for(net, 1)), len(noise_for(net, WORK * 9))) == (32, 2)


def test_what_a_model_says_of_its_weights_stands_on_the_page(image: Any) -> None:
    model = loc.build(Network.from_text(SMALL))
    model.notes = ("These weights are made of cheese.",)
    assert "These weights are made of cheese." in scene_of(model, image).manifest["notes"]
