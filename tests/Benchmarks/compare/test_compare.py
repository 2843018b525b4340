"""Tests of the parts that need neither flightc nor llama.cpp: python3 test_compare.py."""
import json
import os
import sys
import tempfile
import unittest
import xml.etree.ElementTree

import compare
import compiling
import figures
import page
import plot
import processes
import speed
import workplace


def told(*values):
    return figures.summary(values)


class Figures(unittest.TestCase):
    def test_the_median_stands_for_runs_and_the_spread_is_kept(self):
        summary = figures.summary([4, 1, 2])
        self.assertEqual((summary["median"], summary["min"], summary["max"], summary["spread"]), (2, 1, 4, 1.5))
        self.assertEqual(summary["all"], [4, 1, 2])

    def test_ratios_are_of_runs_that_stood_beside_each_other(self):
        self.assertEqual(figures.ratio([10, 30, 22], [5, 10, 11])["all"], [2, 3, 2])
        with self.assertRaises(ValueError):
            figures.ratio([1], [1, 2])

    def test_points_on_a_line_are_found_to_be_on_it(self):
        for found, wanted in zip(figures.line([1, 4, 16], [5, 11, 35]), (3, 2, 1), strict=True):
            self.assertAlmostEqual(found, wanted)


class Processes(unittest.TestCase):
    def test_time_output_and_private_memory_are_told(self):
        done = processes.run([sys.executable, "-c", "import time; a = b'x' * 80_000_000; time.sleep(0.3); print(len(a))"])
        self.assertEqual(done["output"], "80000000\n")
        self.assertGreater(done["seconds"], 0.3)
        self.assertGreater(done["private_bytes"], 80_000_000)
        self.assertGreaterEqual(done["others"], 0)

    def test_a_program_that_fails_is_told_with_what_it_said(self):
        with self.assertRaisesRegex(processes.Failed, "status 3\nno luck"):
            processes.run([sys.executable, "-c", "import sys; print('no luck', file=sys.stderr); sys.exit(3)"])

    def test_a_program_can_be_killed_in_the_middle(self):
        self.assertTrue(processes.run([sys.executable, "-c", "import time; time.sleep(60)"], kill_after=0.2)["killed"])

    def test_the_first_byte_counts(self):
        command = [sys.executable, "-c", "import time; print('a', flush=True); time.sleep(0.5)"]
        self.assertLess(processes.first_output(command), processes.run(command)["seconds"] - 0.3)


class Inputs(unittest.TestCase):
    def test_only_what_belongs_to_the_folder_is_removed(self):
        with tempfile.TemporaryDirectory() as outside, tempfile.TemporaryDirectory() as folder:
            work = workplace.Workplace(folder)
            kept = os.path.join(outside, "kept")
            for path in (kept, work.at("gone")):
                with open(path, "w", encoding="ascii"):
                    pass
            os.symlink(kept, work.at("link"))
            work.remove(kept, work.at("gone"), work.at("link"), work.at("never there"))
            self.assertTrue(os.path.exists(kept))
            self.assertEqual(os.listdir(folder), ["link"])

    def test_the_calibration_text_has_the_ids_of_its_seed(self):
        with tempfile.TemporaryDirectory() as folder:
            with open(compiling._text(workplace.Workplace(folder)), encoding="ascii") as file:
                records = [json.loads(line)["ids"] for line in file]
        self.assertEqual((len(records), {len(ids) for ids in records}), (128, {512}))
        self.assertTrue(all(0 <= number < 32000 for ids in records for number in ids))

    def test_a_damaged_file_differs_in_one_bit(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "entry")
            with open(path, "wb") as file:
                file.write(bytes(101))
            self.assertEqual(compiling._damage(folder), 101)
            with open(path, "rb") as file:
                self.assertEqual(sum(value.bit_count() for value in file.read()), 1)

    def test_what_llama_bench_writes_is_read(self):
        text = json.dumps([{"samples_ts": [3.0, 1.0, 2.0], "model_size": 45, "model_n_params": 80}])
        self.assertEqual(speed.read_bench(text), {"rate": 2.0, "bytes": 45, "weights": 80})

    def test_unknown_parts_are_refused(self):
        with self.assertRaises(SystemExit), open(os.devnull, "w", encoding="ascii") as quiet:
            sys.stderr, kept = quiet, sys.stderr
            try:
                compare.parse(["--work", "x", "--parts", "decode,cooking"])
            finally:
                sys.stderr = kept


