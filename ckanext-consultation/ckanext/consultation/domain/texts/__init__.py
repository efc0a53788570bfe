"""The rules about texts under consultation: their paragraphs, versions and languages.

A file is read into blocks (``reading``), blocks become numbered nodes (``structure``), two
languages are joined (``languages``), two versions matched (``matching``) and compared (``diff``),
and a person changes nodes (``editing``). Nothing here guesses in silence: what is not sure is
listed for a person to settle.
"""
