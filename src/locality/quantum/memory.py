"""What a search will hold in memory, known before it begins."""

from pathlib import Path

from locality.errors import DescriptionError
from locality.quantum.gradient import AT_ONCE as UNFOLDED
from locality.quantum.hamiltonian import AT_ONCE as CONNECTED
from locality.quantum.solve import COLUMNS
from locality.quantum.state import State
from locality.quantum.vmc import VMC


def needed(state: State, samples: int) -> int:
    """Bytes at the largest moment of a step: the derivatives of all samples, some of their columns in float64, the
    matrix that is solved, in its own precision and in float64, with its factor, and what is evaluated or unfolded at
    once."""
    size = next(state.model.parameters()).element_size()
    rows = samples * (2 if state.kind == "modulus and phase" else 1)
    side = min(rows, state.parameters)
    wide = 16 if state.kind == "holomorphic" else 8
    shared = 3 * UNFOLDED + CONNECTED * (3 * state.lattice.sites + 100)
    columns = min(COLUMNS, max(rows, state.parameters)) * side
    return rows * state.parameters * size + side * side * (size + 2 * wide) + columns * wide + shared


def check_memory(state: State, vmc: VMC) -> None:
    """Raises `DescriptionError` where memory will not do, with the number of samples that does."""
    free = available()
    if free is None or needed(state, vmc.samples) <= free:
        return
    fitting = vmc.samples
    while fitting > 2 and needed(state, fitting) > free:
        fitting = max(2, fitting // 2)
    said = (
        f"memory: {vmc.samples} samples of {state.parameters:,} parameters need "
        f"{needed(state, vmc.samples) / 2**30:.1f} GiB, {free / 2**30:.1f} GiB are free"
    )
    if needed(state, fitting) > free:
        raise DescriptionError(f"{said}, and fewer samples do not fit either. Make room, or use a smaller network.")
    chains = f", chains={fitting}" if vmc.chains not in (None, vmc.samples) and fitting % vmc.chains else ""
    raise DescriptionError(f"{said}. Use samples={fitting}{chains}, or a smaller network.")


def available() -> int | None:
    """Bytes of memory that are free for use, where the system says so."""
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
    except OSError:
        return None
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:")), None)
