"""tools/wheels.py against an index of its own: pip's settings decide where a wheel comes from, its digest alone what it is.

    python3 -m unittest discover tests/tools
"""

import base64
import hashlib
import http.server
import json
import os
import sys
import tempfile
import threading
import unittest
import urllib.parse
from pathlib import Path
from unittest import mock

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tools"))
import wheels  # noqa: E402

NAME, CONTENT = "some_project-1.0-py3-none-any.whl", b"a wheel's bytes" * 1000
DIGEST = hashlib.sha256(CONTENT).hexdigest()


class Index(http.server.BaseHTTPRequestHandler):
    """PEP 691 below /json, PEP 503 below /html; /locked wants a password; /broken fails once; /short sends half of a file once."""

    failures = set()

    def do_GET(self):
        top = self.path.split("/")[1]
        again = self.path in self.failures
        self.failures.add(self.path)
        if top == "locked" and self.headers.get("Authorization") != "Basic " + base64.b64encode(b"me:p w").decode():
            return self.answer(401, "text/plain", b"")
        if top == "broken" and not again:
            return self.answer(503, "text/plain", b"")
        if top not in ("json", "html", "locked", "broken", "short", "files"):
            return self.answer(404, "text/plain", b"")
        if self.path.endswith("/some-project/"):
            file = f"../../files/{NAME}" if top != "short" else f"../../short/{NAME}"
            if top == "json":
                files = {"files": [{"filename": NAME, "url": f"/files/{NAME}#sha256={DIGEST}", "hashes": {"sha256": DIGEST}}]}
                return self.answer(200, "application/vnd.pypi.simple.v1+json", json.dumps(files).encode())
            if top == "locked":
                file = f"../../locked/{NAME}"
            page = f'<a href="../../files/other-2.whl">o</a> <a data-x="1" href="{file}#sha256={DIGEST}">{NAME}</a>'
            return self.answer(200, "text/html; charset=utf-8", page.encode())
        if self.path.endswith(NAME):
            return self.answer(200, "application/octet-stream", CONTENT, len(CONTENT) // 2 if top == "short" and not again else None)
        return self.answer(404, "text/plain", b"")

    def answer(self, status, kind, content, cut=None):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content[:cut])

    def log_message(self, *_):
        pass


class Fetching(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Index)
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()
        self.addCleanup(self.server.server_close)
        self.addCleanup(self.server.shutdown)
        Index.failures = set()
        self.at = f"http://127.0.0.1:{self.server.server_port}"
        mock.patch.object(wheels.time, "sleep", lambda _: None).start()
        self.addCleanup(mock.patch.stopall)

    def fetch(self, digest=DIGEST, **variables):
        # The settings of whoever runs this do not count.
        environment = {"HOME": str(self.folder), "XDG_CONFIG_DIRS": str(self.folder / "none"), **variables}
        environment.setdefault("PIP_CONFIG_FILE", os.devnull)
        with mock.patch.dict(os.environ, environment, clear=True):
            return wheels.fetch(NAME, digest, self.folder / "out")

    def assert_fetched(self, **variables):
        self.assertEqual(self.fetch(**variables).read_bytes(), CONTENT)

    def assert_refused(self, *words, **arguments):
        with self.assertRaises(wheels.NotFetched) as caught:
            self.fetch(**arguments)
        for word in (NAME, *words):
            self.assertIn(word, str(caught.exception))
        left = list((self.folder / "out").iterdir()) if (self.folder / "out").exists() else []
        self.assertEqual(left, [], "nothing half written stays")
        return str(caught.exception)

    def test_both_kinds_of_index(self):
        for kind in ("json", "html"):
            with self.subTest(kind):
                self.assert_fetched(PIP_INDEX_URL=f"{self.at}/{kind}")
                (self.folder / "out" / NAME).unlink()

    def test_a_further_index_is_asked_where_the_first_has_no_such_file(self):
        self.assert_fetched(PIP_INDEX_URL=f"{self.at}/nothing", PIP_EXTRA_INDEX_URL=f"{self.at}/none\n{self.at}/html/")

    def test_pip_s_files_and_their_order(self):
        conf = self.folder / ".config/pip/pip.conf"
        conf.parent.mkdir(parents=True)
        conf.write_text(f"[global]\nindex-url = {self.at}/nothing\n[download]\nindex_url = {self.at}/json\n[install]\nno-index = 1\n")
        self.assert_fetched(PIP_CONFIG_FILE="")
        (self.folder / "out" / NAME).unlink()
        self.assert_refused("/nothing", PIP_CONFIG_FILE="", PIP_INDEX_URL=f"{self.at}/nothing")
        other = self.folder / "other.conf"
        other.write_text(f"[global]\nindex-url = {self.at}/elsewhere\n")
        self.assert_refused("/elsewhere", PIP_CONFIG_FILE=str(other))

    def test_a_folder_serves_without_any_index(self):
        (self.folder / "found").mkdir()
        (self.folder / "found" / NAME).write_bytes(CONTENT)
        self.assert_fetched(PIP_NO_INDEX="1", PIP_FIND_LINKS=str(self.folder / "found"))

    def test_another_content_is_never_taken(self):
        other = hashlib.sha256(b"other").hexdigest()
        self.assert_refused(DIGEST, other, digest=other, PIP_INDEX_URL=f"{self.at}/json")

    def test_a_damaged_file_in_the_folder_is_fetched_anew(self):
        (self.folder / "out").mkdir()
        (self.folder / "out" / NAME).write_bytes(CONTENT[:-1])
        self.assert_fetched(PIP_INDEX_URL=f"{self.at}/json")

    def test_what_may_pass_is_tried_again(self):
        for kind in ("broken", "short"):
            with self.subTest(kind):
                self.assert_fetched(PIP_INDEX_URL=f"{self.at}/{kind}")
                (self.folder / "out" / NAME).unlink()

    def test_passwords_work_and_are_not_shown(self):
        address = f"http://me:p%20w@127.0.0.1:{self.server.server_port}/locked"
        self.assert_fetched(PIP_INDEX_URL=address)
        (self.folder / "out" / NAME).unlink()
        message = self.assert_refused("401", PIP_INDEX_URL=address.replace("p%20w", "secret"))
        self.assertNotIn("secret", message)
        (self.folder / ".netrc").write_text("machine 127.0.0.1 login me password p\\ w\n".replace("p\\ w", '"p w"'))
        (self.folder / ".netrc").chmod(0o600)
        self.assert_fetched(PIP_INDEX_URL=f"{self.at}/locked")

    def test_what_cannot_be_read_is_named(self):
        self.assert_refused("no index", PIP_NO_INDEX="true")
        self.assert_refused("refused", PIP_INDEX_URL="http://127.0.0.1:1/simple")
        self.assert_refused("/absent", PIP_NO_INDEX="1", PIP_FIND_LINKS=str(self.folder / "absent"))
        broken = self.folder / "broken.conf"
        broken.write_text("index-url = without a section\n")
        with self.assertRaises(wheels.NotFetched) as caught:
            self.fetch(PIP_CONFIG_FILE=str(broken))
        self.assertIn("broken.conf", str(caught.exception))

    def test_the_login_of_an_index_goes_to_no_other_host(self):
        place = "https://me:secret@index.example/simple/x/"
        self.assertEqual(wheels.with_login_of(place, "https://files.example/x.whl"), "https://files.example/x.whl")
        self.assertEqual(wheels.with_login_of(place, "https://index.example/x.whl"), "https://me:secret@index.example/x.whl")


if __name__ == "__main__":
    unittest.main()
