"""The root of every error that is the user's to mend, so that commands tell it from a fault of the program."""


class UserError(Exception):
    """Something asked for cannot be done; the message says what is wrong, where, and what is allowed."""
