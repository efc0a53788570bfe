"""Makes odd tables with schemas, all different, the same for the same number."""

# ruff: noqa: RUF001, S311, DTZ001 - odd signs and chances are what it is about; workbooks know no zones
from __future__ import annotations

import pickle
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

CELLS = {
    "integer": [
        "1",
        "-7",
        "+5",
        "007",
        "1_000",
        "12",
        "-0",
        "0",
        "3",
        "5",
        "1.0",
        "1e3",
        "NA",
        "x",
        "0x1F",
        "999999999999999999",
        "-999999999999999999",
        "1152921504606846976",
        "9223372036854775808",
        "99999999999999999999999",
        "32767",
        "9223372036854775807",
        "١٢٣",
        "٣",
        "+0",
        "-",
        "--1",
        "1-",
        "12€",
        "€12",
        "",
        " 12 ",
        "1 000",
        "12\u00a0",
        "\ufeff5",
        "\t4",
    ],
    "number": [
        "1",
        "1.5",
        "-2.",
        "+.5",
        "1e5",
        "1E+2",
        "NaN",
        "nan",
        "inf",
        "-Infinity",
        "1_0.5",
        "1,5",
        "NA",
        "abc",
        "١٫٥",
        "1.2.3",
        "0.1",
        "100",
        "100.0",
        "0",
        "-0",
        "99.9999999999",
        "1e400",
        "1e-400",
        "nan(1)",
        "0x1p3",
        "1.50",
        "12,50",
        "1.234,5",
        "sNaN",
        ".",
        ",",
        "1e",
        "5€",
        "%5",
        "123456789012345678901234567890.5",
        "",
        " 3.5 ",
        "1 234,5",
        "1\u00a0234",
        "12 ,5",
        "\t4",
    ],
    "date": [
        "2020-01-05",
        "2020-1-5",
        "2020-02-30",
        "2020-02-29",
        "2021-02-29",
        "05/01/2020",
        "31/01/2020",
        "29/02/2021",
        "NA",
        "0000-01-01",
        "0001-01-01",
        "9999-12-31",
        "٢٠٢٠-٠١-٠٥",
        "2020-12-31",
        "20-01-05",
        "2020-01-31",
        "2020-04-31",
        "",
        "2020-01-05 ",
        "Jan 5 2020",
    ],
    "datetime": [
        "2020-01-05T10:00:00",
        "2020-01-05T10:00:00+01:00",
        "2020-01-05T24:00:00",
        "2020-01-05T10:00",
        "2020-02-30T10:00:00",
        "2020-01-05T10:00:60",
        "2020-01-05T10:00:00.123456Z",
        "2020-01-05x10:00:00",
        "2020-01-31T00:00:00-00:00",
        "2020-06-31T00:00:00",
        "2020-02-29T00:00:00",
        "2019-02-29T00:00:00",
        "2020-01-05T10:00:00+01",
        "2020-01-05T10:00:00Z",
        "2020-01-05T10:00:00+24:00",
        "NA",
        "",
        "2020-01-05 10:00:00Z",
        "05/01/2020 10:00",
    ],
    "boolean": [
        "true",
        "True",
        "TRUE",
        "1",
        "0",
        "false",
        "oui",
        "non",
        "NA",
        "yes",
        "tRUE",
        "t",
        "",
        " true",
    ],
    "year": [
        "2020",
        "1999",
        "20",
        "+202",
        "2_02",
        "٢٠٢٠",
        "-001",
        "0000",
        "9999",
        "20200",
        "abcd",
        "NA",
        "",
        " 202",
    ],
    "string": [
        "a",
        "NA",
        "é",
        "تونس",
        "AB-12",
        "ab-12",
        "xxxxxxxxxxxx",
        "'q'",
        "A.B",
        "TN",
        "=1+1",
        "@x",
        "-1",
        "+216(1)",
        "-",
        "5",
        "A",
        "B",
        "xB",
        "BA",
        "a@b.tn",
        "http://a.tn/",
        "urn:x",
        "4f2",
        "d2719f7e-0a11-4b5c-8d3f-0d7b7d5f0a11",
        "POINT(1",
        "2)",
        "eA==",
        "٣",
        "",
        " ",
        "a b",
        "AB-12\n",
        "\u2028",
        "\x0b",
        "\tx",
        "-\n(",
        "a\n\nb",
        "\r\n",
        "y" * 255,
        "POINT (1 2)",
    ],
    "any": ["", "1", "x", "=1", "NA"],
    "time": ["10:00:00", "1", "", "10:00:00Z", "24:00:00", "10:00", "10:00:60"],
    "geopoint": ["1,2", "x", "", "200,1", "1, 2", "-90.5,45.25", "90,91", "89,90", "1,,2", "1e1,2"],
    "array": ["[1]", "x", "[]", "", '["a","b"]', "[null]"],
    "object": ["{}", "x", "", '{"a":1}'],
    "geojson": ['{"type":"Point","coordinates":[1,2]}', "{}", "x", ""],
    "duration": ["P1Y", "PT1H", "x", "", "P12M"],
    "yearmonth": ["2020-01", "2020-13", "x", "", "20-1", "2020-1", "-1-1", "٢٠-١"],
}
PATTERNS = (
    r"[A-Z]{2}-[0-9]{2}",
    r"\w+",
    r"A|B",
    r"[a-zé]*",
    r".*",
    r"A\.B",
    r"\d",
    r"[^a]+",
    r"[^\d]+",
    r"(?i)ab-\d+",
    r"(A|a)b?",
    r"x{3,}",
    r"\S+",
    r"a\b",
    r"",
    r"(?:a|b)+$",
    r"[\w-]+",
)
KEYED = ("integer", "string", "number", "date", "year", "boolean", "yearmonth", "datetime")


