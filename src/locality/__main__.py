"""`locality` on the command line, and `python -m locality`."""

import signal
import sys

from locality.errors import LocalityError


def main() -> None:
    """Run the command line; a mistake prints its one sentence and exits with 2, Ctrl-C exits with 130."""
    from locality.cli import app

    # A polite request to stop ends like Ctrl-C: in order, resumable.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        app(standalone_mode=True)
    except LocalityError as error:
        print(error, file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr)
        sys.exit(130)
    except BrokenPipeError:
        # The reader (head, less) has gone: nothing is wrong.
        sys.stderr.close()
        sys.exit(0)


if __name__ == "__main__":
    main()
