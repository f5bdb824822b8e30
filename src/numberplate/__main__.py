"""What the installed command runs, and `python -m numberplate`."""

import sys


def main() -> None:
    """The command. Ctrl-C ends it as it ends any other, while it is still being imported too."""
    try:
        from numberplate.cli import main as run

        run()
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
