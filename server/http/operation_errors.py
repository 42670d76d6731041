"""What keeps an operation from being answered, as errors that its client may see, on transports that have no status."""

from graphql import GraphQLError
from starlette.exceptions import HTTPException

from graph.errors import RequestError
from graph.masking import masked
from resolvers.budgets import BudgetSpentError
from server.http.auth import AuthenticationError
from server.http.budget import spent_extensions
from server.http.responses import code_of, sign_in_extensions
from server.http.subscriptions import RefusedError


def errors_of(error: Exception) -> list[GraphQLError]:
    """The errors that are told in the place of an answer."""
    if isinstance(error, RefusedError):
        return error.errors
    if isinstance(error, RequestError):
        return [error]
    if isinstance(error, AuthenticationError):
        return [GraphQLError(str(error), extensions=sign_in_extensions(error))]
    if isinstance(error, BudgetSpentError):
        return [GraphQLError(str(error), extensions=spent_extensions(error))]
    if isinstance(error, HTTPException):
        return [GraphQLError(error.detail, extensions={"code": code_of(error)})]
    return [masked(GraphQLError(str(error), original_error=error))]
