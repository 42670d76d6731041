"""Metrics in the format of Prometheus. Labels are closed sets, none of them data of a project."""

from collections.abc import Iterator
from functools import cache

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.gc_collector import GCCollector
from prometheus_client.metrics_core import Metric
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector

from graph.operation_report import OperationReport
from models.lanes import Lane, Lanes

_REQUEST_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
_STATEMENT_BUCKETS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
_LAG_BUCKETS = (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5)


class Metrics:
    """The metrics of one process, in a registry of their own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        GCCollector(registry=self.registry)
        self._requests = Counter(
            "dialboard_http_requests",
            "HTTP requests, by route and status. 499: the client went away.",
            ("route", "status"),
            registry=self.registry,
        )
        self._request_seconds = Histogram(
            "dialboard_http_request_seconds",
            "Time from the headers of a request to the end of its answer.",
            ("route",),
            buckets=_REQUEST_BUCKETS,
            registry=self.registry,
        )
        self._operation_seconds = Histogram(
            "dialboard_operation_seconds",
            "Time of GraphQL operations, over HTTP and WebSockets.",
            ("kind",),
            buckets=_REQUEST_BUCKETS,
            registry=self.registry,
        )
        self._cost = Counter(
            "dialboard_operation_cost_points",
            "The prices of GraphQL operations, in points.",
            registry=self.registry,
        )
        self._errors = Counter(
            "dialboard_operation_errors",
            "Errors of GraphQL operations, by code; limits that were hit are among them.",
            ("code",),
            registry=self.registry,
        )
        self._charts = Counter(
            "dialboard_charts",
            "Charts, by where their numbers came from.",
            ("source",),
            registry=self.registry,
        )
        self._slow = Counter(
            "dialboard_slow_operations",
            "GraphQL operations that took longer than DIALBOARD_SLOW_SECONDS.",
            registry=self.registry,
        )
        self._webhooks = Counter(
            "dialboard_webhook_events",
            "Events of webhooks, by service and what became of them.",
            ("source", "outcome"),
            registry=self.registry,
        )
        self._statement_seconds = Histogram(
            "dialboard_statement_seconds",
            "Time of SQL statements, by their first word.",
            ("verb",),
            buckets=_STATEMENT_BUCKETS,
            registry=self.registry,
        )
        self._rows = Counter(
            "dialboard_statement_rows",
            "Rows that SQL statements returned or changed.",
            ("verb",),
            registry=self.registry,
        )
        self._statement_errors = Counter(
            "dialboard_statement_errors",
            "SQL statements that failed.",
            registry=self.registry,
        )
        self.loop_lag = Histogram(
            "dialboard_event_loop_lag_seconds",
            "How much later than due the event loop ran a timer.",
            buckets=_LAG_BUCKETS,
            registry=self.registry,
        )
        self.sockets = Gauge("dialboard_websockets", "Open WebSockets.", registry=self.registry)
        # Looking up the children of a metric takes longer than to count: there are few of them.
        self._of_route = cache(self._route)
        self._of_kind = cache(self._kind)

    def _route(self, route: str, status: int) -> tuple[Counter, Histogram]:
        return self._requests.labels(route, status), self._request_seconds.labels(route)

    def _kind(self, kind: str) -> Histogram:
        return self._operation_seconds.labels(kind)

    def request(self, route: str, status: int, seconds: float) -> None:
        """Counts an HTTP request."""
        count, times = self._of_route(route, status)
        count.inc()
        times.observe(seconds)

    def operation(self, report: OperationReport, *, is_slow: bool) -> None:
        """Counts a GraphQL operation."""
        self._of_kind(report.kind).observe(report.seconds)
        self._cost.inc(report.cost)
        for code, count in report.codes.items():
            self._errors.labels(code).inc(count)
        for source, count in report.charts.items():
            self._charts.labels(source).inc(count)
        if is_slow:
            self._slow.inc()

    def webhook(self, source: str, outcome: str) -> None:
        """Counts an event of a webhook."""
        self._webhooks.labels(source, outcome).inc()

    def statement(self, verb: str, seconds: float, rows: int) -> None:
        """Counts an SQL statement."""
        self._statement_seconds.labels(verb).observe(seconds)
        if rows > 0:
            self._rows.labels(verb).inc(rows)

    def statement_failed(self) -> None:
        """Counts an SQL statement that failed."""
        self._statement_errors.inc()

    def watch(self, lanes: Lanes) -> None:
        """Shows the lanes of a process."""
        self.registry.register(_LaneCollector(lanes))


class _LaneCollector(Collector):
    """Reads the lanes when the metrics are read."""

    def __init__(self, lanes: Lanes) -> None:
        self._lanes = lanes

    def collect(self) -> Iterator[Metric]:
        """The connections of each lane, and who waits for them."""
        name = "dialboard_lane"
        capacity = GaugeMetricFamily(f"{name}_connections", "Database connections of a lane.", labels=("lane",))
        in_use = GaugeMetricFamily(f"{name}_connections_in_use", "Of these, in use.", labels=("lane",))
        waiting = GaugeMetricFamily(f"{name}_waiting", "Requests that wait for a connection.", labels=("lane",))
        shed = CounterMetricFamily(f"{name}_shed", "Requests that were refused a connection.", labels=("lane",))
        stuck = GaugeMetricFamily(
            f"{name}_full_seconds", "For how long no connection of a full lane has been given back.", labels=("lane",)
        )
        for lane in Lane:
            turns, labels = self._lanes[lane], (lane.value,)
            capacity.add_metric(labels, turns.capacity)
            in_use.add_metric(labels, turns.in_use)
            waiting.add_metric(labels, turns.waiting)
            shed.add_metric(labels, turns.shed)
            stuck.add_metric(labels, turns.seconds_without_progress())
        yield from (capacity, in_use, waiting, shed, stuck)
