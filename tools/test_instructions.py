"""The core's work keeps its budget of instructions: what needs more fails, and what needs a tenth less too, so that a gain
is kept by lowering it."""

import unittest

from instructions import BUDGET, spent_on_each


class Instructions(unittest.TestCase):
    def test_each_piece_of_work_keeps_its_budget(self):
        for work, spent in spent_on_each():
            budget = BUDGET[work]
            with self.subTest(work):
                print(f"{work}: {spent} instructions of {budget}")
                self.assertLessEqual(spent, budget, "slower: profile it, or say in the commit why and raise the budget")
                self.assertGreater(spent, budget * 0.9, f"faster: lower the budget to {spent}")


if __name__ == "__main__":
    unittest.main()
