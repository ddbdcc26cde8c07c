"""The world's file: what is written is read again, and mistakes are named with their place."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from replayer.capture.world_file import TABLES, dump_world, load_world
from replayer.model import InputError, World
from replayer.model.world import Account, ExchangeRate, Fee, IssuerAnswer, TaxRate

TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["C"]), min_size=1, max_size=12)
MAYBE = st.none() | TEXT
DECIMAL = st.decimals(0, 100, places=4).map(lambda value: f"{value:f}") | st.integers(0, 100).map(str)
DAY = st.dates(date(2015, 1, 1), date(2035, 1, 1))
TIME = st.datetimes(datetime(2015, 1, 1), datetime(2035, 1, 1)).map(lambda at: at.replace(microsecond=0, tzinfo=UTC))
WORLDS = st.builds(
    World,
    accounts=st.lists(
        st.builds(
            Account, id=MAYBE, name=MAYBE, country=MAYBE, payment_method_types=st.none() | st.lists(TEXT),
            retry_days=st.none() | st.lists(st.integers(1, 60)), after_retries=st.sampled_from([None, "cancel", "unpaid", "past_due"]),
            settles_in=MAYBE, tax_behavior=st.sampled_from([None, "exclusive", "inclusive", "inferred_by_currency"]), source=MAYBE,
        )
    ),
    issuers=st.lists(
        st.builds(
            IssuerAnswer, payment_method=TEXT, attempt=st.integers(1, 99), answer=st.sampled_from(["succeeds", "declined", "requires_action"]),
            code=MAYBE, decline_code=MAYBE, amount=st.none() | st.integers(0, 10**9), currency=MAYBE, at=st.none() | TIME, source=MAYBE,
        )
    ),
    taxes=st.lists(
        st.builds(TaxRate, country=TEXT, state=MAYBE, postal=MAYBE, tax_code=MAYBE, percentage=DECIMAL, reason=TEXT, since=st.none() | DAY,
                  until=st.none() | DAY, derived=st.booleans(), source=MAYBE)
    ),
    fees=st.lists(
        st.builds(Fee, currency=TEXT, percent=DECIMAL, fixed=st.integers(0, 999), least=st.integers(0, 99), most=st.integers(0, 9**9), source=MAYBE)
    ),
    exchange_rates=st.lists(st.builds(ExchangeRate, currency=TEXT, to=TEXT, rate=DECIMAL.filter(lambda text: float(text) > 0), on=st.none() | DAY, source=MAYBE)),
)  # fmt: skip


@given(WORLDS)
def test_what_is_written_is_read_again(tmp_path_factory, world):
    file = tmp_path_factory.mktemp("world") / "world.yaml"
    file.write_text(dump_world(world), encoding="utf-8")
    assert load_world(file) == world


def test_a_fact_is_a_line():
    world = World(taxes=[TaxRate(country="DE", postal="101", percentage="19", since=date(2026, 3, 1), until=date(2026, 3, 31))])
    assert dump_world(world).splitlines()[2:] == [
        "taxes:",
        "- {country: DE, postal: '101', percentage: 19, since: 2026-03-01, until: 2026-03-31}",
    ]


def test_an_empty_file_is_a_world_without_facts(tmp_path):
    (tmp_path / "w.yaml").write_text("")
    assert load_world(tmp_path / "w.yaml") == World()


@pytest.mark.parametrize(
    ("text", "place", "word"),
    [
        ("- a\n", ":1:1", "a mapping of tables"),
        ("issuer: []\n", ":1:1", "did you mean `issuers`?"),
        ("fees: {}\n", ":1:1", "a list of facts"),
        ("fees:\n- 3\n", ":2:3", "a mapping"),
        ("taxes:\n- {country: DE, percent: 19}\n", ":2:17", "did you mean `percentage`?"),
        ("taxes:\n- {country: DE}\n", ":2:3", "`percentage`"),
        ("issuers:\n- {payment_method: pm_1, attempt: first, answer: succeeds}\n", ":2:26", "attempt"),
        ("issuers:\n- {payment_method: pm_1, attempt: 1, answer: maybe}\n", ":2:38", "maybe"),
        ("issuers:\n- {payment_method: pm_1, attempt: 0, answer: succeeds}\n", ":2:26", "attempt"),
        ("taxes:\n- {country: DE, percentage: nineteen}\n", ":2:17", "percentage"),
        ("taxes:\n- {country: DE, percentage: -1}\n", ":2:17", "percentage"),
        ("taxes:\n- {country: DE, postal: 10115, percentage: 19}\n", ":2:17", "postal"),
        ("exchange_rates:\n- {currency: eur, to: usd, rate: 0}\n", ":2:28", "rate"),
        ("accounts:\n- {retry_days: [3, soon]}\n", ":2:4", "retry_days"),
        ("a: [\n", ":2:1", "not YAML"),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_its_place(tmp_path, text, place, word):
    file = tmp_path / "w.yaml"
    file.write_text(text)
    with pytest.raises(InputError) as error:
        load_world(file)
    assert error.value.place == f"{file}{place}"
    assert word in f"{error.value} {error.value.hint}"


def test_every_table_of_a_world_is_a_table_of_the_file():
    assert tuple(TABLES) == World.__struct_fields__
