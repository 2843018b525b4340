"""python3 test_measure.py: what can be checked without llama.cpp."""
import math
import os
import tempfile
import unittest

import hull
import scores
import windows


class Hull(unittest.TestCase):
    POINTS = [(8, 1), (6, 2), (4, 4), (5, 2.9), (3, 10), (9, 1.5), (5.5, 2.6)]

    def test_points_above_the_line_of_their_neighbours_are_left_out(self):
        self.assertEqual(hull.lower_hull(self.POINTS), [(3, 10), (4, 4), (5, 2.9), (6, 2), (8, 1)])

    def test_values_between_points_lie_on_straight_lines(self):
        self.assertAlmostEqual(hull.value_at(hull.lower_hull(self.POINTS), 4.5), 3.45)

    def test_fewer_bits_than_any_point_have_no_value(self):
        self.assertIsNone(hull.value_at(hull.lower_hull(self.POINTS), 2.9))

    def test_more_bits_than_the_lowest_point_gain_nothing(self):
        self.assertEqual(hull.value_at(hull.lower_hull(self.POINTS), 8.9), 1)

    def test_no_points_have_no_hull(self):
        self.assertIsNone(hull.value_at(hull.lower_hull([]), 4))


class Windows(unittest.TestCase):
    def test_windows_follow_one_another_and_none_is_a_single_token(self):
        self.assertEqual(list(windows.cut(list(range(9)), 4)), [[0, 1, 2, 3], [4, 5, 6, 7]])
        self.assertEqual(list(windows.cut(list(range(10)), 4)), [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]])
        self.assertEqual(list(windows.cut([7], 4)), [])


class Scores(unittest.TestCase):
    def test_figures_are_means_over_tokens_with_errors_by_record(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "scores.tsv")
            with open(path, "w", encoding="ascii") as file:
                file.write("0\t0\t0\t0.1\t2\t1\t1\n0\t0\t1\t0.3\t2\t1\t0\n1\t0\t0\t0.5\t3\t2\t1\n")
            figures = scores.summarize(scores.read_records(path))
        self.assertEqual((figures["records"], figures["tokens"]), (2, 3))
        self.assertAlmostEqual(figures["kl_mean"], 0.3)
        # Residuals of the records: 0.4 - 2 x 0.3 and 0.5 - 0.3.
        self.assertAlmostEqual(figures["kl_se"], math.sqrt(2 / 1 * (0.04 + 0.04)) / 3)
        self.assertAlmostEqual(figures["perplexity_ratio"], math.e)
        self.assertAlmostEqual(figures["perplexity_ratio_se"], 0)
        self.assertAlmostEqual(figures["top1_agreement"], 2 / 3)


if __name__ == "__main__":
    unittest.main()
