"""Proposes repairs of a file and makes those that its publisher accepts. The file itself stays."""
