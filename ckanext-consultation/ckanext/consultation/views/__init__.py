"""The pages of consultations."""

__all__: list[str] = []
