"""A folder with data files as a dataset."""

import json

import pytest

from ckanext.opengov.domain import folders

CSV = "station,day\n001,2026-01-02\n"


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "rain.csv").write_text(CSV)
    return tmp_path


def describe(folder, **descriptor):
    (folder / "datapackage.json").write_text(json.dumps(descriptor))


def test_a_data_package_becomes_a_dataset(folder):
    schema = {"fields": [{"name": "station", "type": "string"}]}
    (folder / "schema.yaml").write_text("fields: [{name: station, type: string}]")
    describe(
        folder,
        name="rain",
        title="Rainfall",
        description="By station",
        licenses=[{"name": "CC-BY-4.0"}, {"path": "https://example.org"}],
        keywords=["rain"],
        contact_name="Meteo",
        resources=[
            {"name": "rain", "path": "data/rain.csv", "schema": schema},
            {"title": "Again", "path": "data/rain.csv", "schema": "schema.yaml", "format": "txt"},
        ],
    )

    found = folders.read(folder)

    assert found.licences == ("CC-BY-4.0",)
    assert found.fields == {
        "name": "rain",
        "title": "Rainfall",
        "description": "By station",
        "notes": "By station",
        "contact_name": "Meteo",
        "tags": [{"name": "rain"}],
    }
    assert [file.fields for file in found.files] == [
        {"name": "rain", "format": "CSV", "schema": schema},
        {"name": "Again", "format": "txt", "schema": schema},
    ]


def test_files_alone_are_a_dataset_too(tmp_path):
    folder = tmp_path / "Rain of 2026"
    folder.mkdir()
    for name in ("b.csv", "a.xlsx", ".hidden"):
        (folder / name).write_text(CSV)

    found = folders.read(folder)

    assert found.fields == {"name": "Rain of 2026", "title": "Rain of 2026"}
    assert [file.fields["name"] for file in found.files] == ["a.xlsx", "b.csv"]


@pytest.mark.parametrize(
    "path", ["/etc/passwd", "../secret.csv", "link.csv", "data", "https://example.org/a.csv", ["a"]]
)
def test_a_descriptor_reaches_nothing_outside(folder, path):
    (folder.parent / "secret.csv").write_text(CSV)
    (folder / "link.csv").symlink_to("../secret.csv")
    describe(folder, resources=[{"path": path}])

    with pytest.raises(folders.UnusableFolder):
        folders.read(folder)


@pytest.mark.parametrize(
    "text", ["{", "[]", "[" * 100_000, '{"resources": []}', '{"resources": 5}', "\xff\xfe"]
)
def test_a_broken_descriptor_is_named(folder, text):
    (folder / "datapackage.json").write_text(text, encoding="latin-1")

    with pytest.raises(folders.UnusableFolder):
        folders.read(folder)


def test_a_huge_descriptor_is_not_read(folder):
    (folder / "datapackage.yml").write_text("a: " + "x" * folders.LARGEST_DESCRIPTOR)

    with pytest.raises(folders.UnusableFolder, match="too large"):
        folders.read(folder)