@dataclass(frozen=True, slots=True)
class OddTable:
    """A file and its schema."""

    content: bytes
    schema: dict
    encoding: str


def odd_table(number: int, *, most_rows: int = 14, keys: bool = True) -> OddTable:
    """Return an odd table; the same for the same number."""
    chance = random.Random(number)
    fields = [_field(chance, place) for place in range(chance.randint(1, 6))]
    schema: dict = {"fields": fields}
    if chance.random() < 0.4:
        schema["missingValues"] = chance.choice(
            [["", "NA"], ["NA"], ["", "-", "0"], ["", "x", "a"]]
        )
    if chance.random() < 0.1:
        schema["fieldsMatch"] = chance.choice(["equal", "subset", "superset", "partial"])
    if keys:
        _add_keys(chance, schema)
    if chance.random() < 0.3:
        schema["rules"] = [_rule(chance, fields) for _ in range(chance.choice([1, 1, 2]))]
    _add_checks(random.Random(f"checks {number}"), schema)
    encoding = chance.choice(["utf-8", "utf-8", "utf-8", "utf-8-sig", "utf-16"])
    return OddTable(_text(chance, fields, most_rows).encode(encoding), schema, encoding)


class OddRows:
    """The cells of an odd table as a workbook would give them: numbers, days, nothing.

    As of a file, each reading has cells of its own. Frictionless takes a NaN for equal to itself
    where both are the same object, but none that was read again.
    """

    header_rows, left = 1, 0

    def __init__(self, number: int, *, most_rows: int = 14) -> None:
        odd = odd_table(number, most_rows=most_rows)
        chance = random.Random(-number)
        self.schema = odd.schema
        fields = odd.schema["fields"]
        self.labels: list[object] = list(_labels(chance, fields))
        pools = [CELLS[each["type"]] for each in fields]
        # A workbook is as wide in every row.
        pools = (pools * 2)[: len(self.labels)]
        few = chance.random() < 0.5
        if few:
            pools = [chance.sample(pool, 3) for pool in pools]
        size = chance.randint(0, most_rows)
        self.columns = [
            [_object(chance, chance.choice(pool)) for _ in range(size)] for pool in pools
        ]

    def batches(self) -> Iterator[list[list[object]]]:
        columns = copies(self.columns)
        for start in range(0, len(columns[0]) if columns else 0, 5):
            yield [column[start : start + 5] for column in columns]

    def __iter__(self) -> Iterator[list[object]]:
        yield self.labels
        for row in zip(*copies(self.columns), strict=True):
            yield list(row)


def copies(columns: list[list[object]]) -> list[list[object]]:
    """Return the same cells, none of which is the same object."""
    return pickle.loads(pickle.dumps(columns))  # noqa: S301 - these were made here


def _object(chance: random.Random, cell: str) -> object:
    if not cell:
        return None
    way = chance.random()
    if way < 0.08:
        return chance.choice([True, False, 0, 1.5, datetime(2020, 1, 5), datetime(2020, 1, 5, 8)])
    if way < 0.5:
        for read in (int, float, Decimal, date.fromisoformat, datetime.fromisoformat):
            try:
                return read(cell)
            except (ValueError, ArithmeticError):
                pass
    return cell


