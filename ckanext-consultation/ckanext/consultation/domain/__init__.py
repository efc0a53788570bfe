"""The rules of consultations, in plain Python."""
