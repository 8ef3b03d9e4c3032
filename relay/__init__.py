"""GameShelf Relay: alerting for applications on Clever Cloud that loses no notification."""

__version__ = "0.1.0"
