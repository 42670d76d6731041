"""``python -m dialboard``: the same as the command."""

from dialboard import main

main()
