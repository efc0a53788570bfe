"""The catalogue as DCAT-AP 3. Loaded only where ckanext-dcat is installed and switched on.

ckanext-dcat knows most of the vocabulary; what stands here is how the suite's fields
fit it. Nodes have addresses of their own, so that two readings of a dataset are equal.

Source: https://semiceu.github.io/DCAT-AP/releases/3.0.1/
"""

from __future__ import annotations

from typing import Any

from rdflib import PROV, Literal, URIRef

import ckan.plugins.toolkit as tk

from ckanext.dcat.processors import RDFSerializer
from ckanext.dcat.profiles import (
    DCAT,
    DCT,
    FOAF,
    RDF,
    SKOS,
    CleanedURIRef,
    EuropeanDCATAP3Profile,
)
from ckanext.dcat.profiles.base import namespaces
from ckanext.dcat.utils import catalog_uri, dataset_uri, resource_uri
from ckanext.opengov import config
from ckanext.opengov.domain import vocabularies as known
from ckanext.opengov.logic import downloads, licences, sources
from ckanext.opengov.logic.texts import choice_labels, in_each_language, texts_of, titles_of_body
from ckanext.opengov.shared import site
from ckanext.opengov.shared.domain.wording import N_

PROFILE = "opengov_dcat_ap_3"
ABOUT = N_("The data of public bodies, for everyone")
ROWS = N_("The rows of the file")
UNKNOWN_RIGHTS = URIRef("http://purl.org/adms/licencetype/UnknownIPR")


def dataset_document(dataset: dict[str, Any], form: str) -> str:
    """Return one dataset in ``ttl``, ``jsonld``, ``rdf`` or ``xml``."""
    return str(RDFSerializer(profiles=[PROFILE]).serialize_dataset(dataset, _format=form))


def catalogue_document(datasets: list[dict[str, Any]], pages: dict[str, Any], form: str) -> str:
    """Return the catalogue with some of its datasets; ``pages`` leads to the others."""
    serializer = RDFSerializer(profiles=[PROFILE])
    return str(serializer.serialize_catalog({}, datasets, _format=form, pagination_info=pages))


