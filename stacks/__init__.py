"""What is deployed: one module per stack, their settings, their contract and where their state is kept."""
