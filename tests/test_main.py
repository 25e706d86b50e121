"""What the command line says where torch, not Python, runs out of memory."""

import sys

import pytest
import torch

import locality as loc
from locality.__main__ import main


@pytest.mark.parametrize(
    "error",
    [
        RuntimeError("[enforce fail at alloc_cpu.cpp:124] DefaultCPUAllocator: can't allocate memory: you tried"),
        torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 1024.00 GiB."),
        MemoryError(),
    ],
    ids=lambda error: type(error).__name__,
)
def test_whoever_runs_out_of_memory_it_is_the_same_sentence(
    error: Exception, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(*_: object) -> None:
        raise error

    monkeypatch.setattr(loc, "trace", full)
    monkeypatch.setattr(sys, "argv", ["locality", "trace", "lenet5"])
    with pytest.raises(SystemExit) as end:
        main()
    assert end.value.code == 2
    assert capsys.readouterr().err == (
        "locality: there is not enough memory. Use a smaller --batch-size, smaller pictures, or a smaller network.\n"
    )