def _field(chance: random.Random, place: int) -> dict:
    kind = chance.choice([*CELLS, "integer", "number", "string", "string", "date"])
    field: dict = {"name": f"f{place}", "type": kind}
    limits: dict = {}
    if chance.random() < 0.3:
        limits["required"] = True
    adders = {
        "integer": _integer,
        "number": _number,
        "date": _date,
        "boolean": _boolean,
        "year": _year,
        "string": _string,
        "datetime": _datetime,
    }
    if kind in adders:
        adders[kind](chance, field, limits)
    if kind in KEYED and chance.random() < 0.25:
        limits["unique"] = True
    if kind == "array" and chance.random() < 0.4:
        field["arrayItem"] = {"type": "integer", "constraints": {"required": True}}
    if chance.random() < 0.07:
        field["missingValues"] = ["", "-", "AB-12"]
    if limits:
        field["constraints"] = limits
    return field


def _integer(chance: random.Random, field: dict, limits: dict) -> None:
    for name, values in (
        ("minimum", [0, 2, -7, 10**18]),
        ("maximum", [100, 3, 10**30]),
        ("enum", [[1, 2, 3, 12], ["5", 7]]),
    ):
        if chance.random() < 0.2:
            limits[name] = chance.choice(values)
    if chance.random() < 0.15:
        field["bareNumber"] = False


def _number(chance: random.Random, field: dict, limits: dict) -> None:
    if chance.random() < 0.3:
        field["decimalChar"] = chance.choice([",", ",", "."])
    if chance.random() < 0.3:
        field["groupChar"] = chance.choice([" ", ".", ",", "\u00a0"])
    if chance.random() < 0.15:
        field["bareNumber"] = False
    if chance.random() < 0.15:
        field["floatNumber"] = True
    for name, values in (
        ("minimum", ["0", "1", "100"]),
        ("maximum", ["100", "2"]),
        ("enum", [["1", "100"]]),
    ):
        if chance.random() < 0.15:
            limits[name] = chance.choice(values)


def _date(chance: random.Random, field: dict, limits: dict) -> None:
    if chance.random() < 0.4:
        field["format"] = chance.choice(
            ["%d/%m/%Y", "any", "%Y-%m-%d", "%d%m", "%y-%m-%d", "%Y %Y"]
        )
    elif chance.random() < 0.3:
        limits[chance.choice(["minimum", "maximum"])] = "2020-01-31"


def _datetime(chance: random.Random, field: dict, limits: dict) -> None:
    if chance.random() < 0.3:
        field["format"] = chance.choice(["any", "%d/%m/%Y %H:%M"])


def _boolean(chance: random.Random, field: dict, limits: dict) -> None:
    if chance.random() < 0.5:
        field |= {"trueValues": ["oui", "1"], "falseValues": ["non", "0"]}


def _year(chance: random.Random, field: dict, limits: dict) -> None:
    if chance.random() < 0.4:
        limits["minimum"] = "1999"


def _string(chance: random.Random, field: dict, limits: dict) -> None:
    if chance.random() < 0.3:
        limits["pattern"] = chance.choice(PATTERNS)
    if chance.random() < 0.15:
        limits["enum"] = ["a", "é", "تونس", "AB-12", "A", "B"]
    if chance.random() < 0.15:
        limits["maxLength"] = 5
    if chance.random() < 0.15:
        limits["minLength"] = 2
    if chance.random() < 0.15:
        field["format"] = chance.choice(["email", "uri", "uuid", "binary", "wkt"])


def _add_keys(chance: random.Random, schema: dict) -> None:
    able = [field["name"] for field in schema["fields"] if field["type"] in KEYED]
    if not able:
        return
    if chance.random() < 0.5:
        schema["primaryKey"] = chance.sample(able, min(len(able), chance.choice([1, 1, 2, 3])))
    for _ in range(chance.choice([0, 0, 0, 1, 2])):
        size = min(len(able), chance.choice([1, 1, 2]))
        schema.setdefault("foreignKeys", []).append(
            {
                "fields": chance.sample(able, size),
                "reference": {"resource": "", "fields": chance.sample(able, size)},
            }
        )


def _rule(chance: random.Random, fields: list[dict]) -> dict:
    able = [each["name"] for each in fields if chance.random() < 0.8] or ["f0", "nothing"]
    compare = chance.choice(["<", "<=", ">", ">=", "==", "!="])
    formula = f"{_term(chance, able)} {compare} {_term(chance, able)}"
    way = chance.random()
    if way < 0.2:
        formula += (
            f" {chance.choice(['and', 'or'])} not {_term(chance, able)} == {_term(chance, able)}"
        )
    elif way < 0.3:
        formula = f"{chance.choice(able)} == None or {formula}"
    elif way < 0.35:
        formula = f"{chance.choice(able)} in ['a', 1, 'AB-12'] or {formula}"
    return {"id": "r", "type": "row-constraint", "formula": formula}


