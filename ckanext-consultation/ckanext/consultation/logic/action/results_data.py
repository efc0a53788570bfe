"""The results of a consultation as a dataset: asked for, looked at before, found by everyone."""

from __future__ import annotations

import itertools
from typing import Any

import ckan.plugins.toolkit as tk
from ckan import model as ckan_model
from ckan.types import AlchemySession, Context, DataDict

from ckanext.consultation.domain import comments
from ckanext.consultation.domain import results_data as files
from ckanext.consultation.domain.life import State
from ckanext.consultation.logic import results_data, results_dataset, results_files
from ckanext.consultation.logic.access import consultation_of, user_id_of, visible_to
from ckanext.consultation.model import consultations
from ckanext.consultation.model import results_data as stored
from ckanext.consultation.model.consultations import BY_THE_CLOCK, Consultation
from ckanext.opengov.shared import jobs, readers
from ckanext.opengov.shared.domain.actors import Actor
from ckanext.opengov.shared.domain.errors import NotFound, NotPermitted
from ckanext.opengov.shared.domain.moments import as_utc
from ckanext.opengov.shared.domain.wording import N_
from ckanext.opengov.shared.glue.actions import domain_action

__all__ = [
    "consultation_dataset_show",
    "consultation_export_create",
    "consultation_export_preview",
    "consultation_export_show",
    "consultation_source_show",
]

LEFT_OUT = tuple(state for state in comments.State if state != files.PUBLISHED)


class SourceNotFound(NotFound):
    """The dataset comes from no consultation that the caller may know of."""

    code = "not-found"
    template = N_("This dataset comes from no consultation.")


class DatasetNotFound(NotFound):
    """There is none that everyone may see."""

    code = "not-found"
    template = N_("The results of this consultation are not published as data.")


