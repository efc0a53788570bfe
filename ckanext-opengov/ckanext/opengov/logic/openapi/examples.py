"""Examples for the page for developers. A test runs them against a live site.

Each finds its own dataset, so that it works on every site that has one. Whole tables are
read from the DataStore, which gives UTF-8 and commas whatever the file itself has.
"""

from __future__ import annotations

from dataclasses import dataclass

import ckan.plugins.toolkit as tk

from ckanext.opengov.shared.domain.wording import N_


@dataclass(frozen=True, slots=True)
class Example:
    """A task, and a program for it in several languages."""

    key: str
    title: str
    programs: dict[str, str]
    """By language: ``curl``, ``python``, ``r``."""


SEARCH = Example(
    "search",
    N_("Find datasets"),
    {
        "curl": """\
curl --fail --get '{site}/api/3/action/package_search' \\
  --header 'Accept-Language: {language}' \\
  --data-urlencode 'q=*:*' \\
  --data-urlencode 'sort=metadata_modified desc' \\
  --data-urlencode 'rows=5'
""",
        "python": """\
import requests

answer = requests.get(
    "{site}/api/3/action/package_search",
    params={{"q": "*:*", "sort": "metadata_modified desc", "rows": 5}},
    headers={{"Accept-Language": "{language}"}},
    timeout=30,
)
answer.raise_for_status()
found = answer.json()["result"]
print(found["count"])
for dataset in found["results"]:
    print(dataset["name"], dataset["title_translated"])
""",
        "r": """\
library(httr2)

found <- request("{site}/api/3/action/package_search") |>
  req_url_query(q = "*:*", sort = "metadata_modified desc", rows = 5) |>
  req_headers("Accept-Language" = "{language}") |>
  req_perform() |>
  resp_body_json()
for (dataset in found$result$results) print(dataset$title)
""",
    },
)
ROWS = Example(
    "rows",
    N_("Read rows of a table"),
    {
        "curl": """\
# {take_id}
id=$(curl --fail --silent --get '{site}/api/3/action/package_search' \\
  --data-urlencode 'fq=res_format:CSV' --data-urlencode 'rows=20' |
  python3 -c 'import json, sys
found = json.load(sys.stdin)["result"]["results"]
files = [file for dataset in found for file in dataset["resources"]]
print(next(file["id"] for file in files if file.get("datastore_active")))')
curl --fail --get '{site}/api/3/action/datastore_search' \\
  --data-urlencode "resource_id=$id" --data-urlencode 'limit=5'
""",
        "python": """\
import pandas
import requests

api = "{site}/api/3/action/"
found = requests.get(
    api + "package_search", params={{"fq": "res_format:CSV", "rows": 20}}, timeout=30
).json()["result"]["results"]
files = [file for dataset in found for file in dataset["resources"]]
file = next(file for file in files if file.get("datastore_active"))

rows = requests.get(
    api + "datastore_search", params={{"resource_id": file["id"], "limit": 1000}}, timeout=60
).json()["result"]
table = pandas.DataFrame(rows["records"])
print(rows["total"])
print(table.head())
""",
        "r": """\
library(jsonlite)

api <- "{site}/api/3/action/"
found <- fromJSON(paste0(api, "package_search?fq=res_format:CSV&rows=20"), simplifyVector = FALSE)
files <- unlist(lapply(found$result$results, function(each) each$resources), recursive = FALSE)
id <- Find(function(file) isTRUE(file$datastore_active), files)$id
rows <- fromJSON(paste0(api, "datastore_search?limit=1000&resource_id=", id))
head(rows$result$records)
""",
    },
)
FILE = Example(
    "file",
    N_("Load a whole file"),
    {
        "curl": """\
id=$(curl --fail --silent --get '{site}/api/3/action/package_search' \\
  --data-urlencode 'fq=res_format:CSV' --data-urlencode 'rows=20' |
  python3 -c 'import json, sys
found = json.load(sys.stdin)["result"]["results"]
files = [file for dataset in found for file in dataset["resources"]]
print(next(file["id"] for file in files if file.get("datastore_active")))')
curl --fail --location --output data.csv "{site}/datastore/dump/$id"
""",
        "python": """\
import pandas
import requests

found = requests.get(
    "{site}/api/3/action/package_search",
    params={{"fq": "res_format:CSV", "rows": 20}},
    timeout=30,
).json()["result"]["results"]
files = [file for dataset in found for file in dataset["resources"]]
file = next(file for file in files if file.get("datastore_active"))
table = pandas.read_csv("{site}/datastore/dump/" + file["id"])
print(table.describe(include="all"))
""",
        "r": """\
library(jsonlite)

found <- fromJSON(
  "{site}/api/3/action/package_search?fq=res_format:CSV&rows=20", simplifyVector = FALSE
)
files <- unlist(lapply(found$result$results, function(each) each$resources), recursive = FALSE)
id <- Find(function(file) isTRUE(file$datastore_active), files)$id
table <- read.csv(paste0("{site}/datastore/dump/", id))
summary(table)
""",
    },
)
EXAMPLES = (SEARCH, ROWS, FILE)
PROGRAMS = {"curl": "curl", "python": "Python", "r": "R"}
"""How the languages are called."""


def all_of_them() -> list[Example]:
    """Return the examples with the address of this site and the reader's language."""
    values = {
        "site": tk.config["ckan.site_url"].rstrip("/"),
        "language": tk.h.lang(),
        "take_id": tk._("The id of a file stands on its page, and in package_show."),
    }
    return [
        Example(
            each.key,
            tk._(each.title),
            {PROGRAMS[name]: text.format(**values) for name, text in each.programs.items()},
        )
        for each in EXAMPLES
    ]
