"""The study of phases: run on tiny lattices, kept, gone on with, and what is said of made-up ones."""

import json
import shutil
from dataclasses import replace

import numpy as np
import pytest

import locality as loc
from locality import zoo
from locality.errors import LocalityError
from locality.lattice import Lattice
from locality.network.layers import Activation, Conv, Dense, Flatten, Pool
from locality.network.network import Network
from locality.studies import classified, sized
from locality.studies.classified import Drawn, asked_at, drawn, measured_at, trained_at
from locality.studies.crossing import Curve
from locality.studies.measured import Measured
from locality.studies.phases import RECIPE, Phases, network_for, phases
from locality.studies.sized import Control, Gauged, Sized

TC = 2.269185314213022
QUICK = loc.Recipe(epochs=4, batch_size=64, learning_rate=0.02, label_smoothing=0.0, shift=0)
TINY = {"sizes": (8,), "samples": 64, "seeds": 2, "recipe": QUICK, "gauge": None, "progress": False}


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    folder = tmp_path_factory.mktemp("study") / "phases"
    return phases(**TINY, out=folder), folder


def curve(size, at, width=0.9, critical=TC, noise=0.02, seeds=4):
    draw = np.random.Generator(np.random.PCG64(size))
    temperatures = asked_at(critical, size)
    exact = 1 / (1 + np.exp((temperatures - at) * size / width))[None, :, None]
    return Curve(size, temperatures, np.clip(exact + noise * draw.normal(size=(seeds, 25, 8)), 0, 1))


def made_up(shift=0.3, network=(0.07, 0.03), m=(0.07, 0.03), far=0.5, shuffled=0.5, seeds=4):
    rows = []
    for place, size in enumerate((10, 20, 30, 40)):
        error, other = (each[0] - (each[0] - each[1]) * place / 3 for each in (network, m))
        at = TC + shift / size
        wrong = {"magnetisation": other, "energy": other - 0.005, "far": error + 0.005, "shuffled": 1 - shuffled}
        moved = {"far": TC + far / size}
        controls = {
            name: Control(name, Measured((value,), 20_000), curve(size, moved.get(name, at)))
            for name, value in wrong.items()
        }
        flat = np.full((1, 25, 8), 0.5) + 0.01 * np.linspace(-1, 1, 25)[None, :, None]
        controls["shuffled"] = Control(
            "shuffled", controls["shuffled"].measured, Curve(size, trained_at(TC)[:25], flat)
        )
        rows.append(
            Sized(
                size, 100 * size, Measured((error,) * seeds, 20_000), sized.PUBLISHED[size],
                curve(size, at, seeds=seeds), controls, curve(size, 3.640957 + shift / size, critical=3.640957), True,
            )
        )  # fmt: skip
    gauge = (Gauged("carrasquilla-2017", 16, 1, Measured((0.5,), 2000)),)
    gauge += (Gauged("carrasquilla-2017-cnn", 16, 1, Measured((0.0,), 2000)),)
    return Phases("square", "carrasquilla-2017", TC, 2000, seeds, tuple(rows), gauge)


@pytest.mark.parametrize("at", [trained_at, measured_at])
def test_the_temperatures_are_those_of_the_paper(at):
    temperatures = at(TC)
    assert len(temperatures) == 40
    assert (temperatures[0], temperatures[-1]) == (pytest.approx(1.0, abs=5e-3), pytest.approx(3.54, abs=5e-3))
    assert (temperatures < TC).sum() == (temperatures > TC).sum() == 20
    assert temperatures + temperatures[::-1] == pytest.approx(2 * TC)


def test_those_far_from_the_transition_are_among_them_and_outside_of_1_9_and_2_7():
    far, half = trained_at(TC, far=True), trained_at(TC)
    assert set(far) < set(half)
    assert (far[far < TC].max(), far[far > TC].min()) == (pytest.approx(1.83, abs=0.01), pytest.approx(2.71, abs=0.01))
    assert (far < TC).sum() == (far > TC).sum() == 9


