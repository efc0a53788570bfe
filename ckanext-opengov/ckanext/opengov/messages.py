"""Who is told what when a dataset takes a step, and what each reads of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import ckan.plugins.toolkit as tk
from ckan import model as ckan_model
from ckan.lib.plugins import get_permission_labels
from ckan.types import AlchemySession

from ckanext.opengov import addresses, config
from ckanext.opengov.domain.publication import State, Step
from ckanext.opengov.model import publication, revisions, work
from ckanext.opengov.shared import outbox
from ckanext.opengov.shared.domain.notices import isolated
from ckanext.opengov.shared.domain.texts import as_texts, pick
from ckanext.opengov.shared.domain.wording import N_
from ckanext.opengov.shared.outbox import Message
from ckanext.opengov.shared.rendering import Said, To, renders


@dataclass(frozen=True, slots=True)
class Wording:
    """The words for one step."""

    heading: str
    sentence: str
    todo: str
    holds_in: State | None = None
    """There is something to do as long as the dataset is in this state; None: for good."""
    is_for_work: bool = True
    """It leads to where the reader goes on with the dataset, not to what the public sees."""


KINDS = {
    Step.SUBMIT: "dataset-submitted",
    Step.RETURN: "dataset-returned",
    Step.SCHEDULE: "dataset-approved",
    Step.PUBLISH: "dataset-published",
    Step.WITHDRAW: "dataset-withdrawn",
}
WORDING = {
    "dataset-submitted": Wording(
        N_("Datasets to review"),
        N_("To review: {title}"),
        N_("A colleague submitted it. Look at it, then approve it or say what to mend."),
        State.SUBMITTED,
    ),
    "dataset-returned": Wording(
        N_("Datasets returned to you"),
        N_("Returned to you: {title}"),
        N_("The reviewer says on its page what to mend. Mend it, then submit it again."),
        State.RETURNED,
    ),
    "dataset-approved": Wording(
        N_("Approved datasets"),
        N_("Approved, to be published later: {title}"),
        N_("You need do nothing: it is published by itself at the time that its page names."),
        State.SCHEDULED,
    ),
    "dataset-published": Wording(
        N_("Published datasets"),
        N_("Published: {title}"),
        N_("Everyone finds it on the portal from now on."),
        is_for_work=False,
    ),
    "dataset-withdrawn": Wording(
        N_("Withdrawn datasets"),
        N_("Withdrawn: {title}"),
        N_("The public sees only its title, the reason and the date."),
    ),
}
LATE = "dataset-late"
WORDING[LATE] = Wording(
    N_("Datasets that are late"),
    N_("A new version is due: {title}"),
    N_("Upload it. If none is to come, change the update frequency in the description."),
)
OLD_SCHEMA = "dataset-schema-old"
WORDING[OLD_SCHEMA] = Wording(
    N_("Datasets with a deprecated schema"),
    N_("Its schema is deprecated: {title}"),
    N_("A file declares a version that is not proposed any more. Its check says what to declare."),
)
DONE = N_("This is done: nothing waits for you here any more.")


def tell(
    session: AlchemySession,
    package_id: str,
    number: int,
    step: Step,
    *,
    actor_id: str | None,
    now: datetime,
) -> None:
    """Tell of the step: reviewers when they are asked, else the authors; nobody of their own.

    ``number`` is that of the revision; 1 is the dataset itself.
    """
    if step not in KINDS:
        return
    readers = publication.contributors(session, package_id, number)
    if step is Step.SUBMIT:
        package = session.get_one(ckan_model.Package, package_id)
        roles = publication.roles_in(session, package.owner_org)
        readers = frozenset(user for user, role in roles.items() if role == "admin") - readers
    params = {"package_id": package_id, "revision": str(number)}
    for reader in sorted(readers - {actor_id}):
        outbox.post(session, kind=KINDS[step], recipient_id=reader, params=params, now=now)


def remind(
    session: AlchemySession, package_id: str, due: date, readers: Iterable[str], now: datetime
) -> None:
    """Tell these people that a new version of the dataset was due that day."""
    params = {"package_id": package_id, "due": due.isoformat()}
    for reader in readers:
        outbox.post(session, kind=LATE, recipient_id=reader, params=params, now=now)


def tell_of_schema(
    session: AlchemySession, package_id: str, ref: str, readers: Iterable[str], now: datetime
) -> None:
    """Tell these people, once, that a version that the dataset declares is deprecated."""
    params = {"package_id": package_id, "ref": ref}
    for reader in readers:
        outbox.post(session, kind=OLD_SCHEMA, recipient_id=reader, params=params, now=now)


@renders({kind: wording.heading for kind, wording in WORDING.items()})
def render(session: AlchemySession, to: To, messages: Sequence[Message]) -> list[Said | None]:
    """Return what each message says of its dataset, as far as the reader may know of it."""
    if not isinstance(to.user, ckan_model.User):
        return [None] * len(messages)
    ids = {message.params["package_id"] for message in messages}
    packages = publication.packages_of(session, ids)
    places = revisions.places_of(session, ids)
    labels = set(get_permission_labels().get_user_dataset_labels(to.user))
    bodies = {each.id for each in publication.bodies_worked_in(session, to.user.id)}
    dues = _dues(session, messages)
    found: list[Said | None] = []
    for message in messages:
        package = packages.get(message.params["package_id"])
        if package is None or not _may_know(to.user, package, labels):
            found.append(None)
            continue
        is_worker = to.user.sysadmin or package.owner_org in bodies
        number = int(message.params.get("revision", "1"))
        place = places.get((package.id, number)) if is_worker else None
        is_open = message.kind != LATE or dues.get(package.id) == message.params["due"]
        found.append(_said(WORDING[message.kind], package, place, to.language, is_open=is_open))
    return found


def _dues(session: AlchemySession, messages: Sequence[Message]) -> dict[str, str]:
    """Return when new versions are due of datasets of which somebody was reminded."""
    ids = {message.params["package_id"] for message in messages if message.kind == LATE}
    found = work.dues(session, ids, str(tk.h.get_display_timezone())) if ids else {}
    return {package_id: due.isoformat() for package_id, due in found.items()}


def _may_know(user: ckan_model.User, package: ckan_model.Package, labels: set[str]) -> bool:
    of_package = get_permission_labels().get_dataset_labels(package)
    return user.sysadmin or not labels.isdisjoint(of_package)


def _said(
    wording: Wording,
    package: ckan_model.Package,
    place: tuple[State, str] | None,
    language: str,
    *,
    is_open: bool,
) -> Said:
    """Return the words; ``place`` is None where the change is no more, or not the reader's."""
    title = title_of(package.extras, package.title or package.name, language)
    sentence = tk._(wording.sentence).format(title=isolated(title, language))
    state, reason = place or (None, "")
    is_open = is_open and wording.holds_in in (None, state)
    if place and wording.is_for_work:
        url = addresses.of_work(package.name, locale=language, _external=True)
    else:
        url = tk.url_for("dataset.read", id=package.name, locale=language, _external=True)
    quote = reason if is_open and state is State.RETURNED else ""
    return Said(sentence, tk._(wording.todo if is_open else DONE), str(url), quote)


def title_of(extras: Mapping[str, object] | None, title: str, language: str) -> str:
    """Return a dataset's title in a language, or in the site's first that has one."""
    texts = as_texts((extras or {}).get("title_translated")) or {}
    return pick(texts, [language, *config.languages()]) or title
