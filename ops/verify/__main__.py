"""`python -m ops.verify`."""

from ops.verify.command import main

main()