def test_every_number_of_a_row_is_that_of_the_run_in_its_folder(tiny):
    study, folder = tiny
    row = study.rows[0]
    run = loc.load(folder / "L8-seed1")
    assert (run.network, row.size) == (zoo.get("carrasquilla-2017", (1, 8, 8)), 8)
    assert row.parameters == 64 * 100 + 100 + 200 + 2
    assert row.measured.errors[1] == pytest.approx(1 - run.accuracy)
    fine = drawn(Lattice("square", 8), TC, asked_at(TC, 8), 64, 0, 2, 8)
    ordered = classified.told(run.model, fine.scan.spins).reshape(25, -1, 4).mean(-1)
    assert row.curve.outputs[1] == pytest.approx(ordered)


def test_the_spins_of_a_chain_stay_together_and_the_labels_follow_the_temperature():
    some = drawn(Lattice("square", 4), TC, np.array([1.0, 4.0]), 64, 5)
    magnetisations = np.abs(some.images.images.mean((1, 2, 3)))
    assert some.of_each("magnetisation").ravel() == pytest.approx(magnetisations)
    assert some.by_chain(magnetisations) == pytest.approx(some.of_each("magnetisation").mean(-1))
    assert some.labels.tolist() == [0] * 64 + [1] * 64
    assert isinstance(some, Drawn)


def test_the_controls_come_in_the_right_order(tiny):
    row = tiny[0].rows[0]
    right = {name: 1 - one.measured.error for name, one in row.controls.items()}
    assert right["shuffled"] == pytest.approx(0.5, abs=0.05)
    assert right["energy"] > 0.8 < right["magnetisation"]
    assert right["shuffled"] < right["far"] <= right["energy"] + 0.02
    # The posterior of the temperature depends on the energy alone: its T* is Tc, whatever the size.
    assert row.controls["energy"].curve.crossing.value == pytest.approx(TC, abs=0.15)


def test_a_second_call_measures_nothing_again(tiny, monkeypatch):
    study, folder = tiny

    def never(*args, **kwargs):
        raise AssertionError("measured again")

    for name in ("drawn", "learnt"):
        monkeypatch.setattr(sized, name, never)
    again = phases(**TINY, out=folder)
    assert again.to_dict() == study.to_dict()


def test_more_sizes_and_seeds_go_on_from_what_is_there(tiny, tmp_path, monkeypatch):
    study, folder = tiny
    shutil.copytree(folder, tmp_path / "more")
    asked = []
    real = sized.learnt

    def counted(net, training, test, recipe, place):
        asked.append(place.name)
        return real(net, training, test, recipe, place)

    monkeypatch.setattr(sized, "learnt", counted)
    more = phases(**{**TINY, "sizes": (8, 4), "seeds": 3}, out=tmp_path / "more")
    assert asked == ["L4-seed0", "L4-seed1", "L4-seed2", "L4-far", "L4-shuffled", "L8-seed2"]
    assert [row.size for row in more.rows] == [4, 8]
    assert more.rows[1].measured.errors[:2] == study.rows[0].measured.errors


def test_the_plain_data_are_json_and_hold_the_published_figures():
    plain = json.loads(json.dumps(made_up().to_dict(), allow_nan=False))
    assert [row["published"] for row in plain["rows"]] == [0.932, 0.9627, 0.9720, 0.9785]
    assert plain["fit"]["value"]["value"] == pytest.approx(TC, abs=4 * plain["fit"]["value"]["error"])
    assert {one["name"] for one in plain["rows"][0]["controls"]} == {"magnetisation", "energy", "shuffled", "far"}


def test_the_table_shows_what_was_measured_and_what_was_published():
    told = repr(made_up())
    assert max(map(len, told.splitlines())) <= 80
    assert "\n10        93.00 (92.64-93.35)      93.20" in told
    assert "\ninfinite" in told
    assert "\ncarrasquilla-2017-cnn           1  100.00 (99.81-100.00)" in told


