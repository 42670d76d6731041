"""The codes of requests that are refused before GraphQL sees them, or that have no GraphQL, beside ``ErrorCode``."""

HTTP_CODES = {
    "BAD_REQUEST": "The request is not valid as HTTP or as GraphQL over HTTP; the message says why.",
    "UNAUTHENTICATED": "There is no API key, or it is wrong, revoked or expired.",
    "REQUEST_TIMEOUT": "The request did not arrive completely in time.",
    "REQUEST_TOO_LARGE": "The body is larger than the server takes.",
    "URI_TOO_LONG": "The address is longer than the server takes. Send the request by POST.",
    "REQUEST_HEADERS_TOO_LARGE": "The headers are larger than the server takes.",
    "TOO_MANY_EXPORTS": "As many exports are running as may run at a time. Try again later.",
    "TOO_MANY_INGESTS": "As many uploads are running as may run at a time. Try again later.",
    "TOO_MANY_EVENTS": "As many webhook events are being taken as may be at a time. The service sends them again.",
}
"""Each with what it means, in one sentence; the documentation has them."""
