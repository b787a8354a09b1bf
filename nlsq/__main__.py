"""``python -m nlsq "find config files"``: the same as the command ``nlsq``."""

from nlsq.cli import main

if __name__ == "__main__":
    main()