def test_what_the_numbers_support_is_said():
    said = made_up().remarks
    assert said[0].startswith("T*(L) against 1/L goes to Tc = 2.2")
    assert "standard errors) " in said[0]
    assert said[3] == "Against |m| alone: the two cannot be told apart at L = 10, 20, 30, 40."
    assert said[4].startswith("Against the energy alone: ")
    assert "no classifier can do better than the energy, on average." in said[4]
    assert said[5] == (
        "Trained on shuffled labels it gives the right phase a probability of 50.00 to 50.00 % on average, and P(T) "
        "stays between 0.49 and 0.51."
    )
    assert said[6].startswith("Trained only far from the transition it still crosses 1/2 within 0.05")
    assert said[7].startswith("Asked about the triangular lattice, of which they saw nothing, the same networks give ")
    assert said[8:] == (
        "Gauge theory, 16x16: carrasquilla-2017 is right in 50.00 %, which is guessing.",
        "Gauge theory, 16x16: carrasquilla-2017-cnn is right in 100.00 %.",
    )


def test_a_network_that_is_behind_the_order_parameter_is_said_to_be():
    said = made_up(network=(0.07, 0.06), m=(0.07, 0.03)).remarks
    assert said[3].startswith(
        "Against |m| alone: the two cannot be told apart at L = 10; the network is behind at L = "
    )
    assert said[3].endswith("40.")


def test_sizes_that_scatter_more_than_their_errors_are_said_to():
    study = made_up()
    rows = tuple(
        replace(row, curve=curve(row.size, TC + off))
        for row, off in zip(study.rows, (0, 0.03, -0.03, 0.03), strict=True)
    )
    scattered = replace(study, rows=rows)
    factor = np.sqrt(scattered.fit.chi2 / 2)
    assert scattered.remarks[1] == (
        "The sizes scatter about that line by more than their errors, and the error of Tc is larger for it by a "
        f"factor {factor:.1f}: how well a network of each size learns moves T* too."
    )


def test_one_seed_is_said_to_be_little():
    said = made_up(seeds=1).remarks
    assert said[-1] == "With 1 seed the errors know nothing of what another training would have given."


def test_any_network_is_described_anew_for_each_size():
    line = "1x8x8 | conv 4 2x2 same wrap | relu | global-average | flatten | dense 2"
    own = Network("own", (1, 28, 28), [Flatten(), Dense(5), Activation("tanh"), Dense(2)])
    made = [network_for(given, "square", 12) for given in (line, own, "carrasquilla-2017-cnn")]
    made.append(network_for(lambda shape: Network("f", shape, [Flatten(), Dense(2)]), "honeycomb", 12))
    assert [net.input for net in made] == [(1, 12, 12), (1, 12, 12), (1, 12, 12), (2, 12, 12)]
    assert made[1].parameter_count == 144 * 5 + 5 + 12


