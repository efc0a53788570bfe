"""Turns the rows of a checked file into what PostgreSQL's COPY reads, by columns."""
