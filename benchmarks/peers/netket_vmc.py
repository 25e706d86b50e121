"""NetKet in a process of its own, for one precision: a request a line comes in, an answer a line goes out.

    python netket_vmc.py float32|float64

Requests are JSON. "build" makes a state, a sampler and a driver, runs everything until it is compiled, and answers the
seconds, and log psi (without the sign rule) and local energies of some configurations. "parts" takes the steps of an
iteration apart, by NetKet's public functions, and answers the seconds of each; "steps" runs whole iterations of its
driver and answers the seconds of each.

The network is a description as `Network.to_json` writes it, the weights an .npz with arrays as torch shapes them. The
sign rule of Marshall is in the operator: NetKet's own way. The operator's spins are Pauli matrices, so its couplings
are a quarter; the driver's step is twice that of others, so its learning rate is half.
"""

import json
import os
import sys
import time

PRECISION = sys.argv[1]
os.environ["JAX_PLATFORMS"] = "cpu"

import flax.linen as nn  # noqa: E402
import jax  # noqa: E402
import jax.numpy as jnp  # noqa: E402
import netket as nk  # noqa: E402
import numpy as np  # noqa: E402
import optax  # noqa: E402

DTYPE = jnp.dtype(PRECISION)


class Amplitude(nn.Module):
    """log psi of psi = the sum over sites and channels of 1 + sinh of the last node's values."""

    nodes: tuple
    side: int

    @nn.compact
    def __call__(self, configurations):
        values = {"input": configurations.reshape(-1, self.side, self.side, 1).astype(DTYPE)}
        for name, kind, inputs, (channels, kernel, bias) in self.nodes:
            x = values[inputs[0]]
            if kind == "Conv":
                x = nn.Conv(
                    channels,
                    (kernel, kernel),
                    padding="CIRCULAR",
                    use_bias=bias,
                    dtype=DTYPE,
                    param_dtype=DTYPE,
                    name=name.replace(".", "_"),
                )(x)
            elif kind == "gelu":
                x = nn.gelu(x, approximate=False)
            else:
                x = sum((values[one] for one in inputs[1:]), x)
            values[name] = x
        psi = (1 + jnp.sinh(values[self.nodes[-1][0]])).sum((1, 2, 3))
        return jnp.log(jnp.abs(psi)) + jnp.pi * 1j * (psi < 0)


def node(given: dict) -> tuple:
    """A node of the description as a line of `Amplitude`; a layer that is none of the three is refused."""
    kind, inputs = given["layer"], tuple(given["inputs"])
    if kind == "Conv" and (given["kernel_size"] == 1 or given["padding_mode"] == "wrap"):
        return given["name"], kind, inputs, (given["out_channels"], given["kernel_size"], given.get("bias", True))
    if kind == "Activation" and given["function"] == "gelu":
        return given["name"], "gelu", inputs, (0, 0, False)
    if kind == "Sum":
        return given["name"], "sum", inputs, (0, 0, False)
    raise ValueError(f"{given}: not among the layers that are compared")


def parameters(path: str) -> dict:
    """Flax's names and shapes: (height, width, inputs, outputs) where torch has (outputs, inputs, height, width)."""
    found: dict = {}
    for name, array in np.load(path).items():
        layer, kind = name.rsplit(".", 1)
        array = jnp.asarray(array.transpose(2, 3, 1, 0) if kind == "weight" else array, DTYPE)
        found.setdefault(layer.replace(".", "_"), {})["kernel" if kind == "weight" else "bias"] = array
    return {"params": found}


def seconds(work) -> tuple[float, object]:
    started = time.perf_counter()
    result = jax.block_until_ready(work())
    return time.perf_counter() - started, result


def solved(matrix, right):
    """NetKet's solution in double precision. In single precision its factorisation fails at small shifts, and then it
    takes all eigenvalues, which is many times as slow."""
    found, _ = nk.optimizer.solver.cholesky(matrix.astype(jnp.float64), right.astype(jnp.float64))
    return found.astype(matrix.dtype)


