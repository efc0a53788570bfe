"""Checks tables by columns: what Frictionless finds row by row, with Arrow and in bounded memory."""
