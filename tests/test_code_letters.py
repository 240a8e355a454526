"""The letters of sign-in codes: 20 to the eighth, each as likely as any other, in each place."""

import random
from collections import Counter

import pytest
from allauth.account.adapter import get_adapter

pytestmark = [pytest.mark.fast, pytest.mark.slow]

LETTERS = "BCDFGHJKLMNPQRSTVWXZ"
CODES = 100_000
LIMIT = 62.6  # chi-square with 19 degrees of freedom: one run in two million is beyond; eight places, so one in 250,000


def chi_squares(make, codes=CODES):
    """For each of the eight places: how far the letters are from being equally frequent."""
    places = [Counter() for _ in range(8)]
    for _ in range(codes):
        code = make().replace("-", "")
        assert len(code) == 8
        for place, letter in zip(places, code, strict=True):
            place[letter] += 1
    expected = codes / len(LETTERS)
    return [sum((place[letter] - expected) ** 2 / expected for letter in LETTERS) for place in places]


def test_a_hundred_thousand_codes_have_no_bias():
    """SI-03."""
    make = get_adapter().generate_login_code
    assert set(make().replace("-", "")) <= set(LETTERS)
    assert max(chi_squares(make)) < LIMIT


def test_a_biased_source_is_found():
    """The control: the remainder of a byte, by which the first sixteen letters come a twelfth more often."""
    assert max(chi_squares(lambda: "".join(LETTERS[random.randrange(256) % 20] for _ in range(8)))) > LIMIT


def test_codes_come_from_the_systems_secret_source():
    """Seeding the ordinary generator changes nothing."""
    random.seed(1)
    first = get_adapter().generate_login_code()
    random.seed(1)
    assert get_adapter().generate_login_code() != first