class OpengovProfile(EuropeanDCATAP3Profile):
    """DCAT-AP 3 with the suite's fields."""

    def graph_from_dataset(self, dataset_dict: dict[str, Any], dataset_ref: URIRef) -> None:
        """Add a dataset to the graph."""
        super().graph_from_dataset(_in_dcat_terms(dataset_dict, dataset_ref), dataset_ref)
        # ckanext-dcat says of every licence that its kind is not known. Ours are.
        self.g.remove((None, DCT.type, UNKNOWN_RIGHTS))
        self._add_theme(dataset_dict)
        self._add_standard(dataset_dict, dataset_ref)
        self._add_place(dataset_dict, dataset_ref)
        self._add_sources(dataset_dict, dataset_ref)
        self._say_where_words_are_from()
        for resource in dataset_dict.get("resources", []):
            licence = resource.get("license_id") or dataset_dict.get("license_id")
            for distribution in (resource, *_tables(resource)):
                ref = CleanedURIRef(resource_uri(distribution))
                self._add_licence(licence, ref)
                self._add_schema(resource.get("conforms_to"), ref)

    def graph_from_catalog(self, _catalog_dict: Any, catalog_ref: URIRef) -> None:
        """Add the catalogue itself to the graph."""
        g = self.g
        for prefix, namespace in namespaces.items():
            g.bind(prefix, namespace)
        g.add((catalog_ref, RDF.type, DCAT.Catalog))
        titles = [Literal(site.name(each), lang=each) for each in config.languages()]
        for title in titles:
            g.add((catalog_ref, DCT.title, title))
        for language, text in in_each_language(ABOUT).items():
            g.add((catalog_ref, DCT.description, Literal(text, lang=language)))
        home = f"{str(catalog_ref).rstrip('/')}/"
        self._add_typed(catalog_ref, FOAF.homepage, home, FOAF.Document)
        for language in config.languages():
            address = known.LANGUAGES.get(language)
            self._add_typed(catalog_ref, DCT.language, address, DCT.LinguisticSystem)
        self._add_typed(catalog_ref, DCAT.themeTaxonomy, known.THEMES, SKOS.ConceptScheme)
        themes = URIRef(known.THEMES)
        g.add((themes, DCT.title, Literal("Data theme", lang="en")))
        publisher = URIRef(f"{home}#publisher")
        g.add((publisher, RDF.type, FOAF.Agent))
        for title in titles:
            g.add((publisher, FOAF.name, title))
        g.add((catalog_ref, DCT.publisher, publisher))
        self._say_where_words_are_from()

    def _add_typed(
        self, subject: URIRef, predicate: URIRef, address: str | None, kind: Any
    ) -> None:
        if address:
            node = CleanedURIRef(address)
            self.g.add((subject, predicate, node))
            self.g.add((node, RDF.type, kind))

    def _add_theme(self, dataset: dict[str, Any]) -> None:
        code = dataset.get("theme")
        if not code:
            return
        theme = URIRef(f"{known.THEMES}/{code}")
        self.g.add((theme, RDF.type, SKOS.Concept))
        for language, label in choice_labels("theme", code).items():
            self.g.add((theme, SKOS.prefLabel, Literal(label, lang=language)))

    def _add_standard(self, dataset: dict[str, Any], dataset_ref: URIRef) -> None:
        """Add the standard: by its address, or a node with its name."""
        name = dataset.get("conforms_to")
        if not name:
            return
        is_address = known.is_address(name)
        self._add_typed(
            dataset_ref,
            DCT.conformsTo,
            name if is_address else f"{dataset_ref}#standard",
            DCT.Standard,
        )
        if not is_address:
            self.g.add((URIRef(f"{dataset_ref}#standard"), DCT.title, Literal(name)))

    def _add_schema(self, ref: str | None, distribution: Any) -> None:
        """Add the schema of the catalogue that a file keeps to."""
        name, _, version = (ref or "").partition("@")
        if version:
            address = f"{catalog_uri().rstrip('/')}/schema/{name}/{version}"
            self._add_typed(distribution, DCT.conformsTo, address, DCT.Standard)
            self.g.add((URIRef(address), DCT.title, Literal(ref)))

    def _add_place(self, dataset: dict[str, Any], dataset_ref: URIRef) -> None:
        name = dataset.get("spatial_name")
        if name:
            self._add_typed(dataset_ref, DCT.spatial, f"{dataset_ref}#place", DCT.Location)
            place = URIRef(f"{dataset_ref}#place")
            self.g.add((place, SKOS.prefLabel, Literal(name)))

    def _add_licence(self, licence_id: str | None, distribution: Any) -> None:
        """Add the licence of a file: by its address, or a node with its name."""
        entry = licences.register().get(licence_id or "")
        if not entry:
            return
        address = known.licence_address(entry) or f"{catalog_uri()}#licence-{licence_id}"
        self._add_typed(distribution, DCT.license, address, DCT.LicenseDocument)
        titles = entry.get("title_translated") or {"en": entry["title"]}
        for language, title in titles.items():
            self.g.add((CleanedURIRef(address), DCT.title, Literal(title, lang=language)))

    def _add_sources(self, dataset: dict[str, Any], dataset_ref: URIRef) -> None:
        """Add the data of others: by its address, or a node with its name."""
        for number, source in enumerate(sources.listed(dataset.get("sources")), 1):
            package = sources.dataset_of(source)
            address = dataset_uri({"id": package.id}) if package else source.get("url")
            node = CleanedURIRef(address or f"{dataset_ref}#source-{number}")
            self.g.add((dataset_ref, PROV.wasDerivedFrom, node))
            if package:
                # It speaks for itself: in the catalogue, on its own page.
                continue
            self.g.add((node, RDF.type, PROV.Entity))
            if sources.title_of(source):
                self.g.add((node, DCT.title, Literal(sources.title_of(source))))
            self.g.add((node, DCT.bibliographicCitation, Literal(sources.attribution(source))))
            for licence in sources.licences_of(source):
                self._add_licence(licence, node)

    def _say_where_words_are_from(self) -> None:
        """Name the list of each European word, for who reads without the lists themselves."""
        words = {
            DCAT.theme: known.THEMES,
            DCT.accrualPeriodicity: known.FREQUENCIES,
            DCT["format"]: known.FILE_TYPES,
            DCT.accessRights: known.ACCESS_RIGHTS,
            DCT.language: known.LANGUAGE,
        }
        for predicate, scheme in words.items():
            for word in set(self.g.objects(None, predicate)):
                if str(word).startswith(scheme):
                    self.g.add((word, SKOS.inScheme, URIRef(scheme)))


