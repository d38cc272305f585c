"""Ratios, medians and the order of runs."""

from __future__ import annotations

import unittest

from comparison.figures import Round, is_wrong, over_rounds, ratio_of, turns, value_of

RATIO = ratio_of(value_of("sluice", "cost"), value_of("floor", "cost"))


def rounds(*pairs: tuple[float, float]) -> list[Round]:
    """Rounds of the costs of sluice and of the floor."""
    return [Round({("sluice", ""): {"cost": ours}, ("floor", ""): {"cost": floor}}) for ours, floor in pairs]


class Medians(unittest.TestCase):
    """What stands for all rounds."""

    def test_a_ratio_is_taken_within_each_round(self) -> None:
        # The ratios are 2, 1 and 3; the medians of the costs would give 20 / 10.
        self.assertEqual(over_rounds(RATIO, rounds((20, 10), (50, 50), (9, 3))), 2)
        # Here the ratios are 1, 1 and 9, and the medians of the costs would give 4 / 1.
        self.assertEqual(over_rounds(RATIO, rounds((1, 1), (4, 4), (9, 1))), 1)

    def test_of_an_even_number_of_rounds_it_is_the_mean_of_the_middle_two(self) -> None:
        self.assertEqual(over_rounds(value_of("sluice", "cost"), rounds((1, 1), (4, 1), (2, 1), (9, 1))), 3)

    def test_a_round_without_the_figure_does_not_count(self) -> None:
        given = [*rounds((3, 1)), Round({("sluice", ""): {"cost": 100}})]
        self.assertEqual(over_rounds(RATIO, given), 3)

    def test_without_any_figure_there_is_none(self) -> None:
        self.assertIsNone(over_rounds(value_of("nchan", "cost"), rounds((1, 1))))

    def test_nothing_is_divided_by_zero(self) -> None:
        self.assertIsNone(over_rounds(RATIO, rounds((1, 0))))

    def test_another_combination_may_be_asked_for(self) -> None:
        self.assertEqual(over_rounds(value_of("sluice", "cost"), rounds((0, 1), (2, 1), (0, 1)), max), 2)


class Kinds(unittest.TestCase):
    """What counts as a figure."""

    def test_a_wrong_run_is_told_from_a_clean_and_from_a_missing_one(self) -> None:
        given = Round({("sluice", "a"): {}}, {("sluice", "b")})
        self.assertEqual([is_wrong("sluice", case)(given) for case in ("a", "b", "c")], [0, 1, None])

    def test_words_are_no_figure(self) -> None:
        self.assertIsNone(Round({("sluice", ""): {"profile": "prompt"}}).figure("sluice", "profile"))


class Turns(unittest.TestCase):
    """The order of the runs of a round."""

    RUNS = [("floor", ""), ("sluice", ""), ("nchan", "")]  # noqa: RUF012

    def test_each_round_has_every_run_once(self) -> None:
        for number in range(7):
            self.assertCountEqual(turns(self.RUNS, number), self.RUNS)

    def test_every_run_is_first_and_every_run_is_last_in_some_round(self) -> None:
        orders = [turns(self.RUNS, number) for number in range(6)]
        self.assertEqual({order[0] for order in orders}, set(self.RUNS))
        self.assertEqual({order[-1] for order in orders}, set(self.RUNS))

    def test_of_two_each_goes_first_as_often_as_the_other(self) -> None:
        pair = self.RUNS[:2]
        firsts = [turns(pair, number)[0] for number in range(4)]
        self.assertEqual(firsts.count(pair[0]), 2)

    def test_a_row_that_none_can_do_has_no_runs(self) -> None:
        self.assertEqual(turns([], 3), [])
