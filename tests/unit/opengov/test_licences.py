"""Whether data under one licence may be published under another, and who says so."""

import json
from pathlib import Path

import pytest

import ckanext.opengov
from ckanext.opengov.domain.licences import (
    TERMS,
    Answer,
    Licence,
    answer_of,
    reasons_against,
)

FOLDER = Path(ckanext.opengov.__file__).parent
ENTRIES = json.loads((FOLDER / "licenses.json").read_text())
CHANGES = json.loads((FOLDER / "licenses_changes.json").read_text())
NAMES = ("id", *TERMS, "grants_nothing", "is_generic")
REGISTER = {
    entry["id"]: Licence(
        **{name: entry[name] for name in NAMES if name in entry},
        flows_into=tuple(entry["flows_into"]),
    )
    for entry in ENTRIES
}
ACTIVE = [entry["id"] for entry in ENTRIES if entry["status"] == "active"]


def judged(source, candidate, register=REGISTER):
    """Return the answer, and the code of the reason if there is one."""
    found = reasons_against(register, [source], candidate)
    return answer_of(found), found[0].code if found else None


@pytest.mark.parametrize(
    ("source", "candidate", "expected"),
    [
        ("cc-by", "cc-by", ("yes", None)),
        ("cc-by", "cc-by-sa", ("yes", None)),
        ("cc-by", "cc-by-nc", ("yes", None)),
        # The one forbids technical measures, the other allows them beside a free copy.
        ("cc-by", "odc-odbl", ("not-sure", "not-stated")),
        ("cc-by", "etalab-2.0", ("not-sure", "not-stated")),
        ("cc-by", "cc-zero", ("no", "attribution")),
        ("cc-by-sa", "cc-by", ("no", "share-alike")),
        ("cc-by-sa", "odc-odbl", ("no", "share-alike")),
        ("cc-by-sa", "cc-by-sa", ("yes", None)),
        ("cc-by-sa", "other-open", ("not-sure", "terms-unknown")),
        ("odc-odbl", "cc-by", ("no", "share-alike")),
        ("odc-odbl", "odc-odbl", ("yes", None)),
        ("odc-by", "odc-odbl", ("not-sure", "not-stated")),
        ("etalab-2.0", "cc-by", ("yes", None)),
        ("etalab-2.0", "odc-odbl", ("yes", None)),
        ("etalab-2.0", "cc-zero", ("no", "attribution")),
        ("uk-ogl", "cc-by", ("yes", None)),
        ("cc-by-nc", "cc-by", ("no", "non-commercial")),
        ("cc-by-nc", "cc-by-nc-sa", ("yes", None)),
        ("cc-by-nc-sa", "cc-by-nc", ("no", "share-alike")),
        ("cc-nc", "cc-by", ("no", "non-commercial")),
        ("cc-nc", "cc-nc", ("not-sure", "terms-unknown")),
        ("cc-by-nd", "cc-by", ("no", "no-derivatives")),
        ("cc-by-nd", "cc-by-nd", ("no", "no-derivatives")),
        ("cc-by-nc-nd", "cc-by-nc-nd", ("no", "no-derivatives")),
        ("tn-open-data", "cc-by", ("not-sure", "terms-unknown")),
        ("tn-open-data", "cc-zero", ("no", "attribution")),
        ("other-pd", "cc-by", ("not-sure", "terms-unknown")),
        ("notspecified", "cc-by", ("no", "not-licensed")),
        ("other-closed", "cc-by", ("no", "not-licensed")),
        ("nobody knows", "cc-by", ("not-sure", "unknown-licence")),
        ("", "cc-by", ("not-sure", "unknown-licence")),
    ],
)
def test_the_register_judges_pairs(source, candidate, expected):
    assert judged(source, candidate) == expected


@pytest.mark.parametrize("source", ["cc-zero", "odc-pddl"])
def test_what_nobody_asks_anything_for_flows_into_every_licence(source):
    granting = [key for key, licence in REGISTER.items() if not licence.grants_nothing]

    assert {judged(source, candidate)[0] for candidate in granting} == {Answer.YES}


def test_no_yes_that_the_register_does_not_state():
    for source in REGISTER.values():
        for candidate in REGISTER:
            stated = candidate in (source.flows_into or ()) or candidate == source.id
            assert stated or judged(source.id, candidate)[0] is not Answer.YES


@pytest.mark.parametrize("source", REGISTER)
def test_data_flows_on_only_where_it_could_have_flowed_at_once(source):
    for candidate in REGISTER[source].flows_into or ():
        assert judged(source, candidate) == (Answer.YES, None), candidate


def test_a_no_outweighs_a_doubt_and_a_doubt_a_yes():
    def answer(*sources):
        return answer_of(reasons_against(REGISTER, sources, "cc-by"))

    assert answer() is Answer.YES
    assert answer("cc-zero", "cc-by") is Answer.YES
    assert answer("cc-zero", "tn-open-data") is Answer.NOT_SURE
    assert answer("tn-open-data", "cc-by-sa", "cc-zero") is Answer.NO


@pytest.mark.parametrize(
    "source",
    [
        Licence("theirs"),
        Licence("theirs", attribution=True),
        Licence("theirs", share_alike=True),
        Licence("theirs", share_alike=True, flows_into=("cc-by",)),
        Licence("theirs", flows_into=("cc-by", "theirs")),
    ],
)
@pytest.mark.parametrize("candidate", ["cc-by", "theirs"])
def test_an_entry_that_lacks_terms_is_never_a_yes(source, candidate):
    assert judged("theirs", candidate, {**REGISTER, "theirs": source})[0] is Answer.NOT_SURE


def test_an_entry_that_lacks_terms_still_forbids_what_it_says():
    theirs = Licence("theirs", non_commercial=True)

    assert judged("theirs", "cc-by", {**REGISTER, "theirs": theirs})[0] is Answer.NO


@pytest.mark.parametrize("source", [*REGISTER, "nobody knows", ""])
@pytest.mark.parametrize("candidate", ["", "CC-BY-SA-3.0"])
def test_a_candidate_outside_the_register_is_never_sure(source, candidate):
    assert judged(source, candidate) == (Answer.NOT_SURE, "terms-unknown")


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry["id"])
def test_an_entry_is_whole(entry):
    assert set(entry["title_translated"]) == {"ar", "fr", "en"}
    assert all(entry["title_translated"].values())
    assert {"version", "url", "spdx", "eu_uri", "od_conformance", *TERMS} <= set(entry)
    assert set(entry["flows_into"]) <= set(REGISTER) - {entry["id"]}
    assert not entry["flows_into"] or entry["flows_into_source"]
    assert not entry["is_generic"] or not entry["version"]
    assert entry["od_conformance"] != "approved" or not (
        entry["non_commercial"] or entry["no_derivatives"]
    )


@pytest.mark.parametrize("key", ACTIVE)
def test_what_new_datasets_may_choose_is_named_everywhere_and_known(key):
    entry = next(each for each in ENTRIES if each["id"] == key)

    assert REGISTER[key].is_known
    assert entry["version"]
    assert entry["spdx"]
    assert entry["flows_into_source"]


def test_the_register_has_a_version_and_says_what_changed():
    assert CHANGES["version"] == CHANGES["changes"][0]["version"]
    assert all(set(each) == {"version", "date", "text"} for each in CHANGES["changes"])
