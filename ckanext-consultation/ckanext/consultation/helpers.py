"""What the templates of consultations ask for; CKAN knows each by its name here."""

__all__: list[str] = []
