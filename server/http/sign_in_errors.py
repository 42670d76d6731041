"""Why a request is not signed in."""


class AuthenticationError(Exception):
    """The request carries no key, or none that opens anything; the message tells how to send one."""


class TooManyWrongKeysError(AuthenticationError):
    """The address has sent so many wrong keys that this one is not looked up.

    Attributes:
        retry_after: whole seconds until it is.
    """

    def __init__(self, retry_after: int, what: str = "wrong API keys") -> None:
        self.retry_after = retry_after
        super().__init__(f"This address has sent too many {what}. Retry in {retry_after} seconds.")
