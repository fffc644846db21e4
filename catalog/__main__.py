"""``python -m catalog`` is the command ``catalog``."""

from catalog.cli import main

main()
