"""`python -m locality` for a training that the lab started: the same program, which also stops, in order, when the
lab is gone. The lab holds the other end of standard input; however the lab ends, that end closes."""

import _thread
import os
import runpy
import sys
from threading import Thread


def _stop_when_alone() -> None:
    while os.read(0, 1):  # not sys.stdin, whose lock a waiting thread would hold as Python ends
        pass
    _thread.interrupt_main()


if __name__ == "__main__":
    Thread(target=_stop_when_alone, daemon=True).start()
    sys.argv[0] = "locality"
    runpy.run_module("locality", run_name="__main__", alter_sys=True)
