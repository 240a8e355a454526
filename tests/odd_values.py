"""Values for the fields of forms, for Hypothesis: such as a field takes, and such as nobody should send."""

import datetime as dt

from django import forms
from hypothesis import strategies as st

ODD = [
    *(
        "",
        " ",
        "\x00",
        "a\x00b",
        "%00",
        "\ud800",
        "a\udfffb",
        "\u202egnp.exe",
        "\u2028",
        "\ufeff",
        "A" + "\u0301" * 100,
    ),
    *("0", "-1", "-0", "00", "1.5", "1e400", "NaN", "Infinity", "1_000", " 1 ", "+1", "0x10", "٣", "１２", "²", "½"),
    *("9" * 19, "9" * 30, "9" * 5_000, "9223372036854775808", "-9223372036854775809", "2147483648"),
    *("true", "None", "null", "undefined", "[]", "{}", '{"a": "\\ud800"}', "a:b", "1:2:3", "1:", ":1", ":", "1:²"),
    *(
        "1,2",
        "-",
        "--",
        ",",
        "..",
        "-1.-2",
        "1.2",
        "0.0",
        "1;2",
        "_",
        "_5F",
        "_ZZ",
        "_00",
        "__",
        "a" * 300,
        "é" * 1_000,
    ),
    *(
        "2022-02-30",
        "0000-00-00",
        "99999-01-01",
        "10000-01-01",
        "0001-01-01",
        "9999-12-31",
        "25:61",
        "24:00",
        "23:59:60",
    ),
    *(
        "//evil.example",
        "/\\evil",
        "http://[",
        "http://[::1",
        "https://evil.example/",
        "javascript:alert(1)",
        "///",
        "\\",
    ),
    *("../../etc/passwd", "' OR 1=1 --", "{{7*7}}", "{% x %}", "%s%n", "${7*7}", "<script>alert(1)</script>", '"><b>'),
    *("a\r\nBcc: eve@example.com", "a\nb", "\t=1", "=1+1", "@x", "xn--", "xn--a", "a@", "@b", "a@b", "x" * 100_000),
    *("*", "?", "[", "(((((", "\\", "%", "%%", "_%", "'", '"', "`", ";", "\x1b[31m", "\x7f", "\x85"),
]

LETTERS = st.characters(categories=("L", "N", "P", "S"))


def odd():
    return st.one_of(st.sampled_from(ODD), st.text(max_size=30))


def sentence(least=1, most=40):
    """Text that a person might type; spaces stand inside alone, since fields strip them."""
    return st.text(LETTERS, min_size=max(least, 1), max_size=max(1, min(most, 40)))


def mostly(usual, seldom):
    """Three times of four the one; ``st.one_of`` counts the same strategy once."""
    return st.integers(0, 3).flatmap(lambda drawn: seldom if drawn == 3 else usual)


def valid(field):
    """Values that this field of a Django form takes, as the text a browser would send; None: it is not sent."""
    if isinstance(field, forms.MultiValueField):
        return valid(field.fields[0])
    if isinstance(field, (forms.ChoiceField, forms.ModelChoiceField)):
        return _choice(field)
    if isinstance(field, forms.BooleanField):
        return st.just("on") if field.required else st.sampled_from(["on", None])
    if isinstance(field, forms.IntegerField):
        return st.integers(field.min_value or 0, field.max_value or 32_000).map(str)
    if isinstance(field, forms.DateField):
        return st.dates(dt.date(1990, 1, 1), dt.date(2090, 1, 1)).map(str)
    if isinstance(field, forms.TimeField):
        return st.times().map(lambda time: time.strftime("%H:%M:%S"))
    if isinstance(field, forms.DateTimeField):
        return st.dates(dt.date(1990, 1, 1)).map("{} 09:30:00".format)
    if isinstance(field, forms.JSONField):
        return st.sampled_from(["{}", "[]", "null", '["example.com"]', '{"a": 1}'])
    return _text(field)


def _text(field):
    if isinstance(field, forms.EmailField) or getattr(field.widget, "input_type", "") == "email":
        return st.integers(0, 9_999).map(lambda number: f"p{number}@example.com")
    if isinstance(field, forms.URLField):
        return st.sampled_from(["https://example.com/", "http://example.org/a?b=c#d", "https://münchen.example/"])
    if isinstance(field, forms.SlugField):
        return st.text("abcdefghij0123456789-_", min_size=3, max_size=20)
    most = getattr(field, "max_length", None) or 40
    text = mostly(sentence(getattr(field, "min_length", None) or 1, most), st.just("x" * min(most, 2_000)))
    return text if field.required else mostly(text, st.just(""))


def _choice(field):
    choices = []
    for value, label in list(field.choices)[:60]:
        choices += [str(value)] if not isinstance(label, (list, tuple)) else [str(inner) for inner, _ in label]
    given = [value for value in choices if value] or [""]
    if isinstance(field, (forms.MultipleChoiceField, forms.ModelMultipleChoiceField)):
        return st.lists(st.sampled_from(given), min_size=int(field.required), max_size=3, unique=True)
    return st.sampled_from(given) if field.required else mostly(st.sampled_from(given), st.just(""))
