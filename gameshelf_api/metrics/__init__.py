"""What /metrics tells, in Prometheus' format; docs/gameshelf-metrics.md maps every series to its use."""
