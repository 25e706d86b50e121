"""The Ising configurations in the page: what their seed gives, equilibrium by exact physics, and the same in Node."""

import base64
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from locality.lattice import Lattice, kaufman, onsager
from locality.lattice.ising import ising

WEB = Path(__file__).parents[2] / "src" / "locality" / "views" / "web"
FILE = WEB / "rooms" / "grain" / "configurations.js"
SIDE, SEED = 128, 6
SWEEPS = 250  # about 25 autocorrelation times at the critical temperature
CRITICAL = float(2 / np.log(1 + np.sqrt(2)))
TEMPERATURES = (
    *(1.5, 1.7, 1.9, 2.0, 2.05, 2.1, 2.14, 2.17, 2.2, 2.22, 2.24, 2.255, CRITICAL),
    *(2.285, 2.3, 2.32, 2.34, 2.37, 2.4, 2.45, 2.5, 2.6, 2.8, 3.1, 3.5),
)
HEAD = """\
// One sample of the periodic 128x128 Ising model in equilibrium for each temperature (J = 1, no field). Written by
// tests/views/test_grain_spins.py --overwrite.

export const SIDE = 128;
export const CRITICAL = {critical};

/** `energy` and `magnetisation` are those of the infinite lattice, for a site (Onsager 1944, Yang 1952). `spins` is
 *  base64: one bit for each spin, row by row, the highest bit of a byte first, 1 is up. */
export const CONFIGURATIONS = [
"""


def sampled() -> Any:
    """One configuration for each temperature, int8 (25, 128, 128)."""
    scan = ising(
        Lattice("square", SIDE), TEMPERATURES, 1, "swendsen-wang", seed=SEED, burn_in=SWEEPS, every=1, chains=1
    )
    return np.asarray(scan.spins)[:, 0, 0]


def written(spins: Any) -> str:
    lines = []
    for temperature, one in zip(TEMPERATURES, spins, strict=True):
        entry = {
            "temperature": temperature,
            "energy": round(float(onsager.energy(temperature)), 6),
            "magnetisation": round(float(onsager.magnetisation(temperature)), 6),
            "spins": base64.b64encode(np.packbits(one > 0)).decode(),
        }
        lines.append(f"  {json.dumps(entry)},\n")
    return HEAD.format(critical=CRITICAL) + "".join(lines) + "];\n"


def read() -> list[dict[str, Any]]:
    """What stands in the module."""
    return [
        json.loads(line.strip().rstrip(","))
        for line in FILE.read_text(encoding="utf-8").splitlines()
        if line.startswith("  {")
    ]


def unpacked(entry: dict[str, Any]) -> Any:
    bits = np.unpackbits(np.frombuffer(base64.b64decode(entry["spins"]), np.uint8))
    return 2 * bits.reshape(SIDE, SIDE).astype(int) - 1


def energy(spins: Any) -> float:
    return float(-(spins * (np.roll(spins, 1, 0) + np.roll(spins, 1, 1))).mean())


def test_the_configurations_are_what_their_seed_gives(request):
    found = written(sampled())
    if request.config.getoption("--overwrite"):
        FILE.write_text(found, encoding="utf-8", newline="\n")
    assert found == FILE.read_text(encoding="utf-8"), "write it with --overwrite"


def test_the_temperatures_rise_and_lie_denser_about_the_critical_one():
    assert [entry["temperature"] for entry in read()] == sorted(TEMPERATURES)
    assert (len(TEMPERATURES), TEMPERATURES[0], TEMPERATURES[-1], TEMPERATURES[12]) == (25, 1.5, 3.5, CRITICAL)
    assert f"CRITICAL = {CRITICAL!r};" in FILE.read_text(encoding="utf-8")
    steps = np.diff(TEMPERATURES)
    assert max(steps[9:15]) < 0.025 < 0.1 < min(steps[0], steps[-1])


def test_each_energy_lies_within_5_sigma_of_the_exact_one_of_its_torus():
    for entry in read():
        exact, heat_capacity = kaufman.torus(SIDE, entry["temperature"])
        sigma = entry["temperature"] * np.sqrt(heat_capacity) / SIDE
        assert abs(energy(unpacked(entry)) - exact) < 5 * sigma, entry["temperature"]


def test_the_exact_numbers_are_onsager_s_and_yang_s():
    entries = {entry["temperature"]: entry for entry in read()}
    assert entries[2.0]["energy"] == pytest.approx(-1.74556458, abs=1e-6)
    assert entries[2.0]["magnetisation"] == pytest.approx(0.91131938, abs=1e-6)
    assert entries[2.5]["energy"] == pytest.approx(-1.10607920, abs=1e-6)
    assert entries[CRITICAL]["energy"] == pytest.approx(-np.sqrt(2), abs=1e-6)
    assert entries[CRITICAL]["magnetisation"] == 0


@pytest.mark.skipif(shutil.which("node") is None, reason="there is no Node here")
def test_node_unpacks_the_same_spins_and_the_same_numbers():
    code = (
        f'import {{ numbersOf, unpacked }} from "{(WEB / "rooms" / "grain" / "ising.js").as_uri()}";'
        "console.log(JSON.stringify([...Array(25).keys()].map((at) => "
        '[numbersOf(at), [...unpacked(at)].map((s) => (s > 0 ? "+" : "-")).join("")])));'
    )
    ran = subprocess.run(["node", "--input-type=module", "-e", code], capture_output=True, text=True, timeout=60)
    assert ran.returncode == 0, ran.stderr
    for entry, (numbers, signs) in zip(read(), json.loads(ran.stdout), strict=True):
        spins = unpacked(entry)
        assert signs == "".join("+" if spin > 0 else "-" for spin in spins.ravel())
        assert numbers["temperature"] == entry["temperature"]
        assert numbers["ratio"] == pytest.approx(entry["temperature"] / CRITICAL)
        assert numbers["magnetisation"] == pytest.approx(abs(spins.mean()))
        assert numbers["energy"] == pytest.approx(energy(spins))
        assert numbers["exact"] == {name: entry[name] for name in ("magnetisation", "energy")}
