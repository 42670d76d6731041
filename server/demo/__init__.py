"""A demo project: believable calls of the last 30 days, and two dashboards over them."""

from server.demo.service import DemoResult, load_demo

__all__ = ["DemoResult", "load_demo"]
