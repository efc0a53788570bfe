"""Compiled templates are kept, each order of plugins its own."""

from jinja2 import Environment, FileSystemLoader

from ckanext.opengov.shared.web import bytecode


def environment(*folders):
    loader = FileSystemLoader([str(folder) for folder in folders])
    made = Environment(loader=loader, autoescape=True)
    bytecode.keep(made)
    return made


def test_a_template_is_compiled_once_for_all(tmp_path, monkeypatch):
    (tmp_path / "page.html").write_text("{{ 1 + 1 }}")
    assert environment(tmp_path).get_template("page.html").render() == "2"

    again = environment(tmp_path)
    monkeypatch.setattr(again, "_compile", None)

    assert again.get_template("page.html").render() == "2"


def test_another_order_of_folders_is_compiled_anew(tmp_path):
    names = {
        environment(*order).bytecode_cache.pattern
        for order in (("/a", "/b"), ("/b", "/a"), ("/a",))
    }

    assert len(names) == 3
