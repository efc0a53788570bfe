"""Markdown of comments as safe HTML: ckanext.consultation.domain.markup and .links."""

# ruff: noqa: RUF001 - texts of several scripts
import time
import unicodedata
from html.parser import HTMLParser
from urllib.parse import urlsplit

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ckanext.consultation.domain.links import host_of
from ckanext.consultation.domain.markup import rendered
from ckanext.consultation.domain.search_text import search_text

ALLOWED = {
    "p": {"dir"},
    "blockquote": {"dir"},
    "ul": {"dir"},
    "ol": {"dir", "start"},
    "li": {"dir"},
    "a": {"href", "rel"},
    "strong": set(),
    "em": set(),
    "bdi": set(),
    "br": set(),
}
REL = "nofollow ugc noopener"


class Audit(HTMLParser):
    """Reads a page as strictly as this suite promises it: other tags, or tags left open, fail."""

    def __init__(self, page):
        super().__init__(convert_charrefs=True)
        self.is_open, self.deepest, self.links, self.shown = [], 0, [], ""
        self.feed(page)
        self.close()
        assert self.is_open == []

    def handle_starttag(self, tag, attrs):
        assert tag in ALLOWED, tag
        assert {name for name, _value in attrs} <= ALLOWED[tag], attrs
        values = dict(attrs)
        assert values.get("dir", "auto") == "auto"
        if tag == "a":
            assert urlsplit(values["href"]).scheme.lower() in ("http", "https")
            assert values["rel"] == REL
            self.links.append(values["href"])
        if tag != "br":
            self.is_open.append(tag)
            self.deepest = max(self.deepest, len(self.is_open))

    def handle_endtag(self, tag):
        assert self.is_open.pop() == tag

    def handle_data(self, data):
        self.shown += data

    def handle_comment(self, data):
        raise AssertionError(data)

    handle_decl = handle_pi = unknown_decl = handle_comment


def audit(body):
    return Audit(rendered(body).html)


@pytest.mark.parametrize(
    ("body", "page"),
    [
        ("un\ndeux\n\ntrois", "<p>un<br>\ndeux</p>\n<p>trois</p>\n"),
        ("**fort** et *appuyé*", "<p><strong>fort</strong> et <em>appuyé</em></p>\n"),
        ("__fort__ _appuyé_", "<p><strong>fort</strong> <em>appuyé</em></p>\n"),
        ("- a\n- b", "<ul><li>a</li>\n<li>b</li>\n</ul>\n"),
        ("3. c\n4. d", '<ol start="3"><li>c</li>\n<li>d</li>\n</ol>\n'),
        ("> cité", "<blockquote><p>cité</p>\n</blockquote>\n"),
        ("# titre", "<p># titre</p>\n"),
        ("| a | b |\n|---|---|", "<p>| a | b |<br>\n|---|---|</p>\n"),
        ("`code` ~~non~~", "<p>`code` ~~non~~</p>\n"),
        ("<b>gras</b> & co", "<p>&lt;b&gt;gras&lt;/b&gt; &amp; co</p>\n"),
        ("&lt;b&gt;", "<p>&amp;lt;b&amp;gt;</p>\n"),
        (r"2 \* 3 \* 4", "<p>2 * 3 * 4</p>\n"),
        ("snake_case_word 5*3*2", "<p>snake_case_word 5<em>3</em>2</p>\n"),
    ],
)
def test_the_small_part_of_markdown(body, page):
    assert rendered(body).html.replace(' dir="auto"', "") == page


@pytest.mark.parametrize(
    ("body", "link"),
    [
        (
            "[le texte](https://iort.tn/a?b=1&c=2)",
            '<a href="https://iort.tn/a?b=1&amp;c=2" rel="{rel}"><bdi>le texte</bdi></a>'
            " <bdi>(iort.tn)</bdi>",
        ),
        (
            "https://iort.tn/a.",
            '<a href="https://iort.tn/a" rel="{rel}"><bdi>https://iort.tn/a</bdi></a>.',
        ),
        (
            "(https://fr.example.org/wiki/A_(b))",
            '(<a href="https://fr.example.org/wiki/A_(b)" rel="{rel}">'
            "<bdi>https://fr.example.org/wiki/A_(b)</bdi></a>)",
        ),
        (
            "<https://iort.tn>",
            '<a href="https://iort.tn" rel="{rel}"><bdi>https://iort.tn</bdi></a>',
        ),
        (
            "[iort.tn/loi](https://iort.tn/x)",
            '<a href="https://iort.tn/x" rel="{rel}"><bdi>iort.tn/loi</bdi></a>',
        ),
        (
            '[x](https://iort.tn "titre\\" onclick=alert(1)")',
            '<a href="https://iort.tn" rel="{rel}"><bdi>x</bdi></a> <bdi>(iort.tn)</bdi>',
        ),
    ],
)
def test_links_lead_to_the_web(body, link):
    assert rendered(body).html == f'<p dir="auto">{link.format(rel=REL)}</p>\n'


