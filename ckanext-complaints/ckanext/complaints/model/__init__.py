"""The tables of complaints, and their queries."""
