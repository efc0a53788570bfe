"""The tables of consultations, and their queries."""
