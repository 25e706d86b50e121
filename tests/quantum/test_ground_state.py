"""Whole runs against diagonalisation and sums over all configurations, and all that is refused or doubted."""

import json
import math
import re
from copy import deepcopy
from dataclasses import replace

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from locality import VMC, Network, build, ground_state
from locality.errors import DescriptionError, RunError, ShapeError, UnknownNameError
from locality.lattice import Lattice
from locality.lattice.exact import ground_state_energy
from locality.lattice.statistics import Estimate
from locality.quantum import optimise
from locality.quantum.configurations import every
from locality.quantum.ground_state import calm
from locality.quantum.state import State

CHAIN, SQUARE = Lattice("chain", 8), Lattice("square", 4)
NET = Network.from_text("1x8 | conv 3 3 same wrap | gelu | conv 2 3 same wrap")
SHORT = VMC(steps=3, samples=32, measurements=4)


def exact_values(found):
    """Energy, variance of H and squared staggered magnetisation, per site, of the state that was found, by sums over
    all configurations."""
    configurations = every(found.lattice)
    psi = np.exp(found.state.log_psi(configurations))
    psi /= np.linalg.norm(psi)
    applied = found.hamiltonian.matrix(configurations) @ psi
    energy = np.vdot(psi, applied).real
    variance = np.vdot(applied, applied).real - energy**2
    neel = (configurations @ found.lattice.signs / found.lattice.sites) ** 2 * 3 / 4
    return energy / found.lattice.sites, variance / found.lattice.sites, (np.abs(psi) ** 2) @ neel


def assert_within_errors(found):
    """What was measured is what the state has, which lies above the ground state."""
    least = ground_state_energy(found.lattice, found.j2).energy_per_site
    energy, variance, staggered = exact_values(found)
    measured = found.energy_per_site
    assert energy > least - 1e-6  # log psi is in float32
    assert abs(measured.value - energy) < 5 * measured.error
    assert measured.value > least - 4 * measured.error
    assert found.variance < 1.3 * variance  # from below: where psi is nearly 0, local energies are huge, and missed
    assert abs(found.observables.staggered.value - staggered) < 5 * found.observables.staggered.error
    assert measured.exact == found.reference.energy_per_site == least
    return (energy - least) / abs(least)


TINY = {
    "chain, J2 = 0": (CHAIN, 0, "1x8 | conv 8 5 same wrap | gelu | conv 2 5 same wrap", {}, 2e-3),
    "chain, J2 = 0.4, real": (CHAIN, 0.4, "1x8 | conv 8 5 same wrap | tanh | conv 1 5 same wrap", {}, 1e-2),
    "square, flip and c4": (SQUARE, 0, "1x4x4 | conv 4 3x3 same wrap | gelu | conv 2 3x3 same wrap",
                            {"symmetry": "c4+flip"}, 1e-2),
    "honeycomb, open": (Lattice("honeycomb", 2, periodic=False), 0, "2x2x2 | flatten | dense 8 | tanh | dense 2",
                        {}, 1e-2),
    "chain, holomorphic": (CHAIN, 0, "1x8 complex64 | conv 6 7 same wrap | log-cosh", {}, 5e-3),
}  # fmt: skip


@pytest.mark.parametrize("name", TINY)
def test_small_runs_come_close_to_diagonalisation_in_seconds(name):
    lattice, j2, text, how, near = TINY[name]
    found = ground_state(lattice, j2, Network.from_text(text), VMC(steps=120, samples=128, shift=1e-3), **how)
    assert 0 <= assert_within_errors(found) + 1e-5 < near
    assert found.history[-1]["energy"] < found.history[0]["energy"] - 0.1
    if found.state.kind != "real":
        assert found.variance == pytest.approx(exact_values(found)[1], rel=0.3)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("lattice", "j2", "steps"), [(SQUARE, 0.0, 100), (SQUARE, 0.5, 300), (Lattice("honeycomb", 3), 0.0, 100)], ids=str
)
def test_the_residual_network_comes_within_a_thousandth_of_diagonalisation(lattice, j2, steps):
    found = ground_state(lattice, j2, vmc=VMC(steps=steps, samples=512, measurements=40))
    assert assert_within_errors(found) < 1e-3
    assert found.energy_per_site.value == pytest.approx(found.energy_per_site.exact, rel=1e-3)
    assert found.v_score < 0.01
    assert found.warnings == ()


