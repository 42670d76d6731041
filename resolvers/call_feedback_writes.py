"""Writes the feedback of a review. The call is locked while that happens, so reviewers take turns."""

from sqlalchemy import select

from models import CallFeedback
from models.call_detail_values import Feedback
from resolvers.row_changes import assign
from resolvers.writing import Writing


async def set_feedback(writing: Writing, call_log_id: int, feedback: Feedback | None) -> bool:
    """Replaces a call's feedback, or removes it; whether that changed anything. Who does not say is the API key."""
    statement = select(CallFeedback).where(
        CallFeedback.project_id == writing.project_id, CallFeedback.call_log_id == call_log_id
    )
    stored = await writing.session.scalar(statement)
    if feedback is None:
        if stored is not None:
            await writing.session.delete(stored)
        return stored is not None
    author = writing.author.name if writing.author else None
    values = {
        "rating": feedback.rating,
        "comment": feedback.comment,
        "reviewer": feedback.reviewer or author,
    }
    if stored is not None:
        return assign(stored, values)
    writing.session.add(CallFeedback(project_id=writing.project_id, call_log_id=call_log_id, **values))
    return True
