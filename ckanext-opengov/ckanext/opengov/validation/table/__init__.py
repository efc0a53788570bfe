"""Checks tables by columns: finds what Frictionless finds row by row, in bounded memory."""