def _add_checks(chance: random.Random, schema: dict) -> None:
    """Add checks of the table, among the rules about its rows."""
    if chance.random() < 0.6:
        return
    rules = schema.setdefault("rules", [])
    for _ in range(chance.choice([1, 1, 2, 3, 4])):
        check = _check(chance, schema["fields"])
        if chance.random() < 0.2:
            check["severity"] = "warning"
        rules.insert(chance.randint(0, len(rules)), check)


def _check(chance: random.Random, fields: list[dict]) -> dict:  # noqa: C901 - of each kind
    kind = chance.choice(
        [
            *("ascii-value", "deviated-cell", "deviated-value", "deviated-value", "duplicate-row"),
            *("forbidden-value", "required-value", "sequential-value", "sequential-value"),
            *("table-dimensions", "truncated-value"),
        ]
    )
    check: dict = {"type": kind}
    numeric = [each for each in fields if each["type"] in ("integer", "number")]
    able = numeric if kind in ("deviated-value", "sequential-value") and numeric else fields
    field = chance.choice(able)
    if kind in ("deviated-value", "forbidden-value", "required-value", "sequential-value"):
        check["fieldName"] = field["name"] if chance.random() < 0.95 else "none"
    if kind in ("forbidden-value", "required-value"):
        pool = [*CELLS[field["type"]], None, 1, 12, 5.0, True, 1.5]
        # Of several that are missing, Frictionless tells the first by chance.
        most = 1 if kind == "required-value" else 4
        check["values"] = chance.sample(pool, chance.randint(1, most))
    if kind in ("deviated-value", "deviated-cell") and chance.random() < 0.7:
        check["interval"] = chance.choice([0, 1, 1, 2, 0.5, -1])
    if kind == "deviated-value" and chance.random() < 0.7:
        check["average"] = chance.choice(["mean", "median", "mode"])
    if kind == "deviated-cell" and chance.random() < 0.2:
        check["ignoreFields"] = [field["name"]]
    if kind == "table-dimensions":
        for name in ("numRows", "minRows", "maxRows", "numFields", "minFields", "maxFields"):
            if chance.random() < 0.4:
                check[name] = chance.choice([0, 1, 3, 8, 2.5])
    return check


def _term(chance: random.Random, names: list[str]) -> str:
    one, other = chance.choice(names), chance.choice(names)
    operation = chance.choice("+-*/")
    return chance.choice(
        [
            one,
            one,
            one,
            f"{one} {operation} {other}",
            "1",
            "100",
            "1.5",
            "'a'",
            f"-{one}",
            f"{one} {operation} 2",
        ]
    )


def _text(chance: random.Random, fields: list[dict], most_rows: int) -> str:
    delimiter = chance.choice(",,,;;\t|")
    line_end = chance.choice(["\n", "\n", "\n", "\r\n", "\r"])
    lines = [delimiter.join(_labels(chance, fields))]
    few = chance.random() < 0.5
    pools = [
        chance.sample(CELLS[each["type"]], 3) if few else CELLS[each["type"]] for each in fields
    ]
    lines += [_line(chance, pools, delimiter) for _ in range(chance.randint(0, most_rows))]
    text = line_end.join(lines)
    return text + line_end * chance.choice([0, 1, 1, 1, 1, 2])


def _labels(chance: random.Random, fields: list[dict]) -> list[str]:
    labels = [each["name"] for each in fields]
    way = chance.random()
    if way < 0.04:
        labels[0] = ""
    elif way < 0.08:
        labels.append("extra")
    elif way < 0.12:
        labels.pop()
    elif way < 0.16:
        labels[-1] = labels[0]
    elif way < 0.2:
        chance.shuffle(labels)
    return labels


def _line(chance: random.Random, pools: list[list[str]], delimiter: str) -> str:
    every = chance.choice(list(CELLS.values()))
    cells = [chance.choice(pool if chance.random() < 0.92 else every) for pool in pools]
    way = chance.random()
    if way < 0.04:
        cells.pop()
    elif way < 0.08:
        cells += ["z"] * chance.choice([1, 2])
    elif way < 0.11:
        cells = [""] * len(cells)
    line = delimiter.join(_quoted(chance, cell, delimiter) for cell in cells)
    if way > 0.98:
        return ""
    if way > 0.97:
        return line[:1] + '"' + line[1:]
    return "  " if way > 0.96 else line


def _quoted(chance: random.Random, cell: str, delimiter: str) -> str:
    if any(sign in cell for sign in (delimiter, "\n", "\r", '"')) or chance.random() < 0.08:
        return '"' + cell.replace('"', '""') + '"'
    return cell
