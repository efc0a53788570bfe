"""A drafter who changes a text at random and remembers what became of each paragraph."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from ckanext.consultation.domain.texts.blocks import Block
from ckanext.consultation.domain.texts.nodes import Text
from ckanext.consultation.domain.texts.structure import nodes_of

COMMON = ("le", "la", "les", "de", "du", "des", "et", "à", "en", "par", "pour", "sur", "qui", "est")
STEPS = (
    "renumber",
    "insert",
    "insert_lookalike",
    "delete",
    "change_letters",
    "change_number",
    "swap",
    "move",
    "split",
    "merge",
    "insert_article",
    "delete_article",
    "swap_articles",
    "repeat",
)


@dataclass(eq=False)
class Paragraph:
    """Words, each with the paragraph of the first version that it comes from, if from any;
    ``copied_from``: the paragraphs that it was written after."""

    words: list[tuple[str, int | None]]
    copied_from: set[int] = field(default_factory=set)

    @property
    def text(self) -> str:
        return " ".join(word for word, _origin in self.words)

    @property
    def origins(self) -> set[int]:
        return {origin for _word, origin in self.words if origin is not None}


@dataclass(eq=False)
class Article:
    origin: int | None
    paragraphs: list[Paragraph]


class Drafter:
    """Writes a decree, half of whose paragraphs look alike, then changes it."""

    def __init__(self, seed: int, articles: int = 6, paragraphs: int = 4) -> None:
        self.random = random.Random(seed)  # noqa: S311 - a game
        self.words = 0
        self.articles = [
            Article(number, [self._new() for _ in range(self.random.randint(1, paragraphs))])
            for number in range(articles)
        ]
        for number, paragraph in enumerate(self._all()):
            paragraph.words = [(word, number) for word, _none in paragraph.words]

    def _new(self) -> Paragraph:
        return Paragraph([(word, None) for word in self._text().split()])

    def _inserted(self) -> Paragraph:
        length = self.random.randint(4, 20)
        return Paragraph([(self._word(), None) for _ in range(length)])

    def _all(self) -> list[Paragraph]:
        return [each for article in self.articles for each in article.paragraphs]

    def _word(self) -> str:
        self.words += 1
        return f"{self.random.choice('bcdfglmnprst')}{self.random.choice('aeiou')}mot{self.words}"

    def _text(self) -> str:
        if self.random.random() < 0.4:
            return self._tariff()
        if self.random.random() < 0.1:
            return "Abrogé."
        length = self.random.randint(3, 40)
        return " ".join(
            self.random.choice(COMMON) if self.random.random() < 0.4 else self._word()
            for _ in range(length)
        )

    def _tariff(self) -> str:
        self.words += 1
        what = self.random.choice(("bus", "trains", "bacs"))
        return (
            f"Le droit annuel dû pour les {what} est de {self.words} dinars, payable "
            "avant le trente et un mars de chaque année auprès du receveur."
        )

    def text(self, numbers_from: int = 1) -> Text:
        blocks = []
        for number, article in enumerate(self.articles, start=numbers_from):
            blocks.append(Block(f"Article {number}"))
            blocks += [Block(paragraph.text) for paragraph in article.paragraphs]
        return nodes_of(blocks, "fr")

    def order(self) -> list[Article | Paragraph]:
        """Return what was written, in the order of the nodes of ``text``."""
        return [each for article in self.articles for each in (article, *article.paragraphs)]

    def tariff(self) -> Paragraph:
        """Return one more paragraph that looks like all of its family."""
        return Paragraph([(word, None) for word in self._tariff().split()])

    # -- one change each

    def change(self, step: str) -> None:
        if self.articles:
            getattr(self, f"_{step}")()

    def _article(self) -> Article:
        return self.random.choice(self.articles)

    def _place(self) -> tuple[Article, int] | None:
        article = self._article()
        if not article.paragraphs:
            return None
        return article, self.random.randrange(len(article.paragraphs))

    def _renumber(self) -> None:
        self.articles.insert(0, Article(None, [self._inserted()]))

    def _insert(self) -> None:
        article = self._article()
        place = self.random.randint(0, len(article.paragraphs))
        article.paragraphs.insert(place, self._inserted())

    def _insert_lookalike(self) -> None:
        if copy := self._copied():
            at = self.random.randrange(len(copy.words))
            copy.words[at] = (self._word(), None)

    def _repeat(self) -> None:
        self._copied()

    def _copied(self) -> Paragraph | None:
        found = self._place()
        if not found:
            return None
        article, place = found
        model = article.paragraphs[place]
        words: list[tuple[str, int | None]] = [(word, None) for word, _origin in model.words]
        copy = Paragraph(words, model.origins | model.copied_from)
        self._article().paragraphs.append(copy)
        return copy

    def _delete(self) -> None:
        if found := self._place():
            article, place = found
            del article.paragraphs[place]

    def _change_letters(self) -> None:
        if found := self._place():
            article, place = found
            words = article.paragraphs[place].words
            for _ in range(max(1, len(words) // 8)):
                at = self.random.randrange(len(words))
                word, origin = words[at]
                words[at] = (word + "s" if self.random.random() < 0.5 else self._word(), origin)

    def _change_number(self) -> None:
        if found := self._place():
            article, place = found
            self.words += 1
            paragraph = article.paragraphs[place]
            paragraph.words = [
                (str(self.words) if word.isdigit() else word, origin)
                for word, origin in paragraph.words
            ]

    def _swap(self) -> None:
        article = self._article()
        if len(article.paragraphs) > 1:
            one, other = self.random.sample(range(len(article.paragraphs)), 2)
            row = article.paragraphs
            row[one], row[other] = row[other], row[one]

    def _move(self) -> None:
        found = self._place()
        # Where the only paragraph goes, nobody can say what is left of the article.
        if found and len(found[0].paragraphs) > 1:
            article, place = found
            target = self._article()
            paragraph = article.paragraphs.pop(place)
            target.paragraphs.insert(self.random.randint(0, len(target.paragraphs)), paragraph)

    def _split(self) -> None:
        if found := self._place():
            article, place = found
            paragraph = article.paragraphs[place]
            if len(paragraph.words) > 3:
                at = self.random.randint(1, len(paragraph.words) - 1)
                article.paragraphs[place : place + 1] = [
                    Paragraph(part, set(paragraph.copied_from))
                    for part in (paragraph.words[:at], paragraph.words[at:])
                ]

    def _merge(self) -> None:
        article = self._article()
        if len(article.paragraphs) > 1:
            at = self.random.randrange(len(article.paragraphs) - 1)
            one, other = article.paragraphs[at : at + 2]
            merged = Paragraph(one.words + other.words, one.copied_from | other.copied_from)
            article.paragraphs[at : at + 2] = [merged]

    def _insert_article(self) -> None:
        place = self.random.randint(0, len(self.articles))
        paragraphs = [self._inserted() for _ in range(self.random.randint(1, 3))]
        self.articles.insert(place, Article(None, paragraphs))

    def _delete_article(self) -> None:
        self.articles.remove(self._article())

    def _swap_articles(self) -> None:
        if len(self.articles) > 1:
            one, other = self.random.sample(range(len(self.articles)), 2)
            row = self.articles
            row[one], row[other] = row[other], row[one]
