"""Ctrl-C between steps: the first waits for the step, the second does not, and afterwards all is as before."""

import os
import signal
import threading

import pytest

from locality.cli.interrupt import between_steps


def press():
    os.kill(os.getpid(), signal.SIGINT)


def test_the_first_is_heard_after_the_step_and_the_second_at_once(capsys):
    before = signal.getsignal(signal.SIGINT)
    with between_steps() as stopped:
        stopped()
        press()
        assert capsys.readouterr().err == "Stopping after this step; Ctrl-C again stops at once.\n"
        with pytest.raises(KeyboardInterrupt):
            stopped()
        with pytest.raises(KeyboardInterrupt):
            press()
    assert signal.getsignal(signal.SIGINT) is before


def test_what_was_there_comes_back_after_an_error_too():
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(ZeroDivisionError), between_steps():
        1 / 0  # noqa: B018
    assert signal.getsignal(signal.SIGINT) is before


def test_outside_the_main_thread_no_signal_is_touched():
    before = signal.getsignal(signal.SIGINT)
    seen = []

    def work():
        with between_steps() as stopped:
            stopped()
            seen.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [before]
