"""Feeds: shared looks, events by position, and nothing queued."""

import asyncio
from contextlib import aclosing

import pytest

from models.notices import Notice, Topic
from models.outages import Outage, Overloaded
from resolvers.feeds import Feed, Feeds

PATIENCE = 10


class Counted(Feed[tuple[str | None, str]]):
    """A feed of a number that a test sets; its events are the pairs of positions that they lead between."""

    topics = (Topic.CALLS,)
    seconds = 0.05

    def __init__(self) -> None:
        super().__init__(1)
        self.number = 0
        self.looks = 0
        self.made = 0
        self.errors: list[Exception] = []

    async def look(self) -> str:
        self.looks += 1
        if self.errors:
            raise self.errors.pop()
        return str(self.number)

    async def make(self, since: str | None, position: str) -> tuple[str | None, str]:
        self.made += 1
        return since, position


class World:
    """Feeds with one feed."""

    def __init__(self) -> None:
        self.feeds, self.feed = Feeds(), Counted()

    def set(self, number: int) -> None:
        self.feed.number = number
        self.feeds.hub.tell(Notice(1, Topic.CALLS))

    async def moved(self, number: int) -> None:
        """Waits until the feed has seen a number."""
        async with asyncio.timeout(PATIENCE):
            while self.feed.position != str(number):  # noqa: ASYNC110 - what is tested is how it tells
                await asyncio.sleep(0.005)


async def test_a_slow_subscriber_gets_one_event_for_all_that_it_missed() -> None:
    world = World()
    async with world.feeds.following("q", lambda: world.feed) as feed, aclosing(feed.events(None)) as events:
        assert await anext(events) == (None, "0")
        for number in (1, 2, 3):
            world.set(number)
            await world.moved(number)
        assert await anext(events) == ("0", "3")
        waiting = asyncio.ensure_future(anext(events))
        await asyncio.sleep(0.2)
        assert not waiting.done()
        world.set(4)
        assert await asyncio.wait_for(waiting, PATIENCE) == ("3", "4")


async def test_subscribers_of_one_question_share_looks_and_events() -> None:
    world = World()
    async with world.feeds.following("q", lambda: world.feed) as feed, world.feeds.following("q", Counted) as same:
        assert same is feed
        one, other = feed.events(None), same.events(None)
        async with aclosing(one), aclosing(other):
            assert await anext(one) is await anext(other)
            world.set(1)
            assert await anext(one) is await anext(other)
        assert (world.feed.looks, world.feed.made) == (2, 2)


async def test_a_burst_is_one_look_and_the_last_change_is_seen() -> None:
    world = World()
    async with world.feeds.following("q", lambda: world.feed) as feed, aclosing(feed.events("0")) as events:
        await world.moved(0)
        for number in range(1, 200):
            world.set(number)
            await asyncio.sleep(0.001)
        async with asyncio.timeout(PATIENCE):
            while (await anext(events))[1] != "199":
                pass
        assert world.feed.looks < 50


async def test_a_feed_runs_only_while_it_has_subscribers() -> None:
    world = World()
    async with world.feeds.following("q", lambda: world.feed):
        await world.moved(0)
        assert world.feeds.hub.watched() == {1}
    assert world.feeds.hub.watched() == set()
    world.set(5)
    await asyncio.sleep(0.1)
    assert world.feed.looks == 1
    async with world.feeds.following("q", Counted) as feed, aclosing(feed.events("0")) as events:
        assert await anext(events) == ("0", "5")


async def test_an_outage_is_waited_for_and_an_error_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("resolvers.feeds._RETRY_SECONDS", 0.01)
    world = World()
    async with world.feeds.following("q", lambda: world.feed) as feed, aclosing(feed.events("0")) as events:
        await world.moved(0)
        world.feed.errors = [Overloaded(Outage.QUEUE_FULL), Overloaded(Outage.QUEUE_FULL)]
        world.set(1)
        assert await asyncio.wait_for(anext(events), PATIENCE) == ("0", "1")
        world.feed.errors = [ValueError("wrong")]
        world.set(2)
        with pytest.raises(ValueError, match="wrong"):
            await asyncio.wait_for(anext(events), PATIENCE)


async def test_what_fails_at_first_is_told() -> None:
    world = World()
    world.feed.errors = [Overloaded(Outage.QUEUE_FULL)]
    async with world.feeds.following("q", lambda: world.feed) as feed, aclosing(feed.events(None)) as events:
        with pytest.raises(Overloaded):
            await asyncio.wait_for(anext(events), PATIENCE)