def test_a_cubic_lattice_takes_a_network_for_three_axes():
    assert network_for("carrasquilla-2017", "cubic", 4).input == (1, 4, 4, 4)
    assert 4.4 < trained_at(4.51152329).mean() < 4.6


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"seeds": 0}, "seeds is 0; it must be a whole number of at least 1. Give seeds=1 or more."),
        ({"samples": 8}, "samples is 8; it must be a whole number of at least 16. Give samples=16 or more."),
        ({"sizes": [3]}, "sizes is 3; it must be a whole number of at least 4. Give sizes=4 or more."),
        ({"sizes": []}, "sizes: there is none. Give some, such as 10, 20, 30 and 40."),
        ({"gauge": 1}, "gauge is 1; it must be a whole number of at least 2. Give gauge=2 or more."),
        ({"seed": -1}, "seed is -1; it must be a whole number of at least 0. Give seed=0 or more."),
        ({"lattice": "sqare"}, "Unknown lattice 'sqare'. Did you mean 'square'?"),
        (
            {"lattice": "chain"},
            "chain: no critical temperature is known of it, so that nothing can be labelled. Use square, triangular, "
            "honeycomb, kagome or cubic.",
        ),
        ({"network": "carasquilla-2017"}, "Unknown network 'carasquilla-2017'. Did you mean 'carrasquilla-2017'?"),
        (
            {"network": "3x8x8 | flatten | dense 2"},
            "network: its input is 3x8x8, spins of the square lattice are 1x8x8. Describe a network whose input has 3 "
            "numbers, the first of them 1.",
        ),
        (
            {"network": "1x8 | flatten | dense 2"},
            "network: its input is 1x8, spins of the square lattice are 1x8x8. Describe a network whose input has 3 "
            "numbers, the first of them 1.",
        ),
        (
            {"network": "1x8x8 | flatten | dense 10"},
            "network: its output is 10, there are 2 phases. End it with Dense(2).",
        ),
        (
            {"network": 5},
            "network: int is no network. Give a name from the zoo, a line of notation, a Network, or a function that "
            "makes one of a shape.",
        ),
        (
            {"network": Network("odd", (1, 13, 13), [Conv(4, 8), Pool("max", 3), Flatten(), Dense(2)])},
            "pool1: a 3x3 window does not fit its 1x1 input (padding 0). Use padding of 1 or a window of 1. "
            "(1x8x8 -> conv1 1x1)",
        ),
        ({"recipe": {"epochs": 1}}, "recipe: dict is no Recipe. Give a locality.Recipe, or None."),
        ({"out": 5}, "out: int is no folder. Give a path, or None to keep nothing."),
    ],
)
def test_what_cannot_be_is_one_sentence_before_anything_is_drawn(given, message, monkeypatch):
    def never(*args, **kwargs):
        raise AssertionError("something was drawn")

    monkeypatch.setattr(sized, "drawn", never)
    with pytest.raises(LocalityError) as error:
        phases(**{**TINY, **given})
    assert str(error.value) == message


def test_another_study_in_the_folder_is_refused(tiny):
    folder = tiny[1]

    def refused(**changed):
        with pytest.raises(LocalityError) as error:
            phases(**{**TINY, **changed}, out=folder)
        return str(error.value).removeprefix(str(folder))

    assert refused(samples=128) == ": the study kept here has samples 64, not 128. Give another folder."
    assert refused(recipe=RECIPE) == ": the study kept here has other recipe. Give another folder."
    other = Network("carrasquilla-2017", (1, 8, 8), [Flatten(), Dense(2)])
    assert refused(network=other) == (
        "/L8-seed0.npz: what is kept here was measured with another network. Give another folder."
    )


def test_a_damaged_part_is_said_to_be(tiny, tmp_path):
    shutil.copytree(tiny[1], tmp_path / "cut")
    for content in (b"", b"PK", b"\x93NUMPY"):
        (tmp_path / "cut" / "L8-far.npz").write_bytes(content)
        with pytest.raises(LocalityError) as error:
            phases(**TINY, out=tmp_path / "cut")
        assert str(error.value) == f"{tmp_path}/cut/L8-far.npz: it is damaged. Remove it, and it is measured again."


@pytest.mark.slow
def test_the_critical_temperature_of_the_square_lattice_is_found_within_a_hundredth(tmp_path):
    study = phases(progress=False, out=tmp_path)
    assert abs(study.fit.value.value - TC) < 0.01
    assert abs(study.fit.value.value - TC) < 4 * study.fit.value.error
    assert all(1 - row.measured.error > row.published - 0.01 for row in study.rows)
    assert abs(study.nu.value - 1) < 0.15
    dense, conv = study.gauge
    assert 0.45 < 1 - dense.measured.error < 0.55
    assert 1 - conv.measured.error > 0.99
