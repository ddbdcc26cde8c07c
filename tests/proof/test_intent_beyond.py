"""What an intent does not speak of it does not accept: money of others, what holds after the next bill, whom it no longer fits."""

from __future__ import annotations

import pytest

from tests.proof.off_camera import Stage
from tests.proof.test_whose_bill import judge


def rewriting(operation: str, change: str) -> str:
    return f'def rewrite(call):\n    if call.operation == "{operation}":\n        return call{change}\n    return call\n'


def meant(*what: str, more: str = "") -> str:
    return "expect:\n  what:\n" + "".join(f"    - {one}\n" for one in what) + more


class Shop(Stage):
    """A payment to one of two connected accounts."""

    def __init__(self) -> None:
        super().__init__(events=False)
        wants = {"transfers": {"requested": "true"}, "card_payments": {"requested": "true"}}
        self.accounts = [self.do("POST /v1/accounts", type="custom", country="US", capabilities=wants)["id"] for _ in range(2)]
        self.do(
            "POST /v1/payment_intents", amount="2000", currency="usd", customer=self.customer(), payment_method="pm_card_visa",
            confirm="true", payment_method_types=["card"], transfer_data={"destination": self.accounts[0]}, application_fee_amount="100",
        )  # fmt: skip


PAY = "POST /v1/payment_intents"


def test_a_higher_payment_alone_is_as_intended(tmp_path):
    assert (
        judge(
            tmp_path, Shop().exchanges, candidate=rewriting(PAY, '.with_params(amount="2100")'), scenario=meant("moved +100 usd")
        ).exit_code
        == 0
    )


@pytest.mark.parametrize("kind", ["destination", "fee"])
def test_money_that_goes_to_others_is_not_meant_by_who_means_a_payment(tmp_path, kind):
    shop = Shop()
    more = (
        f'.with_param("transfer_data[destination]", "{shop.accounts[1]}")'
        if kind == "destination"
        else '.with_params(application_fee_amount="1500")'
    )
    verdict = judge(
        tmp_path, shop.exchanges, candidate=rewriting(PAY, f'.with_params(amount="2100"){more}'), scenario=meant("moved +100 usd")
    )
    assert verdict.exit_code == 1
    root = next(one for one in verdict.findings if one.kind == "call.changed")
    assert not root.expected
    assert "decides on more" in (root.reason or "")


def test_named_it_is_meant(tmp_path):
    more = f"  calls:\n    - {{operation: {PAY}, parameter: application_fee_amount}}\n    - {{operation: {PAY}, parameter: amount}}\n"
    candidate = rewriting(PAY, '.with_params(amount="2100", application_fee_amount="1500")')
    assert judge(tmp_path, Shop().exchanges, candidate=candidate, scenario=meant("moved +100 usd", more=more)).exit_code == 0


class Trial(Stage):
    """A trial that a price follows."""

    def __init__(self) -> None:
        super().__init__(events=False)
        self.price, self.dearer = self.prices(1000, 1200)
        self.subscribe(self.customer(), self.price, trial_period_days="7")


SUBSCRIBE = "POST /v1/subscriptions"
LATER = {
    "": 0,
    '.with_params(pending_invoice_item_interval={"interval": "week"})': 1,
    '.with_params(trial_settings={"end_behavior": {"missing_payment_method": "cancel"}})': 1,
    '.with_params(billing_thresholds={"amount_gte": "5000"})': 1,
    '.with_params(billing_mode={"type": "classic"})': 1,
    '.with_params(application_fee_percent="90")': 1,
    '.with_params(proration_behavior="nonsense")': 3,  # Stripe would refuse it
}


@pytest.mark.parametrize("more", LATER)
def test_what_holds_after_the_next_bill_is_not_meant_by_who_means_that_bill(tmp_path, more):
    trial = Trial()
    candidate = rewriting(SUBSCRIBE, f'.with_param("items[0][price]", "{trial.dearer}"){more}')
    assert judge(tmp_path, trial.exchanges, candidate=candidate, scenario=meant("next bill +200 usd")).exit_code == LATER[more]


def test_a_price_made_dearer_is_as_intended(tmp_path):
    stage = Stage(events=False)
    customer, (price,) = stage.customer(), stage.prices(1000)
    stage.subscribe(customer, price, trial_period_days="7")
    candidate = rewriting("POST /v1/prices", '.with_params(unit_amount="1100")')
    assert judge(tmp_path, stage.exchanges, candidate=candidate, scenario=meant("next bill +100 usd")).exit_code == 0


CREDIT = "POST /v1/customers/{customer}/balance_transactions"


@pytest.mark.parametrize(("who", "code"), [("bronze", 0), ("gold", 1)])
def test_whom_it_fits_is_judged_on_what_they_are_by_then(tmp_path, who, code):
    stage = Stage(events=False)
    customer, (price,) = stage.customer(), stage.prices(1000)
    stage.do(f"POST /v1/customers/{customer}", metadata={"plan": "gold"})
    stage.subscribe(customer, price)
    stage.do(f"POST /v1/customers/{customer}", metadata={"plan": "bronze"})
    stage.do(CREDIT.replace("{customer}", customer), amount="-100", currency="usd")
    scenario = meant("committed -100 usd", more=f"  who: {{metadata: {{plan: {who}}}}}\n")
    assert judge(tmp_path, stage.exchanges, candidate=rewriting(CREDIT, '.with_params(amount="-200")'), scenario=scenario).exit_code == code