@pytest.mark.parametrize(
    ("label", "address", "host"),
    [
        ("https://banque.tn", "https://evil.example/login", "evil.example"),
        ("banque.tn", "https://evil.example", "evil.example"),
        ("cliquez", "https://evil.example", "evil.example"),
        ("www.evil.example", "https://evil.example", "evil.example"),
        ("https://аррӏе.com", "https://аррӏе.com", "xn--80ak6aa92e.com"),
        ("\u202enhoj\u202c", "https://evil.example", "evil.example"),
    ],
)
def test_a_link_shows_where_it_leads_if_its_words_do_not(label, address, host):
    page = rendered(f"[{label}]({address})").html

    assert f"<bdi>({host})</bdi>" in page
    assert not set(page) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def test_a_bare_address_in_other_letters_shows_its_true_host():
    assert "<bdi>(xn--80ak6aa92e.com)</bdi>" in rendered("https://аррӏе.com").html


ADDRESSES = [
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "java\tscript:alert(1)",
    "java&#x09;script:alert(1)",
    "java&Tab;script:alert(1)",
    "javascript&colon;alert(1)",
    "&#106;avascript:alert(1)",
    "\x01javascript:alert(1)",
    "data:text/html;base64,PHNjcmlwdD4=",
    "data:image/svg+xml,<svg/onload=alert(1)>",
    "vbscript:msgbox(1)",
    "file:///etc/passwd",
    "//evil.example",
    "/user/logout",
    "https:evil.example",
    "https:/evil.example",
    "https:\\\\evil.example",
    "https://banque.tn@evil.example",
    "https://banque.tn\\@evil.example",
    "https://",
    "https://localhost/x",
    "http://127.0.0.1/x",
    "http://0x7f.1/x",
    "https://evil%2eexample/",
    "https://evil.example%00.tn/",
    "https://[::1",
    "https://a.example:99999999",
    "mailto:a@b.example",
    "tel:+21698765432",
    "#ancre",
    "",
]


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize("form", ["[x]({})", "[x](<{}>)", "<{}>", "{}", "> - **[x]({})**"])
def test_an_address_elsewhere_is_no_link(address, form):
    found = audit(form.format(address))

    assert [link for link in found.links if "evil" not in link] == []
    assert all(host_of(link) == "evil.example" for link in found.links)
    # Nothing vanishes: readers and moderators see what was written.
    assert "x" in found.shown or form in ("<{}>", "{}")


ATTACKS = [
    "<script>alert(1)</script>",
    "<svg/onload=alert(1)>",
    "<img src=x onerror=alert(1)>",
    "> <iframe src=javascript:alert(1)>",
    "- <a href='javascript:alert(1)'>x</a>",
    "![x](https://evil.example/x.png)",
    '![x](https://evil.example "onerror=alert(1)")',
    '[x](https://evil.example/"onmouseover="alert(1))',
    "[x](https://evil.example/<script>)",
    "[<img src=x onerror=alert(1)>](https://evil.example)",
    "[a](https://evil.example) [b",
    "**[a**](https://evil.example)",
    "*a **b* c**",
    "[a [b](https://one.example) c](https://two.example)",
    "<!-- comment -->",
    "<![CDATA[ x ]]>",
    "<?php echo 1 ?>",
    "<!DOCTYPE html>",
    "</p></article><h1>Ministry</h1>",
    "&#60;script&#62;",
    "[x]: javascript:alert(1)\n\n[x]",
    "<style>*{display:none}</style>",
    "\0<scr\0ipt>",
    "<\u0338script>",
    "**\u0338script**",
    'https://evil.example/"><script>alert(1)</script>',
    "https://evil.example/'onclick='alert(1)",
    "`</code><script>`",
    "    <script>indented</script>",
    '<math><mi//xlink:href="data:x,<script>alert(4)</script>">',
    '<noscript><p title="</noscript><img src=x onerror=alert(1)>">',
]


@pytest.mark.parametrize("body", ATTACKS)
@pytest.mark.parametrize("around", ["{}", "> {}", "- {}", "1. > **{}**", "[{}](https://a.example)"])
def test_an_attack_comes_out_as_words(body, around):
    audit(around.format(body))