def test_a_seed_means_the_same_every_time_and_another_seed_something_else():
    one, same, other = (ground_state(CHAIN, 0.3, NET, VMC(steps=3, samples=32, seed=seed)) for seed in (5, 5, 6))
    assert one.energy_per_site == same.energy_per_site
    assert one.energy_per_site != other.energy_per_site


def test_the_plain_data_are_json_and_say_all_that_the_result_does():
    found = ground_state(CHAIN, 0.3, NET, VMC(steps=3, samples=64, measurements=8), signs="none", symmetry="flip")
    plain = json.loads(json.dumps(found.to_dict(), allow_nan=False))
    assert plain["lattice"] == {"name": "chain", "size": [8], "periodic": True}
    assert [plain[name] for name in ("j2", "network", "parameters", "signs", "symmetry", "pooling", "kind")] == [
        0.3, "network", 32, "none", "flip", "sum", "modulus and phase",
    ]  # fmt: skip
    assert plain["vmc"] == found.vmc.to_dict()
    assert plain["energy_per_site"] == found.energy_per_site.value
    assert plain["error"] == found.energy_per_site.error
    off = plain["energy_per_site"] - ground_state_energy(CHAIN, 0.3).energy_per_site
    assert plain["reference"]["kind"] == "exact"
    assert plain["reference"]["relative_error"] == pytest.approx(off / abs(found.energy_per_site.exact))
    assert plain["reference"]["sigmas"] == pytest.approx(off / plain["error"])
    assert plain["v_score"] == pytest.approx(plain["variance"] / plain["energy_per_site"] ** 2)  # per site, both
    assert plain["history"] == list(found.history)
    assert plain["warnings"] == list(found.warnings)
    assert plain["folder"] is None
    assert plain["seconds"] > sum(line["seconds"] for line in plain["history"])


def test_too_few_samples_for_errors_are_said_to_be_and_stay_plain_json():
    found = ground_state(CHAIN, 0.3, NET, VMC(steps=1, samples=2, measurements=1))
    plain = json.loads(json.dumps(found.to_dict(), allow_nan=False))
    assert plain["error"] is plain["reference"]["sigmas"] is plain["r_hat"] is None
    assert found.warnings[-1] == (
        "error: the samples are too few, or too much alike, for an error of the energy. Use more samples, or more "
        "sweeps between them."
    )


def test_the_report_says_energy_sign_rule_and_v_score():
    found = ground_state(CHAIN, 0, NET, VMC(steps=3, samples=64, measurements=8))
    lines = str(found).splitlines()
    assert lines[0] == "Ground state of the J1-J2 magnet on chain 8, J2 = 0"
    for row in ("sign rule       marshall", f"energy          {found.energy_per_site} per site"):
        assert row in lines
    assert f"V-score {found.v_score:.3g}" in str(found)
    assert repr(found) == f"<GroundState of chain 8, J2 = 0: {found.energy_per_site} per site>"


def test_progress_is_told_every_line():
    told = []
    found = ground_state(CHAIN, 0, NET, SHORT, progress=lambda line, steps: told.append((line, steps)))
    assert told == [(line, 3) for line in found.history]


def with_weights(folder, first, last, bias=0.0):
    """The folder of a run of a network with relu between two dense layers, and the network."""
    described = Network.from_text(f"1x4x4 | flatten | dense {len(first)} | relu | dense 2")
    names = [node.name for node in described.nodes if described.parameters(node)]
    tensors = {}
    for name, weight in zip(names, (first, last), strict=True):
        tensors[f"{name}.weight"] = torch.from_numpy(np.asarray(weight)).float().contiguous()
        tensors[f"{name}.bias"] = torch.full((len(weight),), bias if weight is first else 0.0)
    save_file(tensors, folder / "weights.safetensors")
    return described


def test_a_product_state_is_called_one(tmp_path):
    """psi = exp(5 |staggered spin|): one of the two Neel configurations in every chain."""
    described = with_weights(tmp_path, [5 * SQUARE.signs, -5 * SQUARE.signs], [[1, 1], [0, 0]])
    still = VMC(steps=0, samples=64, measurements=8, burn_in=50)
    found = ground_state(SQUARE, 0.2, described, still, pooling="product", start=tmp_path)
    assert found.energy_per_site.value == pytest.approx(-0.5 + 0.1, abs=1e-3)
    assert re.match(r'energy: -0\.4 per site, 0\.0000 from the product state "Neel" \(-0\.4\)', found.warnings[0])
    assert "Warning: energy: -0.4 per site" in str(found)


