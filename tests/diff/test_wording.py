"""Wording: DeepDiff finds the words for a finding."""

from replayer.diff.wording import word


def test_equal_values_need_no_word():
    assert word({"a": [1, {"b": 2}]}, {"a": [1, {"b": 2}]}) == []


def test_each_difference_is_a_line_with_both_values():
    assert word({"amount": "2000", "gone": 1}, {"amount": "2400"}) == ["['gone'] 1 → nothing", "['amount'] 2000 → 2400"]


def test_a_list_is_compared_place_by_place():
    assert word({"items": ["a", "b"]}, {"items": ["a", "c"]}) == ["['items'][1] b → c"]


def test_a_long_difference_is_cut_and_says_by_how_much():
    lines = word({str(number): 0 for number in range(20)}, {str(number): 1 for number in range(20)})
    assert (len(lines), lines[-1]) == (7, "… and 14 more")


def test_the_words_do_not_depend_on_the_order_of_keys():
    one, other = {"a": 1, "b": 2}, {"a": 2, "b": 3}
    assert word(one, other) == word(dict(reversed(one.items())), dict(reversed(other.items())))
