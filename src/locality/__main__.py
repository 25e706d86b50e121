"""`locality` on the command line, and `python -m locality`."""

import io
import os
import signal
import sys

from locality.errors import LocalityError


def main() -> None:
    """Run the command line. What a person got wrong prints its one sentence and exits with 2, Ctrl-C exits with 130,
    and where the reader of a pipe (head, less) has gone it stops in silence."""
    # A polite request to stop ends like Ctrl-C: in order, resumable.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    if isinstance(sys.stdout, io.TextIOWrapper):
        # A terminal that lacks a letter shows a question mark.
        sys.stdout.reconfigure(errors="replace")
    status = _run()
    try:
        sys.stdout.flush()
    except OSError as error:
        # What is left cannot be written; Python would try again as it ends, and complain.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        status = _cannot(error) if status == 0 else status
    sys.exit(status)


def _run() -> int | str | None:
    try:
        from locality.cli import app

        app(prog_name="locality")
    except SystemExit as end:
        return 0 if end.code is None else end.code
    except LocalityError as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    except OSError as error:
        return _cannot(error)
    except Exception as error:
        if _full(error):
            return _say(
                "there is not enough memory. Use a smaller --batch-size, smaller pictures, or a smaller network."
            )
        if os.environ.get("LOCALITY_TRACEBACK"):
            raise
        return _say(
            f"{type(error).__name__}: {str(error).strip()}. This is a bug in locality: "
            "please report it, with what it shows when LOCALITY_TRACEBACK=1 is set."
        )
    return 0


def _cannot(error: OSError) -> int:
    if isinstance(error, BrokenPipeError):
        return 1
    place = error.filename if error.filename is not None else "the output"
    return _say(f"{place}: {error.strerror or error}. Make room there, mend its permissions, or use another place.")


def _full(error: Exception) -> bool:
    """Whether memory ran out. torch has no MemoryError: a RuntimeError on the CPU, an OutOfMemoryError elsewhere."""
    torchs = type(error).__name__ == "OutOfMemoryError" or "can't allocate memory" in str(error)
    return isinstance(error, MemoryError) or (isinstance(error, RuntimeError) and torchs)


def _say(sentence: str) -> int:
    print(f"locality: {sentence}", file=sys.stderr)
    return 2


if __name__ == "__main__":
    main()
