"""The order and families of API versions."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from replayer.stripeapi import versions

KNOWN = [*versions.FAMILIES, "2025-05-28.basil", "2025-10-29.clover", versions.NEWEST]
ANY = st.sampled_from([*KNOWN, "2019-05-16", "2031-01-01.zeus", "2024-06-20; some_beta=v1", "no version", ""]) | st.none()


@pytest.mark.parametrize(
    ("version", "family"),
    [
        ("2019-05-16", "2020-08-27"),
        ("2020-08-27", "2020-08-27"),
        ("2022-10-01", "2022-08-01"),
        ("2024-06-20", "2024-06-20"),
        ("2024-09-30.acacia", "acacia"),
        ("2025-05-28.basil", "basil"),
        ("2025-10-29.clover", "clover"),
        ("2026-03-25.dahlia", "dahlia"),
        ("2025-08-27.preview", "basil"),
        ("2031-01-01.zeus", "endive"),
        ("nonsense", "endive"),
        (None, "endive"),
    ],
)
def test_a_version_belongs_to_the_family_that_it_names_or_that_its_date_falls_into(version: str | None, family: str) -> None:
    assert versions.family(version) == family


def test_basil_is_later_than_acacia_and_earlier_than_clover() -> None:
    assert versions.at_least("2025-03-31.basil", "2025-02-24.acacia")
    assert versions.at_least("2025-03-31.basil", "2025-03-31.basil")
    assert not versions.at_least("2025-08-27.basil", "2025-09-30.clover")
    assert versions.at_least(None, versions.NEWEST)


def test_a_lifetime_holds_its_first_version_and_not_its_last() -> None:
    assert versions.within("2024-06-20", None, "2025-03-31.basil")
    assert not versions.within("2025-03-31.basil", None, "2025-03-31.basil")
    assert versions.within("2025-03-31.basil", "2025-03-31.basil")
    assert not versions.within("2025-02-24.acacia", "2025-03-31.basil")


def test_beta_flags_are_left_out_of_a_version() -> None:
    assert versions.parse("2024-06-20; some_beta=v1") == versions.Version("2024-06-20")
    assert versions.parse("2025-03-31.basil") == versions.Version("2025-03-31", "basil")
    assert versions.parse("v1") is None


@given(ANY, ANY)
def test_of_two_versions_one_is_at_least_the_other(one: str | None, other: str | None) -> None:
    assert versions.at_least(one, other or versions.NEWEST) or versions.at_least(other, one or versions.NEWEST)


@given(st.permutations(KNOWN))
def test_the_order_of_versions_does_not_depend_on_how_they_came(shuffled: list[str]) -> None:
    assert versions.ordered(shuffled) == sorted(KNOWN, key=lambda version: version[:10])


@given(st.text())
def test_no_text_is_too_strange_for_a_family(text: str) -> None:
    assert versions.family(text)
    assert len(versions.date(text)) == 10
