"""The description of the public API (OpenAPI), made of one table of actions."""