def _in_dcat_terms(dataset: dict[str, Any], dataset_ref: URIRef) -> dict[str, Any]:
    """Return the dataset in the words that ckanext-dcat reads."""
    terms = {
        **{key: value for key, value in dataset.items() if key not in OURS},
        "title_translated": texts_of(dataset, "title"),
        # DCAT-AP wants a description; the suite does not insist.
        "notes_translated": texts_of(dataset, "notes") or texts_of(dataset, "title"),
        "url": tk.h.url_for("dataset.read", id=dataset["name"], locale="default", _external=True),
        "issued": _utc(dataset.get("metadata_created")),
        "modified": _utc(dataset.get("metadata_modified")),
        "access_rights": known.PUBLIC,
        "resources": [
            distribution
            for each in dataset.get("resources", [])
            for distribution in (_distribution(each), *_tables(each))
        ],
    }
    if dataset.get("theme"):
        terms["theme"] = [f"{known.THEMES}/{dataset['theme']}"]
    if dataset.get("frequency"):
        terms["frequency"] = f"{known.FREQUENCIES}/{dataset['frequency']}"
    if dataset.get("contact_name") or dataset.get("contact_email"):
        terms["contact"] = [_contact(dataset, dataset_ref)]
    if dataset.get("organization"):
        terms["publisher"] = [_publisher(dataset["organization"])]
    return terms


OURS = (
    "sources",
    "conforms_to",
    "contact_email",
    "contact_name",
    "frequency",
    "maintainer",
    "maintainer_email",
    "author",
    "author_email",
    "spatial_name",
    "theme",
    "uri",
)
"""What ckanext-dcat would read in another sense, or what is not for the public."""


def _utc(text: str | None) -> str | None:
    """Return a time of CKAN, which is in UTC without saying so, with its zone."""
    return f"{text}Z" if text and "T" in text and not text.endswith("Z") else text


def _contact(dataset: dict[str, Any], dataset_ref: URIRef) -> dict[str, Any]:
    name = dataset.get("contact_name") or (dataset.get("organization") or {}).get("title")
    return {"uri": f"{dataset_ref}#contact", "name": name, "email": dataset.get("contact_email")}


def _publisher(body: dict[str, Any]) -> dict[str, Any]:
    page = tk.h.url_for("organization.read", id=body["name"], locale="default", _external=True)
    titles = titles_of_body(body)
    return {
        "uri": f"{catalog_uri().rstrip('/')}/organization/{body['id']}",
        **({"name": titles} if isinstance(titles, str) else {"name_translated": titles}),
        "url": page,
    }


def _distribution(resource: dict[str, Any]) -> dict[str, Any]:
    """Return a file in the words that ckanext-dcat reads."""
    page = tk.h.url_for(
        "dataset_resource.read",
        id=resource["package_id"],
        resource_id=resource["id"],
        locale="default",
        _external=True,
    )
    code, media = known.format_code(resource.get("format")), known.media_type(resource)
    terms = {
        **{key: value for key, value in resource.items() if key not in OF_A_FILE},
        "name_translated": texts_of(resource, "name"),
        "access_url": page,
        "download_url": resource.get("url"),
        "issued": _utc(resource.get("created")),
        "modified": _utc(resource.get("last_modified") or resource.get("metadata_modified")),
        "mimetype": known.MEDIA_TYPES + media if media else None,
        "format": f"{known.FILE_TYPES}/{code}" if code else None,
    }
    if resource.get("sha256"):
        terms |= {"hash": resource["sha256"], "hash_algorithm": known.SHA256}
    if resource.get("datastore_active"):
        terms["access_services"] = [_service(resource)]
    return terms


def _tables(resource: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the downloads of a file's table in the words that ckanext-dcat reads."""
    if not resource.get("datastore_active"):
        return []
    terms = _distribution(resource)
    for key in (
        "hash",
        "hash_algorithm",
        "size",
        "sha256",
        "access_services",
        "mimetype",
        "format",
    ):
        terms.pop(key, None)
    found = []
    for each, address in downloads.addresses_of(resource).items():
        code = known.format_code(each)
        media = downloads.MEDIA_TYPES[each]
        more = {
            "uri": f"{resource_uri(resource)}#table-{each}",
            "download_url": address,
            "mimetype": known.MEDIA_TYPES + media,
            "format": f"{known.FILE_TYPES}/{code}" if code else None,
        }
        found.append({**terms, **more})
    return found


OF_STORED_BYTES = ("access_services", "hash", "hash_algorithm", "sha256", "size")
OF_A_FILE = ("conforms_to", "hash", "license", "license_id", "schema", "uri", "url")


def _service(resource: dict[str, Any]) -> dict[str, Any]:
    """Return the API on the rows of a file."""
    address = tk.h.url_for(
        "api.action", ver=3, logic_function="datastore_search", locale="default", _external=True
    )
    return {
        "uri": f"{address}?resource_id={resource['id']}",
        "title": in_each_language(ROWS),
        "endpoint_url": [address],
        "endpoint_description": tk.h.url_for(
            "opengov_developers.document", locale="default", _external=True
        ),
        "serves_dataset": [dataset_uri({"id": resource["package_id"]})],
    }
