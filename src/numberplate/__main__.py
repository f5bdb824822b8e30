"""`python -m numberplate`: the same as the command."""

from numberplate.cli import main

if __name__ == "__main__":
    main()