def test_chains_that_do_not_agree_are_said_not_to(tmp_path):
    """Deep valleys around the Neel states and around stripes, and nothing between: each chain stays where it fell."""
    rows = 1 - 2 * (np.arange(16) // 4 % 2)
    patterns = [SQUARE.signs, -SQUARE.signs, rows, -rows]
    described = with_weights(tmp_path, patterns, [[1.2] * 4, [0] * 4], bias=-10.0)
    found = ground_state(SQUARE, 0.2, described, VMC(steps=0, samples=64, burn_in=50), start=tmp_path)
    assert found.r_hat > 1.5
    assert found.warnings[0] == (
        f"chains: R-hat is {found.r_hat:.4g}, above 1.1: the chains do not agree, and the error is too small. Use more "
        f"sweeps between samples, or more samples."
    )


def spoilt(monkeypatch, at, value=math.nan):
    """The step of this number leads to parameters that are no numbers; the parameters before each step."""
    before, move = [], optimise.move

    def moved(state, found, rate):
        before.append({name: tensor.clone() for name, tensor in state.model.state_dict().items()})
        move(state, found * value if len(before) == at else found, rate)

    monkeypatch.setattr(optimise, "move", moved)
    return before


STOPPED = (
    "step {}: the energy is no longer a number; the run stopped there, and went back to the state of step {}. Use a "
    "smaller learning rate, or a larger shift."
)


@pytest.mark.parametrize("value", [math.nan, 1e30], ids=["no number", "far too large"])
def test_where_the_energy_is_no_number_a_run_goes_back_to_the_last_good_state_and_stops(monkeypatch, tmp_path, value):
    before = spoilt(monkeypatch, 3, value)
    told = []
    vmc = VMC(steps=8, samples=64, measurements=4)
    found = ground_state(CHAIN, 0, NET, vmc, out=tmp_path / "run", progress=lambda line, steps: told.append(line))
    assert found.warnings[0] == STOPPED.format(4, 3)
    assert len(told) == len(found.history) == 3
    weights = found.state.model.state_dict()
    assert all(torch.equal(weights[name], before[2][name]) for name in weights)
    energy = exact_values(found)[0]
    assert abs(found.energy_per_site.value - energy) < 5 * found.energy_per_site.error
    json.dumps(found.to_dict(), allow_nan=False)
    kept, checkpoint = (load_file(tmp_path / "run" / f"{name}.safetensors") for name in ("weights", "checkpoint"))
    assert all(torch.equal(kept[name], weights[name]) for name in weights)
    assert "previous" not in checkpoint  # the step that led astray is no momentum for the next
    monkeypatch.undo()
    again = ground_state(CHAIN, 0, NET, vmc, out=tmp_path / "run", resume=True)  # it goes on from there
    assert len(again.history) == 8
    assert all(np.isfinite(line["energy"]) for line in again.history)


def test_where_the_last_step_spoils_the_state_the_run_goes_back_too(monkeypatch, tmp_path):
    before = spoilt(monkeypatch, 3)
    found = ground_state(CHAIN, 0, NET, VMC(steps=3, samples=64, measurements=4), out=tmp_path / "run")
    assert found.warnings[0] == STOPPED.format(4, 3)
    weights = found.state.model.state_dict()
    assert all(torch.equal(weights[name], before[2][name]) for name in weights)


def test_a_run_stopped_just_before_its_energy_is_no_number_can_go_on(monkeypatch, tmp_path):
    spoilt(monkeypatch, 3)

    def stop(line, steps):
        if line["step"] == 3:
            raise KeyboardInterrupt

    vmc = VMC(steps=8, samples=64, measurements=4)
    monkeypatch.setattr("locality.quantum.folder.EVERY", 0)
    with pytest.raises(KeyboardInterrupt):
        ground_state(CHAIN, 0, NET, vmc, out=tmp_path / "run", progress=stop)
    found = ground_state(CHAIN, 0, NET, vmc, out=tmp_path / "run", resume=True)
    assert found.warnings[0] == STOPPED.format(4, 3)


@pytest.mark.parametrize("steps", [0, 3])
def test_a_network_that_gives_no_numbers_from_the_start_is_refused(steps):
    model = build(NET)
    with torch.no_grad():
        next(model.parameters()).fill_(math.nan)
    message = (
        "step 1: the energy is no number, from the first step on. Use another seed, or begin with the weights of "
        "another run."
    )
    with pytest.raises(RunError, match=f"^{re.escape(message)}$"):
        ground_state(CHAIN, 0, model, VMC(steps=steps, samples=32))


def net(text):
    return Network.from_text(text)


BAD = [
    ({"vmc": {"steps": 3}}, DescriptionError, "vmc: {'steps': 3} is no VMC. Give locality.VMC(steps=300), say."),
    ({"resume": True, "out": None}, DescriptionError,
     "resume: without a folder there is no run to go on with. Give the run's folder as out."),
    ({"lattice": Lattice("chain", 9)}, DescriptionError,
     "chain 9: 9 sites cannot hold as many up as down spins (Sz = 0). Use an even number of sites."),
    ({"lattice": Lattice("square", 3), "network": "nqs-resnet"}, DescriptionError,
     "square 3x3: 9 sites cannot hold as many up as down spins (Sz = 0). Use an even number of sites."),
    ({"lattice": Lattice("chain", 10)}, ShapeError,
     "network: its input is 1x8, the chain 10 lattice's spins are 1x10. Describe one for 1x10."),
    ({"lattice": Lattice("honeycomb", 2, periodic=False), "network": net("1x2x2 | conv 2 1x1")}, ShapeError,
     "network: its input is 1x2x2, the honeycomb 2x2 with open edges lattice's spins are 2x2x2. Describe one for "
     "2x2x2."),
    ({"lattice": SQUARE, "network": net("1x4x4 | conv 1 3x3 same wrap"), "symmetry": "c4:i"}, DescriptionError,
     "symmetry 'c4:i' makes psi complex, network is real. Use two output channels, or a representation with "
     "characters 1 and -1."),
    ({"network": "nqs-resnt"}, UnknownNameError, "Unknown network 'nqs-resnt'. Did you mean 'nqs-resnet'?"),
    ({"network": 5}, DescriptionError,
     "this int is not a network. Use locality.zoo.get('lenet5') or Network.from_text('1x28x28 | conv 6 5x5 | relu'), "
     "say."),
    ({"signs": "marshal"}, UnknownNameError, "Unknown sign rule 'marshal'. Did you mean 'marshall'?"),
    ({"lattice": Lattice("triangular", 4), "network": "nqs-resnet", "signs": "marshall"}, DescriptionError,
     "triangular 4x4: it is not bipartite, so the marshall rule has no meaning there. Use the sign rule none."),
    ({"signs": "stripe"}, DescriptionError,
     "chain 8: the stripe rule is for the square lattice with an even number of rows. Use the sign rule none."),
    ({"symmetry": "translation"}, UnknownNameError, "Unknown symmetry 'translation'. Did you mean 'translations'?"),
    ({"symmetry": "c4v"}, DescriptionError,
     "chain 8: c4v is the symmetry of a square lattice with equal sides. Use another symmetry."),
    ({"pooling": "mean"}, DescriptionError, "pooling 'mean' is none. Use product (the logs add up) or sum."),
    ({"j2": "0.5"}, DescriptionError,
     "chain 8: j2 is '0.5'. Give the coupling of second neighbours, a number such as 0.5."),
    ({"j2": 10**400}, DescriptionError,
     f"chain 8: j2 is {10**400}. Give the coupling of second neighbours, a number such as 0.5."),
    ({"progress": False}, DescriptionError,
     "progress: False is no function. Give one that is told each step's line and the number of steps."),
    ({"resume": True, "start": "there"}, DescriptionError,
     "start: a run that goes on has its own weights. Leave start or resume out."),
    ({"network": "1x10 | conv 2 3 same wrap"}, ShapeError,
     "network: its input is 1x10, the chain 8 lattice's spins are 1x8. Describe one for 1x8."),
    ({"lattice": SQUARE, "network": "nqs-resnet", "symmetry": "translations:2,2"}, DescriptionError,
     "nqs-resnet: psi is zero wherever it was asked. Use another symmetry or sign rule: these leave nothing of it. "
     "With periodic edges a network is the same for every shift: another wave takes other edges."),
    ({"out": 5}, DescriptionError, "out: 5 is no place for a folder. Give a path."),
    ({"lattice": Lattice("chain", 10), "j2": 0, "network": net("1x10 | conv 4 3 same wrap | gelu | conv 3 3 same wrap"),
      "symmetry": "translations"}, DescriptionError,
     "network: psi is zero wherever it was asked. Use another symmetry or sign rule: these leave nothing of it. The "
     "ground state may be a wave (translations:5, say)."),
    ({"lattice": SQUARE, "network": net("1x4x4 | conv 4 1x1 | gelu | conv 1 1x1"), "symmetry": "c4v:B1"},
     DescriptionError,
     "network: psi is zero wherever it was asked. Use another symmetry or sign rule: these leave nothing of it."),
    ({"network": net("1x8 | conv 4 3 same wrap | majority 2 | conv 3 3 same wrap")}, RunError,
     "pool1: the majority rule has no gradient, so conv1 before it cannot be trained. Use Pool(\"average\", ...) "
     "there, or put the parameters behind it."),
]  # fmt: skip


@pytest.mark.parametrize(("given", "kind", "message"), BAD, ids=[row[2].split(".")[0][:50] for row in BAD])
def test_bad_input_is_one_sentence_before_anything_is_done(tmp_path, given, kind, message):
    asked = {"lattice": CHAIN, "j2": 0.3, "network": NET, "vmc": SHORT, "out": tmp_path / "run"} | given
    with pytest.raises(kind, match=f"^{re.escape(message)}$"):
        ground_state(**asked)
    assert not (tmp_path / "run").exists()


def test_a_lattice_too_small_for_j2_is_refused_with_j2_and_only_then():
    small = Lattice("chain", 4)
    net4 = net("1x4 | conv 2 3 same wrap")
    with pytest.raises(ShapeError) as error:
        small.bonds(2)
    with pytest.raises(ShapeError, match=f"^{re.escape(str(error.value))}$"):
        ground_state(small, 0.5, net4, SHORT)
    assert ground_state(small, 0, net4, SHORT).energy_per_site.exact == pytest.approx(-0.5)  # a ring of four: -2


def test_a_network_without_parameters_is_refused():
    with pytest.raises(DescriptionError):
        ground_state(CHAIN, 0, net("1x8 | relu"), SHORT)


def test_a_model_is_begun_with_as_it_is_and_stays_so():
    first = ground_state(CHAIN, 0.3, NET, VMC(steps=4, samples=32))
    model = first.state.model
    before = {name: value.clone() for name, value in model.state_dict().items()}
    same = ground_state(CHAIN, 0.3, model, VMC(steps=0, samples=32))
    ground_state(CHAIN, 0.3, model, VMC(steps=2, samples=32))
    for name, value in before.items():
        assert torch.equal(model.state_dict()[name], value)
        assert torch.equal(same.state.model.state_dict()[name], value)


@pytest.mark.parametrize(("text", "phase"), [("conv 2 1", True), ("conv 1 1", False), ("conv 3 1", False)])
def test_what_it_begins_with_is_spread_by_no_more_than_about_1_in_size_and_in_phase_whatever_the_sign_rule(text, phase):
    model = build(net(f"1x8 | conv 8 5 same wrap | gelu | {text}"), 0)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.mul_(8)
    weights = []
    for signs in ("none", "marshall"):
        state = State(deepcopy(model), CHAIN, signs, pooling="product")
        calm(state, 0)
        weights.append(state.model.state_dict())
        values = State(state.model, CHAIN, pooling="product").log_psi(every(CHAIN))
        assert 0.1 < max(values.real.std(), values.imag.std() if phase else 0) < 1.5
    assert all(torch.equal(value, weights[1][name]) for name, value in weights[0].items())


def test_the_measurement_settles_to_the_square_whatever_the_optimisation_drew_from():
    vmc = VMC(steps=30, samples=512, exponent=0.5, burn_in=0, measurements=8)
    found = ground_state(CHAIN, 0, NET, vmc)
    energy, _, _ = exact_values(found)
    assert abs(found.energy_per_site.value - energy) < 4 * found.energy_per_site.error


def test_an_energy_of_0_has_no_v_score_and_is_kept_as_json():
    found = ground_state(SQUARE, -1.0, net("1x4x4 | conv 1 1x1"), VMC(steps=0, samples=32), "none")
    found = replace(found, energy_per_site=Estimate(0.0, 0.0, None))
    assert found.to_dict()["v_score"] is None
    assert "Infinity" not in json.dumps(found.to_dict())
    assert "V-score" in str(found)