class Page(unittest.TestCase):
    PAIR = {
        "recipe": "rtn4", "tokens": 32, "runs": 5, "others": 0.01, "ceiling_gb_per_second": told(50, 84),
        "ours": {**told(80, 82, 84), "bits_per_weight": 4.25, "gb_per_second": told(44), "ceiling_share": told(0.8), "kernel_share": told(0.93)},
        "rival": {"Q4_0": {**told(60, 61, 62), "bits_per_weight": 4.5, "ratio": told(1.3, 1.34, 1.4)}},
    }
    SIDE = {"seconds": told(2, 3), "processor_seconds": told(4), "private_bytes": told(2**20 * 300), "others": 0, "bytes": 5e8}
    RESULTS = {
        "machine": {"processor": "a processor", "cores": 2, "threads": 2, "memory_bytes": 2**34, "system": "Linux", "dotnet": "10", "vectors": ["avx2"]},
        "rival": "0.5.0 (commit de3ff81)",
        "decode": {"1.1b": {"rtn4 / Q4_0": PAIR}},
        "prefill": {"1.1b": {"rtn4": PAIR}},
        "compile": {"7b": {"runs": 5, "ours": SIDE, "rival": SIDE, "input_bytes": [13e9, 14e9], "ratio": told(1.1)}},
        "scaling": {"7b": {"runs": 5, "line": {"seconds": 1, "seconds_per_layer": 0.5, "r2": 0.999},
                           "points": [{"layers": 1, "input_bytes": 1e9, **SIDE}, {"layers": 4, "input_bytes": 2e9, **SIDE}]}},
        "cache": {"1.1b": {"recipe": "gptq3.5", "first": SIDE, "second": SIDE, "same_bytes": True, "cache_bytes": 7, "ratio": told(12),
                           "after_damage": {"seconds": 1, "same_bytes": True, "warned": True}}},
        "gptq": {"7b": {"layers": 2, "of": 32, "calibrate": SIDE, "compile": SIDE, "resumed": {"kills": 3, "same_bytes": True}}},
        "startup": {"all": {"runs": 20, **{key: told(0.03, 0.04) for key in ("bare", "version", "help", "above_bare", "first_token")}}},
    }

    def test_every_part_has_a_table_whose_rows_have_all_columns(self):
        parts = dict(page.tables(self.RESULTS))
        self.assertEqual(set(parts), set(self.RESULTS) - {"rival"})
        for part, text in parts.items():
            self.assertEqual(len({line.count(" | ") for line in text.splitlines() if line.startswith("|")}), part != "machine", part)
        self.assertIn("| 1.1B | `rtn4` | 4.25 | 82.0 (80.0 to 84.0) | Q4_0 | 4.50 | 61.0 (60.0 to 62.0) | **1.34** (1.30 to 1.40) |", parts["decode"])
        self.assertIn("5 s × 16 = 80 s", parts["gptq"])

    def test_markers_are_filled_and_everything_else_stays(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "performance.md")
            with open(path, "w", encoding="utf-8") as file:
                file.write("before\n<!-- compare: decode -->\nold\n<!-- end -->\nbetween\n<!-- compare: other -->\nkept\n<!-- end -->\nafter\n")
            for _ in range(2):
                page.fill(path, self.RESULTS)
            with open(path, encoding="utf-8") as file:
                text = file.read()
            self.assertEqual(sorted(os.listdir(folder)), ["performance.md", "scaling.svg"])
        self.assertEqual(text, f"before\n<!-- compare: decode -->\n{page.decode(self.RESULTS['decode'])}<!-- end -->\nbetween\n"
                               "<!-- compare: other -->\nkept\n<!-- end -->\nafter\n")

    def test_the_markers_of_the_documentation_are_those_of_the_tables(self):
        with open(os.path.join(workplace.REPOSITORY, "docs", "performance.md"), encoding="utf-8") as file:
            text = file.read()
        for part, _ in page.tables(self.RESULTS):
            self.assertEqual(text.count(f"<!-- compare: {part} -->\n"), 1, part)

    def test_a_plot_is_well_formed_and_its_points_lie_inside(self):
        tree = xml.etree.ElementTree.fromstring(page.scaling_plot(self.RESULTS["scaling"]))
        circles = tree.findall(".//{http://www.w3.org/2000/svg}circle")
        self.assertEqual(len(circles), 4)
        for circle in circles:
            self.assertTrue(0 < float(circle.get("cx")) < plot.WIDTH and 0 < float(circle.get("cy")) < plot.HEIGHT)

    def test_ticks_are_round_and_reach_the_largest(self):
        self.assertEqual(plot.ticks(32), [0, 10, 20, 30, 40])
        self.assertEqual(plot.ticks(0.9), [0, 0.2, 0.4, 0.6, 0.8, 1])


if __name__ == "__main__":
    unittest.main()