class Run:
    """A variational Monte Carlo run of NetKet. Pairs that may be exchanged are nearest and next-nearest neighbours."""

    def __init__(self, asked: dict) -> None:
        side, self.shift, self.mode = asked["side"], asked["shift"], asked["mode"] or "complex"
        nk.config.netket_experimental_packed_kernel = asked["packed"]
        lattice = nk.graph.Square(side, max_neighbor_order=2)
        space = nk.hilbert.Spin(0.5, N=side * side, total_sz=0)
        couplings, signs = [0.25, 0.25 * asked["j2"]], [True, False]
        self.operator = nk.operator.Heisenberg(space, lattice, J=couplings, sign_rule=signs, dtype=DTYPE)
        pairs = [edge for edge in lattice.edges() if edge[0] != edge[1]]
        rule = nk.sampler.rules.ExchangeRule(clusters=pairs)
        sampler = nk.sampler.MetropolisSampler(space, rule, n_chains=asked["chains"], sweep_size=asked["proposals"])
        self.state = nk.vqs.MCState(
            sampler,
            Amplitude(tuple(map(node, asked["network"]["nodes"])), side),
            n_samples=asked["samples"],
            n_discard_per_chain=asked["discarded"],
            chunk_size=asked["chunk"],
            variables=parameters(asked["weights"]),
            seed=asked["seed"],
            sampler_seed=asked["seed"],
        )
        self.driver = nk.driver.VMC_SR(
            self.operator,
            optax.sgd(asked["learning_rate"] / 2),
            diag_shift=self.shift,
            momentum=asked["momentum"] or None,
            variational_state=self.state,
            linear_solver=solved,
            mode=asked["mode"],
            use_ntk=True,
            on_the_fly=asked["lazy"],
            chunk_size_bwd=asked["chunk_backward"],
        )
        self.solve = jax.jit(self._solve)

    def _solve(self, jacobian, energies):
        count = len(energies)
        centred = (energies - energies.mean()) / count**0.5
        rows = (jacobian / count**0.5).reshape(-1, jacobian.shape[-1])
        right = centred.real if self.mode == "real" else jnp.stack([centred.real, centred.imag], 1).reshape(-1)
        matrix = rows @ rows.T + self.shift * jnp.eye(len(rows), dtype=rows.dtype)
        return rows.T @ solved(matrix, right)

    def parts(self) -> dict:
        """What an iteration is made of, with the matrix of gradients even where the driver does without one."""
        self.state.reset()
        sampling, _ = seconds(self.state.sample)
        energies, values = seconds(lambda: self.state.local_estimators(self.operator))
        return {"sampling": sampling, "energies": energies} | self.update(values)

    def update(self, values) -> dict:
        gradients, jacobian = seconds(
            lambda: nk.jax.jacobian(
                self.state._apply_fun,
                self.state.parameters,
                self.state.samples.reshape(-1, self.state.hilbert.size),
                self.state.model_state,
                mode=self.mode,
                dense=True,
                center=True,
                chunk_size=self.driver.chunk_size_bwd,
            )
        )
        solve, _ = seconds(lambda: self.solve(jacobian, jnp.ravel(getattr(values, "data", values))))
        return {"gradients": gradients, "solve": solve}

    def prepare(self, count: int) -> dict:
        """Everything compiled and run; and of some first samples log psi and the local energy, as an iteration computes
        it."""
        started = time.perf_counter()
        given = self.state.samples.reshape(-1, self.state.hilbert.size)[:count]
        local = self.state.local_estimators(self.operator)
        found = {"log_psi": self.state.log_value(given), "energies": jnp.ravel(getattr(local, "data", local))[:count]}
        answer = {name: [np.real(one).tolist(), np.imag(one).tolist()] for name, one in found.items()}
        self.update(local)
        if self.steps(1)["seconds"][0] < 20:
            self.steps(1)  # the second step compiles a little more
        return answer | {"configurations": given.tolist(), "compile": time.perf_counter() - started}

    def steps(self, count: int) -> dict:
        log = nk.logging.RuntimeLog()

        def step() -> object:
            self.driver.run(1, out=log, show_progress=False)
            return self.state.parameters

        taken = [seconds(step)[0] for _ in range(count)]
        return {"seconds": taken, "energies": np.real(log.data["Energy"]["Mean"]).tolist()}


def main() -> None:
    out, sys.stdout = sys.stdout, sys.stderr  # NetKet prints what it chose
    run: Run | None = None
    for line in sys.stdin:
        asked = json.loads(line)
        if asked["do"] == "build":
            run = Run(asked)
            answer = run.prepare(32) | {"netket": nk.__version__, "jax": jax.__version__}
        elif asked["do"] == "parts":
            answer = run.parts()
        else:
            answer = run.steps(asked["steps"])
        print(json.dumps(answer), file=out, flush=True)


if __name__ == "__main__":
    main()
