"""Asserts, after a deployment, that the cluster is what was asked for: `python -m ops.verify --help`."""
