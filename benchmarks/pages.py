"""How much faster the portal's pages are than CKAN's: made anew, kept, and not sent at all.

Three processes serve the same database and search index: CKAN with its own defaults, the suite
without its page cache, and the suite. They answer the same anonymous request in turn. Each
claim is about the worse end of the 95 % confidence interval of the median ratio of processor
times; what PostgreSQL, Solr and Redis do meanwhile is not in it.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).parents[1])]
from overhead import DATASETS, PLAIN, UNCACHED, Site, fill, settings, upper_bound

from ckan import model
from ckan.cli import load_config
from ckan.config.middleware import make_app
from ckan.lib import search

WARM_UP = 5
BATCH = 20
MEMBERS, MANY_MEMBERS = 26, 525
FILES, MANY_FILES = 3, 50
TAGS = 3
"""Of each dataset's own, besides the one that all share."""
OWN_SETTINGS = r"(ckan.auth.public_user_details|search.facets.limit) = .*\n"
"""What the suite's portals set and CKAN does not."""
MOST_STATEMENTS = 25


@dataclass(frozen=True, slots=True)
class Claim:
    """A page is so many times as fast here as there."""

    page: str
    path: str
    slow: str
    fast: str
    least: float
    headers: dict[str, str]
    pairs: int = 40

    def ratios(self, sites: dict[str, Site]) -> list[tuple[float, float, float]]:
        """Measure both in turn; return what each pair costs, and the statements of the fast one."""
        found = []
        for turn in range(WARM_UP + self.pairs):
            order = (self.slow, self.fast) if turn % 2 else (self.fast, self.slow)
            costs = {name: self._cost(sites, name) for name in order}
            found.append((costs[self.slow][0], *costs[self.fast]))
        return found[WARM_UP:]

    def _cost(self, sites: dict[str, Site], name: str) -> tuple[float, float]:
        headers = self.headers if name == self.fast else {}
        # What takes no millisecond is mostly the waking up, if asked for once.
        return sites[name].get(self.path, headers, times=BATCH if name == "cached" else 1)


HAS_IT = {"If-None-Match": "*"}
CLAIMS = [
    Claim("dataset", "/dataset/bench-0", "ckan", "uncached", 2.5, {}),
    Claim(f"{MANY_FILES} files", "/dataset/bench-1", "ckan", "uncached", 2.5, {}),
    Claim(f"{MANY_MEMBERS} members", "/dataset/large", "ckan", "uncached", 2.5, {}, pairs=12),
    Claim("dataset list", "/dataset/", "ckan", "uncached", 1.8, {}),
    Claim("dataset, kept", "/dataset/bench-0", "ckan", "cached", 100, {}),
    Claim("dataset list, kept", "/dataset/", "ckan", "cached", 100, {}),
    Claim("dataset, not sent", "/dataset/bench-0", "uncached", "cached", 50, HAS_IT),
    Claim("dataset list, not sent", "/dataset/", "uncached", "cached", 50, HAS_IT),
]
"""A page that is not sent costs at most 2 % of one that is made: 50 times as fast."""


def enlarge(ini: str) -> None:
    """Give the datasets files and the bodies members, as many as real ones have."""
    app: Any = make_app(load_config(ini))
    with app.test_request_context():
        body = model.Group.get("bench")
        large = model.Group(name="large", title="Large", is_organization=True, type="organization")
        model.Session.add(large)
        model.Session.flush()
        add_members(body, MEMBERS - 2)
        add_members(large, MANY_MEMBERS)
        for number in range(DATASETS):
            for tag in range(TAGS):
                model.Package.get(f"bench-{number}").add_tag_by_name(f"word-{number}-{tag}")
        add_files("bench-0", FILES)
        add_files("bench-1", MANY_FILES)
        package = model.Package.get("bench-2")
        package.name, package.owner_org = "large", large.id
        model.Session.commit()
        search.clear_all()
        search.rebuild(quiet=True)


def add_members(body: model.Group, count: int) -> None:
    """Add editors to a body."""
    for number in range(count):
        user = model.User(name=f"{body.name}-{number}", email=f"{body.name}-{number}@example.org")
        model.Session.add(user)
        model.Session.flush()
        member = {"table_name": "user", "table_id": user.id, "capacity": "editor"}
        model.Session.add(model.Member(group=body, state="active", **member))


def add_files(name: str, count: int) -> None:
    """Add links to a dataset until it has so many files."""
    package = model.Package.get(name)
    for number in range(1, count):
        link = model.Resource(package_id=package.id, url=f"https://example.org/{number}.csv")
        link.name, link.position, link.state, link.format = (
            f"File {number}",
            number,
            "active",
            "CSV",
        )
        model.Session.add(link)


def compare() -> int:
    """Print a line for each claim; return 1 if one does not hold."""
    ini = os.environ["CKAN_INI"]
    for step in ("fill", "enlarge"):
        # In processes of their own: each CKAN registers its plugins once.
        subprocess.run([sys.executable, "-W", "ignore", __file__, step, ini], check=True)
    plain = settings(ini, "ckan-defaults", {"ckan.plugins = .*": PLAIN, OWN_SETTINGS: ""})
    uncached = settings(ini, "uncached", UNCACHED)
    sites = {"ckan": Site(plain), "uncached": Site(uncached), "cached": Site(Path(ini))}
    print(f"{'page':<24}{'CPU ms':<18}{'times as fast (95 %)':<24}{'at least':<10}SQL")
    verdicts = [is_kept(claim, sites) for claim in CLAIMS]
    for site in sites.values():
        site.process.kill()
    return int(not all(verdicts))


def is_kept(claim: Claim, sites: dict[str, Site]) -> bool:
    """Measure a claim and print it; return whether it holds."""
    found = claim.ratios(sites)
    slow, fast, statements = (statistics.median(column) for column in zip(*found, strict=True))
    ratios = [before / after for before, after, _ in found]
    # The lower end of the interval is the upper end of the other way round.
    bound = 1 / upper_bound([1 / ratio for ratio in ratios])
    costs, times = f"{1000 * slow:.1f}/{1000 * fast:.2f}", statistics.median(ratios)
    holds = bound >= claim.least and statements <= MOST_STATEMENTS
    faster = f"{times:.1f} ({bound:.1f})"
    print(f"{claim.page:<24}{costs:<18}{faster:<24}{claim.least:<10}{statements:.0f}", flush=True)
    return holds


if __name__ == "__main__":
    if sys.argv[1:2] == ["fill"]:
        fill(sys.argv[2])
    elif sys.argv[1:2] == ["enlarge"]:
        enlarge(sys.argv[2])
    else:
        sys.exit(compare())
