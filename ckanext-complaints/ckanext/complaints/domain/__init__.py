"""The rules of complaints, in plain Python."""
