"""Measurements that anybody can repeat; what they found is in docs/performance.md."""