SIGNS = "*_[]()<>!\\`~#|-+.:/@\"'&;= \n\t\0\u0338\u064e\u202e"
TURNS = ["> ", "- ", "1. ", "**", "](", "a", "ن", "\n\n", "    "]
HARM = ["https://", "javascript:", "evil.example", "<script>", "&#x6a;", "<svg "]
PIECES = st.sampled_from([*SIGNS, *TURNS, *HARM])


@given(st.one_of(st.text(st.characters(), max_size=80), st.lists(PIECES, max_size=60).map("".join)))
@example("> " * 11 + "a")
@example("- " * 5 + "a")
@example("[" + "*" * 5 + "](https://a.example)")
@settings(max_examples=500)
def test_whatever_is_typed_comes_out_as_allowed_tags(body):
    out = rendered(body)

    found = Audit(out.html)
    assert found.deepest <= 20
    # Composed or not, the page stays the same page.
    assert Audit(unicodedata.normalize("NFC", out.html)).links == found.links


@given(st.lists(st.sampled_from(["mot", "كلمة", "> ", "- ", "**", "*", "\n", "\n\n", " ", "1. "])))
def test_no_word_is_lost_on_the_way(pieces):
    body = "".join(pieces)

    out = rendered(body)

    letters = [sign for sign in body if sign.isalpha()]
    assert [sign for sign in Audit(out.html).shown if sign.isalpha()] == letters
    assert [sign for sign in out.text if sign.isalpha()] == letters


@pytest.mark.parametrize(
    "opening", ["> ", ">", "- ", "1. ", "> - ", "[", "[a](", "*", "**", "![", "<"]
)
def test_ten_thousand_nested_openings_lose_nothing_and_stay_shallow(opening):
    found = audit(opening * (10_000 // len(opening)) + "fin")

    assert found.shown.rstrip().endswith("fin")
    assert found.deepest <= 20


SLOW = {
    "quotes": "> ",
    "quoted lines": "> a\n",
    "quotes and lists": "> - a\n",
    "lists": "- a\n",
    "brackets": "[",
    "closed brackets": "[]",
    "links": "[a](",
    "links with titles": '[a](b "',
    "images": "![",
    "empty links": "[]((",
    "emphasis": "*a ",
    "strong": "**a*",
    "both": "*_",
    "stars": "*",
    "angles": "<a",
    "schemes": "<http:",
    "addresses": "https://a.tn ",
    "one address": "https://a.tn)",
    "backslashes": "\\",
    "backticks": "\\``",
    "entities": "&#",
    "blank lines": ">\n",
    "marks": "a\u0301",
}


@pytest.mark.parametrize("unit", SLOW.values(), ids=SLOW)
def test_time_grows_with_the_length_alone(unit):
    def seconds(length):
        body = unit * (length // len(unit))
        best = []
        for _ in range(2):
            start = time.process_time()
            rendered(body)
            best.append(time.process_time() - start)
        return min(best)

    # Eight times the text takes about eight times the time; 64 times if it were quadratic.
    assert seconds(10_000) < 20 * seconds(1_250) + 0.03


def test_plain_text_reads_well():
    body = (
        "Bonjour **à tous**,\nvoici [la loi](https://iort.tn/1) et https://iort.tn/2\n"
        "- un\n  - deux\n\n3. trois\n4. quatre\n\n> cité\n>\n> encore\nMa réponse"
    )

    assert rendered(body).text == (
        "Bonjour à tous,\nvoici la loi (https://iort.tn/1) et https://iort.tn/2\n\n"
        "- un\n  - deux\n\n3. trois\n4. quatre\n\n> cité\n>\n> encore\n\nMa réponse"
    )


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("<amel@mail.tn>", "amel@mail.tn"),
        ("<https://iort.tn/é>", "https://iort.tn/é"),
        ("[https://iort.tn/é](https://iort.tn/é)", "https://iort.tn/é"),
        ("[x](javascript:alert)", "x (javascript:alert)"),
    ],
)
def test_plain_text_says_an_address_once(body, text):
    assert rendered(body).text == text


def test_what_is_quoted_is_not_the_writers_own():
    assert rendered("> L’article 3\n> dit cinq.\nC'est trop peu.\n\n- > et\n- moi").own_text == (
        "C'est trop peu.\n\n- moi"
    )


def test_each_block_takes_the_direction_of_its_first_letter():
    page = rendered("عربة من خمس\n\nUn véhicule sur cinq\n\n> نعم").html

    assert page.count('<p dir="auto">') == 3
    # What holds blocks alone has no letter of its own.
    assert "<blockquote>" in page


def test_the_words_stay_the_same_for_search():
    assert search_text(rendered("**عربة** من *خمس*").text) == search_text("عربة من خمس")
