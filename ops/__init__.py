"""What an operator runs beside the CDKTF command line."""
