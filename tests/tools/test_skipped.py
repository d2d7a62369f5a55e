"""tests/skipped.sh: a test that did not run is listed, is not called ok, and fails continuous integration."""

import os
import subprocess
import tempfile
import unittest
from pathlib import Path

SCRIPT = Path(__file__).resolve().parents[1] / "skipped.sh"


class Skipped(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.list = Path(folder.name) / "skipped.txt"

    def run_script(self, *arguments, given="", listed=True, **variables):
        environment = {name: value for name, value in os.environ.items() if name not in ("CI", "PRIMER_SKIPPED")}
        environment.update(variables, **({"PRIMER_SKIPPED": str(self.list)} if listed else {}))
        done = subprocess.run([SCRIPT, *arguments], input=given, env=environment, capture_output=True, text=True)
        return done.returncode, done.stdout

    def test_an_empty_list_says_so_and_passes(self):
        self.assertEqual(self.run_script("--list", CI="true"), (0, "No test was skipped.\n"))

    def test_what_is_skipped_is_listed_once_and_fails_ci_at_the_end(self):
        for _ in range(2):
            self.assertEqual(self.run_script("valgrind", "it is missing", CI="true"), (0, "skipped: valgrind: it is missing\n"))
        self.run_script("go TestX", "no library: none at all")
        shown = "skipped: go TestX: no library: none at all\nskipped: valgrind: it is missing\n"
        self.assertEqual(self.run_script("--list"), (0, shown))
        self.assertEqual(self.run_script("--list", CI="true"), (1, shown))

    def test_what_cannot_run_at_all_is_listed_and_fails_nothing(self):
        self.list.write_text("inapplicable: go TestX/a_flag_of_2\tGo's types do not allow it\n")
        shown = "inapplicable: go TestX/a_flag_of_2: Go's types do not allow it\n"
        self.assertEqual(self.run_script("--list", CI="1"), (0, shown + "No other test was skipped.\n"))
        self.run_script("valgrind", "missing")
        self.assertEqual(self.run_script("--list", CI="1"), (1, shown + "skipped: valgrind: missing\n"))

    def test_without_a_list_ci_fails_at_once(self):
        self.assertEqual(self.run_script("valgrind", "missing", listed=False)[0], 0)
        self.assertEqual(self.run_script("valgrind", "missing", listed=False, CI="1")[0], 1)

    def test_cargo_s_output_calls_no_skipped_test_ok(self):
        self.list.write_text("rust a::skipped\twhy\ngo a::other\twhy\n")
        given = (
            "running 3 tests\ntest a::skipped ... ok\ntest a::skipped_not ... ok\ntest a::other ... ok\n\n"
            "test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.01s\n"
            "test a::failed ... FAILED\ntest result: FAILED. 2 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out\n"
        )
        expected = given.replace("a::skipped ... ok", "a::skipped ... skipped").replace("3 passed; 0 failed; 1", "2 passed; 0 failed; 2")
        self.assertEqual(self.run_script("--of-cargo", given=given), (0, expected))


if __name__ == "__main__":
    unittest.main()
