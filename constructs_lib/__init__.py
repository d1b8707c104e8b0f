"""Reusable constructs for AKS with Azure CNI pod subnets; they know nothing of this app's settings."""
