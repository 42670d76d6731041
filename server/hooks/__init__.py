"""Taking in the events of calls from services as they happen: webhooks."""

from server.hooks.routes import HOOKS, add_hooks

__all__ = ["HOOKS", "add_hooks"]
