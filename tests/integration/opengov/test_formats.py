"""Files of other formats than CSV: uploaded, checked, published, and found as tables."""

import io
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.common.books import ods, packed, xls, xlsx

import ckan.plugins.toolkit as tk

ROWS = [["code", "name", "rain"], ["007", "Tunis", 1.5], ["008", "صفاقس", 2]]
RECORDS = [dict(zip(ROWS[0], row, strict=True)) for row in ROWS[1:]]


@pytest.fixture
def body(portal):
    return portal.body(amel="editor", sami="admin")


def parquet():
    out = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(RECORDS), out)
    return out.getvalue()


def geojson(*coordinates):
    features = [
        {"type": "Feature", "properties": row, "geometry": {"type": "Point", "coordinates": place}}
        for row, place in zip(RECORDS, coordinates, strict=True)
    ]
    return json.dumps({"type": "FeatureCollection", "features": features}).encode()


def uploaded(portal, body, content, name, format):
    """Make a draft with this file; return the dataset's id and its file's."""
    values = {"name": "rainfall", "title": "Rainfall", "license_id": "cc-by"}
    dataset = portal.ok("amel", "package_create", owner_org=body["id"], **values)
    files = {"upload": (io.BytesIO(content), name)}
    values = {"package_id": dataset["id"], "name": name, "format": format}
    resource = portal.ok("amel", "resource_create", files, **values)
    portal.work()
    return dataset["id"], resource["id"]


def publish(portal, dataset_id):
    portal.ok("amel", "opengov_dataset_submit", id=dataset_id)
    portal.ok("sami", "opengov_dataset_publish", id=dataset_id)
    portal.work()


@pytest.mark.parametrize(
    ("content", "format"),
    [
        (xlsx(*ROWS), "XLSX"),
        (xls(*ROWS), "XLS"),
        (ods(*ROWS), "ODS"),
        (parquet(), "Parquet"),
        (json.dumps(RECORDS).encode(), "JSON"),
        ("\n".join(map(json.dumps, RECORDS)).encode(), "JSONL"),
        (geojson([10.18, 36.8], [10.76, 34.74]), "GeoJSON"),
    ],
    ids=lambda given: given if isinstance(given, str) else "",
)
def test_a_table_of_any_format_is_checked_published_and_queried(portal, body, content, format):
    dataset_id, resource_id = uploaded(portal, body, content, f"rain.{format.lower()}", format)
    report = portal.ok("amel", "opengov_validation_show", resource_id=resource_id)
    assert (report["verdict"], report["file"]["format"]) == ("clean", format.lower())

    publish(portal, dataset_id)

    found = portal.ok(None, "datastore_search", resource_id=resource_id, filters={"code": "008"})
    row = found["records"][0]
    assert (found["total"], row["name"], row["rain"]) == (1, "صفاقس", 2)
    types = {field["id"]: field["type"] for field in found["fields"]}
    assert (types["code"], types["rain"]) == ("text", "numeric")
    if format == "GeoJSON":
        assert (row["longitude"], row["latitude"]) == (10.76, 34.74)
    resource = portal.ok(None, "resource_show", id=resource_id)
    assert (resource["rows"], resource["datastore_active"]) == (2, True)


def test_a_file_under_another_name_is_published_with_a_remark(portal, body):
    dataset_id, resource_id = uploaded(portal, body, xlsx(*ROWS), "rain.csv", "CSV")
    report = portal.ok("amel", "opengov_validation_show", resource_id=resource_id)
    path = f"/fr/dataset/{dataset_id}/review/check/{resource_id}"
    page = portal.client.get(path, headers={"Authorization": portal.tokens["amel"]}).text

    assert [each["code"] for each in report["findings"]] == ["format-mismatch"]
    assert "Ce fichier est annoncé comme CSV et est au format XLSX." in page
    publish(portal, dataset_id)
    assert portal.ok(None, "datastore_search", resource_id=resource_id)["total"] == 2


def test_what_is_no_table_is_named_and_has_none(portal, body):
    content = packed({"communes.shp": "", "communes.dbf": ""})
    dataset_id, resource_id = uploaded(portal, body, content, "communes.zip", "ZIP")
    headers = {"Authorization": portal.tokens["amel"]}
    path = f"/ar/dataset/{dataset_id}/review/check/{resource_id}"

    assert "بيانات جغرافية (shapefile)" in portal.client.get(path, headers=headers).text
    publish(portal, dataset_id)
    assert not portal.ok(None, "resource_show", id=resource_id)["datastore_active"]


def test_a_web_page_called_xls_is_not_published(portal, body):
    page = b"<html><table><tr><td>1</td></tr></table></html>"
    dataset_id, resource_id = uploaded(portal, body, page, "rain.xls", "XLS")

    report = portal.ok("amel", "opengov_validation_show", resource_id=resource_id)

    assert [each["code"] for each in report["findings"]] == ["wrong-format"]
    assert "HTML" in report["findings"][0]["message"]
    assert portal.call("amel", "opengov_dataset_submit", id=dataset_id)[0] == 409


def test_swapped_places_are_found_where_the_country_is_known(portal, body, monkeypatch):
    monkeypatch.setitem(tk.config, "ckanext.opengov.country_box", "7.5 30.2 11.6 37.6")
    content = geojson([36.8, 10.18], [10.76, 34.74])

    _dataset_id, resource_id = uploaded(portal, body, content, "rain.geojson", "GeoJSON")

    report = portal.ok("amel", "opengov_validation_show", resource_id=resource_id)
    assert [(each["code"], each["row"]) for each in report["findings"]] == [("geometry-swapped", 2)]