@domain_action
def consultation_export_create(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Have the results of a closed consultation made into a dataset; return what comes of it.

    It is made as a draft of the body in the caller's name, and published by review as any other.
    While that dataset exists, its files are made anew: in its draft, or as a change that is
    reviewed. For the publishers of a consultation who may write datasets of its body.
    The answer is that of ``consultation_export_show``.

    Args:
        id (str): id or name of the consultation
        license_id (str, optional): the licence of the data; the one that the portal recommends,
            or that of the dataset that is there
    """
    row, actor = consultation_of(context, tk.get_or_bust(data_dict, "id"), lock=True)
    session, now = context["session"], consultations.now(context["session"])
    _check(context, row, actor)
    state = results_dataset.state_of(context, row.dataset_id)
    if state in results_dataset.WAITING:
        raise files.DatasetUnderReview
    licence = _licence(context, row if state else None, data_dict.get("license_id"))
    results_data.ask(session, row, str(user_id_of(context)), licence, now)
    session.commit()
    return _shown(context, row)


@tk.side_effect_free
@domain_action
def consultation_export_show(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Return how far the dataset of the results is, for those who work in the consultation.

    ``status`` is ``none``, ``queued``, ``running``, ``done`` or ``failed``; ``progress`` goes from
    0 to 1; ``error`` is ``{"code", "message"}``. ``dataset`` is ``{"id", "name", "state"}``, if the
    caller may see it; ``figures`` and ``license_id`` are those of the files.

    Args:
        id (str): id or name of the consultation
    """
    row, actor = consultation_of(context, tk.get_or_bust(data_dict, "id"))
    tk.check_access("consultation_update", context, {"roles": actor.roles})
    return _shown(context, row)


@tk.side_effect_free
@domain_action
def consultation_export_preview(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Return what the dataset would hold now, for those who may have it made.

    ``columns`` and ``rows`` are the head of ``comments.csv``; ``figures`` those of the whole;
    ``left_out`` says how many comments are not in it, by their state.

    Args:
        id (str): id or name of the consultation
    """
    row, actor = consultation_of(context, tk.get_or_bust(data_dict, "id"))
    _check(context, row, actor)
    session, languages = context["session"], readers.languages()
    zone = str(tk.h.get_display_timezone())
    is_answered = State(row.state) in results_data.ANSWERED
    source = results_files.Source(session, row.id, languages, zone, is_answered)
    counted = stored.counted(session, row.id)
    head = itertools.islice(source.rows(files.COMMENTS), files.MOST_PREVIEWED)
    return {
        "columns": files.COMMENTS.header(languages),
        "rows": [list(each) for each in head],
        "figures": source.figures(),
        "left_out": {state: counted[state] for state in LEFT_OUT if counted.get(state)},
        "files": [
            {"name": each.name, "title": tk._(each.title), "description": tk._(each.description)}
            for each in files.FILES
        ],
    }


@tk.side_effect_free
@domain_action
def consultation_dataset_show(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Return the published dataset of a consultation's results, as ``package_show`` does.

    Args:
        id (str): id or name of the consultation
    """
    tk.check_access("consultation_show", context, data_dict)
    row = visible_to(context, tk.get_or_bust(data_dict, "id"))
    public = stored.public_datasets(context["session"], [row.dataset_id] if row.dataset_id else [])
    if not public:
        raise DatasetNotFound
    return dict(tk.get_action("package_show")({**context}, {"id": row.dataset_id}))


@tk.side_effect_free
@domain_action
def consultation_source_show(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Return the public consultation whose results a published dataset has.

    ``{"id", "name", "title_translated", "primary_lang"}``.

    Args:
        dataset_id (str): id of the dataset
    """
    tk.check_access("consultation_show", context, data_dict)
    dataset_id = str(tk.get_or_bust(data_dict, "dataset_id"))
    session = context["session"]
    row = stored.of_dataset(session, dataset_id)
    if row is None or not row.is_public or not _may_see(context, dataset_id):
        raise SourceNotFound
    names = ("id", "name", "title_translated", "primary_lang")
    return {name: getattr(row, name) for name in names}


def _check(context: Context, row: Consultation, actor: Actor) -> None:
    """Refuse whoever does not publish for the body, and what is not over."""
    tk.check_access("consultation_export_create", context, {"owner_org": row.owner_org})
    if user_id_of(context) is None:
        raise NotPermitted
    now, state = consultations.now(context["session"]), State(row.state)
    phase = row.window.phase(now) if state in BY_THE_CLOCK else None
    files.check_may_export(actor, state, phase)


def _licence(context: Context, row: Consultation | None, asked: object) -> str:
    """Return the licence that is asked for, else that of the dataset, else the recommended one."""
    found = tk.get_action("opengov_licence_list")({**context}, {})["results"]
    if asked:
        known = {each["id"] for each in found if each.get("status", "active") == "active"}
        if str(asked) not in known:
            raise files.LicenceUnknown
        return str(asked)
    package = ckan_model.Package.get(row.dataset_id) if row is not None else None
    if package is not None and package.license_id:
        return str(package.license_id)
    return next((str(each["id"]) for each in found if each["is_recommended"]), "")


def _may_see(context: Context, dataset_id: str) -> bool:
    try:
        tk.check_access("package_show", context, {"id": dataset_id})
    except (tk.NotAuthorized, tk.ObjectNotFound):
        return False
    return True


def _shown(context: Context, row: Consultation) -> dict[str, Any]:
    session = context["session"]
    asked, job = stored.export_of(session, row.id), _job(session, row.id)
    state = results_dataset.state_of(context, row.dataset_id)
    dataset = None
    if state is not None and _may_see(context, str(row.dataset_id)):
        package = session.get_one(ckan_model.Package, row.dataset_id)
        dataset = {"id": package.id, "name": package.name, "state": state}
    if asked is None:
        return {"status": "none", "progress": 0.0, "error": None, "dataset": dataset}
    error: dict[str, Any] = asked.error or {"template": "", "details": {}}
    template = error["template"]
    message = tk._(template).format(**error["details"]) if template else ""
    return {
        "status": _status(asked, job),
        "progress": job.progress if job and asked.finished_at is None else 1.0,
        "is_tried_again": bool(job and job.error and asked.finished_at is None),
        "error": {"code": asked.error["code"], "message": message} if asked.error else None,
        "dataset": dataset,
        "license_id": asked.license_id,
        "figures": asked.figures,
        "asked_at": as_utc(asked.asked_at),
        "finished_at": as_utc(asked.finished_at),
    }


def _job(session: AlchemySession, consultation_id: str) -> jobs.Job | None:
    """Return the job that makes the dataset or last did."""
    found = (
        jobs.latest(session, kind, consultation_id)
        for kind in (results_data.EXPORT, results_data.RENEW)
    )
    return max((each for each in found if each), key=lambda each: each.created_at, default=None)


def _status(asked: stored.Export, job: jobs.Job | None) -> str:
    if asked.finished_at is not None:
        return "failed" if asked.error else "done"
    return str(job.status) if job is not None else str(jobs.Status.QUEUED)
