"""The catalogue as DCAT-AP 3, judged by the official shapes."""

import sys
from pathlib import Path

import pyshacl
import pytest
import rdflib
from rdflib import DCAT, DCTERMS, FOAF, RDF, SKOS, Literal, Namespace, URIRef

from ckanext.opengov.domain.vocabularies import SHA256

SHAPES = Path(__file__).parent / "shapes"
EU = "http://publications.europa.eu/resource/authority/"
SPDX = Namespace("http://spdx.org/rdf/terms#")
VCARD = Namespace("http://www.w3.org/2006/vcard/ns#")
FORMS = {"ttl": "turtle", "jsonld": "json-ld", "rdf": "xml", "xml": "xml"}
TITLES = {"ar": "الأمطار", "fr": "Pluies", "en": "Rainfall"}
DESCRIBED = {
    "title_translated": TITLES,
    "notes_translated": {"ar": "مليمترات", "fr": "En millimètres", "en": "In millimetres"},
    "theme": "ENVI",
    "frequency": "MONTHLY",
    "temporal_start": "2026-01-01",
    "temporal_end": "2026-06-30",
    "spatial_name": "Tunis",
    "contact_name": "Climate unit",
    "contact_email": "climate@example.org",
    "conforms_to": "https://example.org/standards/rain",
    "tags": [{"name": "rain"}],
}


@pytest.fixture
def body(portal):
    return portal.body(amel="editor", sami="admin")


@pytest.fixture
def dataset(portal, body):
    return portal.published("amel", "sami", body, **DESCRIBED)


def graph(portal, path="/dataset/rainfall", form="ttl"):
    answer = portal.client.get(f"{path}.{form}")
    assert answer.status_code == 200, answer.text
    return rdflib.Graph().parse(data=answer.data, format=FORMS[form])


def faults(found):
    """Return what the official shapes have against a graph; warnings are about EU bodies."""
    shapes = rdflib.Graph()
    for path in SHAPES.glob("*.ttl"):
        shapes.parse(path)
    conforms, _graph, text = pyshacl.validate(found, shacl_graph=shapes, allow_warnings=True)
    return "" if conforms else text


@pytest.mark.parametrize("form", FORMS)
def test_what_is_published_fits_the_official_shapes(portal, dataset, form):
    assert faults(graph(portal, "/dataset/rainfall", form)) == ""
    assert faults(graph(portal, "/catalog", form)) == ""


def test_a_dataset_with_little_to_say_fits_the_official_shapes(portal, body):
    portal.published("amel", "sami", body, license_id="other-open", conforms_to="Our norm")

    assert faults(graph(portal)) == ""
    assert faults(graph(portal, "/catalog")) == ""


def test_the_official_shapes_see_what_is_missing(portal, dataset):
    found = graph(portal)
    found.remove((None, DCTERMS.title, None))

    assert "dcterms:title" in faults(found) or "dct:title" in faults(found)


def test_every_field_has_its_place(portal, dataset):
    found = graph(portal)
    [node] = found.subjects(RDF.type, DCAT.Dataset)
    [file] = found.subjects(SPDX.checksum)
    [contact] = found.objects(node, DCAT.contactPoint)
    [place] = found.objects(node, DCTERMS.spatial)
    [checksum] = found.objects(file, SPDX.checksum)
    [service] = found.objects(file, DCAT.accessService)
    resource = dataset["resources"][0]

    expected = [
        *((node, DCTERMS.title, Literal(text, lang)) for lang, text in TITLES.items()),
        (node, DCTERMS.description, Literal("مليمترات", "ar")),
        (node, DCAT.theme, URIRef(f"{EU}data-theme/ENVI")),
        (node, DCTERMS.accrualPeriodicity, URIRef(f"{EU}frequency/MONTHLY")),
        (node, DCTERMS.conformsTo, URIRef("https://example.org/standards/rain")),
        (node, DCTERMS.publisher, None),
        (node, DCTERMS.temporal, None),
        (node, DCAT.landingPage, URIRef("http://test.ckan.net/dataset/rainfall")),
        (URIRef(f"{EU}data-theme/ENVI"), SKOS.prefLabel, Literal("البيئة", "ar")),
        (place, SKOS.prefLabel, Literal("Tunis")),
        (contact, VCARD.fn, Literal("Climate unit")),
        (contact, VCARD.hasEmail, URIRef("mailto:climate@example.org")),
        (file, DCTERMS.license, URIRef(f"{EU}licence/CC_BY_4_0")),
        (file, DCTERMS["format"], URIRef(f"{EU}file-type/CSV")),
        (file, DCAT.mediaType, URIRef("https://www.iana.org/assignments/media-types/text/csv")),
        (file, DCAT.downloadURL, URIRef(resource["url"])),
        (file, DCAT.accessURL, None),
        (file, DCAT.byteSize, None),
        (checksum, SPDX.algorithm, URIRef(SHA256)),
        (checksum, SPDX.checksumValue, None),
        (service, DCAT.endpointDescription, URIRef("http://test.ckan.net/api/openapi.json")),
    ]
    assert [triple for triple in expected if triple not in found] == []
    assert str(found.value(checksum, SPDX.checksumValue)) == resource["sha256"]


