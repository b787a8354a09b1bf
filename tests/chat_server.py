"""A real HTTP server that speaks the chat completions protocol with scripted behaviour, and a desk to write at."""

import json
import os
import subprocess
import sys
import threading
import time
from collections import deque
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from conftest import ROOT

from data.requests.styles import STYLES
from data.write_requests import main
from nlsq.files import read_json, write_json_lines
from nlsq.records import read_records

TODAY = "2026-03-14"  # a Saturday
TWO_STYLES = ("terse", "question")
QUERIES = [f"lang:go parse{letter}1" for letter in "ABCDEF"]


def good_requests(query, styles):
    """Requests that survive, for queries such as ``lang:go parseA1``."""
    name = query.split()[-1]
    texts = {"terse": f"go {name}", "question": f"Where do we use {name} in Go?", "command": f"find {name} in go code"}
    return {style: texts.get(style, f"{style} go {name}") for style in styles}


class Handler(BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        query = next(line for line in body["messages"][1]["content"].splitlines()).removeprefix("Query: ")
        with self.server.guard:
            self.server.asked.append((query, body, self.headers))
            behaviour = self.server.script.popleft() if self.server.script else self.server.always
        styles = [
            line[2:].partition(":")[0] for line in body["messages"][0]["content"].split("Styles:")[1].splitlines()
        ]
        styles = [style for style in styles if style in STYLES]
        getattr(self, behaviour)(query, styles)

    def send(self, status, text, kind="application/json"):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("retry-after-ms", "5")
        self.send_header("Content-Length", str(len(text.encode())))
        self.end_headers()
        self.wfile.write(text.encode())

    def answer(self, content, usage=True):
        row = {"id": "x", "object": "chat.completion", "created": 1, "model": "m"}
        row["choices"] = [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": content}}]
        if usage:
            row["usage"] = {"prompt_tokens": 1000, "completion_tokens": 50, "total_tokens": 1050}
        self.send(200, json.dumps(row))

    def error(self, status, message, code=None):
        self.send(status, json.dumps({"error": {"message": message, "code": code, "type": "t"}}))

    def good(self, query, styles):
        time.sleep(self.server.delay(query))
        given = self.server.answers.get(query)
        self.answer(given if isinstance(given, str) else json.dumps(given or good_requests(query, styles)))

    def fenced(self, query, styles):
        self.answer(
            "Sure, here you are:\n```json\n" + json.dumps(good_requests(query, styles), indent=1) + "\n```\nDone!"
        )

    def no_json(self, *_):
        self.answer("I would ask: where is it?")

    def no_usage(self, query, styles):
        self.answer(json.dumps(good_requests(query, styles)), usage=False)

    def no_content(self, *_):
        self.answer(None)

    def too_many(self, *_):
        self.error(429, "slow down")

    def broken(self, *_):
        self.error(500, "out of order")

    def refused(self, *_):
        self.error(400, "this model has no such option")

    def wrong_key(self, *_):
        self.error(401, "Incorrect API key provided: sk-secret")

    def no_model(self, *_):
        self.error(404, "The model `m` does not exist")

    def no_money(self, *_):
        self.error(429, "You exceeded your current quota", "insufficient_quota")

    def torn(self, *_):
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", "5000")
        self.end_headers()
        self.wfile.write(b'{"id": "x", "choices": [')
        self.wfile.flush()
        self.close_connection = True

    def slow(self, query, styles):
        time.sleep(0.8)
        self.good(query, styles)

    def web_page(self, *_):
        self.send(200, "<html>hello</html>", "text/html")

    def half_json(self, *_):
        self.send(200, '{"choices": [')

    def no_choices(self, *_):
        self.send(200, '{"object": "chat.completion"}')


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.guard = threading.Lock()
        self.script, self.always, self.asked, self.answers = deque(), "good", [], {}
        self.delay = lambda query: 0

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}/v1"

    @property
    def queries(self):
        return [query for query, _, _ in self.asked]

    def handle_error(self, *_):
        pass  # clients that go away in the middle are what is tested


def quiet_environment(**more):
    environment = {name: value for name, value in os.environ.items() if not name.startswith("OPENAI_")}
    return {**environment, "PYTHON_DOTENV_DISABLED": "1", **more}


def run(desk, *words):
    """The command as a process, with one line of error at most."""
    program = [sys.executable, "-m", "data.write_requests", *desk.words(*words)]
    return subprocess.run(program, cwd=ROOT, env=quiet_environment(), capture_output=True, text=True, timeout=60)


@contextmanager
def running_server():
    with Server() as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        yield server
        server.shutdown()


class Desk:
    """A folder with queries in it, and the command that writes requests for them."""

    def __init__(self, folder, server, capsys):
        self.server, self.capsys = server, capsys
        self.source, self.out = folder / "queries.jsonl", folder / "pairs.jsonl"
        self.answers = folder / "pairs.answers.jsonl"
        self.report = folder / "report.json"
        self.stdout = self.stderr = ""
        self.queries(*QUERIES)

    def queries(self, *texts, **more):
        rows = [{"id": f"log-{number}", "query": text, "count": 3} | more for number, text in enumerate(texts, 1)]
        write_json_lines(self.source, rows)

    def words(self, *words, styles=TWO_STYLES):
        words = [str(self.source), "--out", str(self.out), "--model", "m", "--today", TODAY, *words]
        return [*words, "--base-url", self.server.url, "--styles", ",".join(styles), "--report", str(self.report)]

    def write(self, *words, styles=TWO_STYLES):
        self.capsys.readouterr()
        code = main.main(self.words(*words, styles=styles), standalone_mode=False)
        self.stdout, self.stderr = self.capsys.readouterr()
        return code

    def counts(self):
        return read_json(self.report)["requests"]

    def pairs(self):
        return [(record.id, record.request) for record in read_records(self.out)]