@pytest.mark.parametrize(("which", "code"), [("new", 0), ("old", 1)])
def test_a_price_that_was_left_fits_nobody(tmp_path, which, code):
    stage = Stage(events=False)
    customer, (old, new) = stage.customer(), stage.prices(1000, 3000)
    made = stage.subscribe(customer, old)
    item = {"id": made["items"]["data"][0]["id"], "price": new}
    stage.do(f"POST /v1/subscriptions/{made['id']}", items=[item], proration_behavior="none")
    stage.do(CREDIT.replace("{customer}", customer), amount="-100", currency="usd")
    scenario = meant("committed -100 usd", more=f"  who: {{price: {new if which == 'new' else old}}}\n")
    assert judge(tmp_path, stage.exchanges, candidate=rewriting(CREDIT, '.with_params(amount="-200")'), scenario=scenario).exit_code == code


def test_what_one_pays_more_and_another_less_is_no_zero_in_any_column(tmp_path):
    stage = Stage(events=False)
    (price,) = stage.prices(1000)
    first, second = stage.customer(), stage.customer()
    for customer in (first, second):
        stage.subscribe(customer, price)
        stage.do(CREDIT.replace("{customer}", customer), amount="-100", currency="usd")
    candidate = f"""def rewrite(call):
    if call.operation == "{CREDIT}":
        return call.with_params(amount="-150" if "{first}" in call.path else "-50")
    return call
"""
    verdict = judge(tmp_path, stage.exchanges, candidate=candidate, scenario=meant("committed 0 ± 60") + 'gates: ["money == 0"]\n')
    assert [gate.passed for gate in verdict.gates] == [False]
    assert verdict.gates[0].value["usd.committed"] == 0
    assert verdict.gates[0].value["usd.committed, customers"] == 2


GAPS = {"accept_gaps: true\n": 0, "": 3}


@pytest.mark.parametrize("more", GAPS)
def test_of_a_capture_with_gaps_a_change_is_not_as_intended(tmp_path, more):
    from replayer.capture.store import Writer, open_capture

    trial = Trial()
    scenario = meant("next bill +200 usd") + more
    candidate = rewriting(SUBSCRIBE, f'.with_param("items[0][price]", "{trial.dearer}")')
    assert judge(tmp_path, trial.exchanges, candidate=candidate, scenario=scenario).exit_code == 0
    writer = Writer(tmp_path / "gaps" / "capture", open_capture(tmp_path / "capture").manifest)
    (tmp_path / "gaps").mkdir(exist_ok=True)
    for exchange in trial.exchanges:
        writer.append(exchange)
    writer.finish(problems=["s: 40 exchanges were not recorded whole: disk full"])
    for name in ("candidate.py", "scenario.yaml"):
        (tmp_path / "gaps" / name).write_text((tmp_path / name).read_text())
    from replayer.runs import execute, load_scenario

    *_, verdict = execute(load_scenario(tmp_path / "gaps", tmp_path / "gaps" / "run", jobs=1))
    assert verdict.exit_code == GAPS[more]
    assert "s: 40 exchanges were not recorded whole: disk full" in verdict.notes


@pytest.mark.parametrize(
    "more", ['.with_params(metadata={"interval": "q1", "destination": "Paris"})', '.with_params(metadata={"end": "x"})']
)
def test_what_users_call_their_metadata_decides_on_nothing(tmp_path, more):
    trial = Trial()
    candidate = rewriting(SUBSCRIBE, f'.with_param("items[0][price]", "{trial.dearer}"){more}')
    assert judge(tmp_path, trial.exchanges, candidate=candidate, scenario=meant("next bill +200 usd")).exit_code == 0


@pytest.mark.parametrize(("who", "code"), [("bronze", 0), ("gold", 1)])
def test_what_events_show_of_once_is_not_what_they_are_now(tmp_path, who, code):
    stage = Stage(events=False)
    (price,) = stage.prices(1000)
    customer = stage.do("POST /v1/customers", payment_method="pm_card_visa", invoice_settings={"default_payment_method": "pm_card_visa"},
                        metadata={"plan": "gold"})["id"]  # fmt: skip
    stage.subscribe(customer, price)
    stage.do(f"POST /v1/customers/{customer}", metadata={"plan": "bronze"})
    stage.do(CREDIT.replace("{customer}", customer), amount="-100", currency="usd")
    stage.do("GET /v1/events", type="customer.created")
    scenario = meant("committed -100 usd", more=f"  who: {{metadata: {{plan: {who}}}}}\n")
    assert judge(tmp_path, stage.exchanges, candidate=rewriting(CREDIT, '.with_params(amount="-200")'), scenario=scenario).exit_code == code