def test_the_downloads_of_a_table_are_distributions_too(portal, dataset):
    found = graph(portal)
    [node] = found.subjects(RDF.type, DCAT.Dataset)
    resource = dataset["resources"][0]
    place = f"http://test.ckan.net/dataset/{dataset['id']}/resource/{resource['id']}"

    files = list(found.objects(node, DCAT.distribution))
    addresses = {str(found.value(each, DCAT.downloadURL)) for each in files}

    assert addresses == {
        resource["url"],
        *(f"{place}/table.{format}" for format in ("csv", "jsonl", "xlsx", "parquet")),
    }
    licences = {found.value(each, DCTERMS.license) for each in files}
    assert licences == {URIRef(f"{EU}licence/CC_BY_4_0")}


def test_the_body_is_named_in_every_language_that_it_has(portal, body, dataset):
    names = {"ar": "معهد الرصد الجوّي", "fr": "Institut de la météo"}
    portal.inside("organization_patch", "operator", id=body["id"], title_translated=names)
    portal.work()
    found = graph(portal)
    [publisher] = found.objects(None, DCTERMS.publisher)

    assert {(name.language, str(name)) for name in found.objects(publisher, FOAF.name)} == set(
        names.items()
    )


@pytest.mark.parametrize("form", FORMS)
def test_what_is_not_public_is_not_in_the_catalogue(portal, body, form):
    portal.draft("amel", body, name="secret-draft", title="Secret")
    gone = portal.published("amel", "sami", body, name="gone", title="Secret")
    portal.ok("sami", "opengov_dataset_withdraw", id=gone["id"], reason="Wrong")
    portal.work()

    for name in ("secret-draft", "gone"):
        for user in (None, "amel"):
            headers = {"Authorization": portal.tokens[user]} if user else {}
            answer = portal.client.get(f"/dataset/{name}.{form}", headers=headers)
            assert answer.status_code == 404
    assert "Secret" not in portal.client.get(f"/catalog.{form}").text


@pytest.mark.parametrize(
    "path",
    [
        "/dataset/rainfall.exe",
        "/dataset/nothing.ttl",
        "/catalog.exe",
        "/catalog.ttl?page=0",
        "/catalog.ttl?page=x",
        "/catalog.ttl?page=99999999999",
    ],
)
def test_what_there_is_not_is_not_found(portal, dataset, path):
    assert portal.client.get(path).status_code == 404


@pytest.mark.parametrize("path", ["/dataset/rainfall.ttl", "/catalog.jsonld"])
def test_who_has_it_need_not_load_it_again(portal, body, dataset, path):
    first = portal.client.get(path)
    again = portal.client.get(path, headers={"If-None-Match": first.headers["ETag"]})
    portal.published("amel", "sami", body, name="other", title="Other")
    portal.ok("operator", "organization_patch", id=body["id"], title="Weather")

    assert (again.status_code, again.data) == (304, b"")
    if "catalog" in path:
        later = portal.client.get(path, headers={"If-None-Match": first.headers["ETag"]})
        assert later.status_code == 200


def test_the_pages_of_the_catalogue_lead_on(portal, body, dataset, monkeypatch):
    monkeypatch.setattr(sys.modules["ckanext.opengov.views.catalogue"], "PER_PAGE", 1)
    portal.published("amel", "sami", body, name="other", title="Other")

    first = graph(portal, "/catalog")
    [following] = first.objects(None, URIRef("http://www.w3.org/ns/hydra/core#next"))
    second = portal.client.get(str(following).removeprefix("http://test.ckan.net")).text

    assert len(set(first.subjects(RDF.type, DCAT.Dataset))) == 1
    assert "Rainfall" in second
