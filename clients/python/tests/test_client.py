"""The client against a running server, named by SERAI_URL and SERAI_API_KEY. Run by the project's own test suite."""

import io
import json
import os
import socket
import threading
import unittest

from serai import Serai, SeraiConnectionError, SeraiError
from serai._events import read_frames
from serai._record import to_record


def script(*steps):
    return "Go.\n```serai-script\n" + json.dumps(list(steps)) + "\n```"


class FirstBytesOnly:
    """A proxy that cuts each connection after some bytes of the answer, at a new place each time."""

    def __init__(self, url, cuts):
        host, port = url.split("//")[1].split(":")
        self._target = (host, int(port))
        self._cuts = list(cuts)
        self._server = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._server.getsockname()[1]}"
        self.connections = 0
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self):
        self._server.close()

    def _serve(self):
        while True:
            try:
                near, _ = self._server.accept()
            except OSError:
                return
            self.connections += 1
            limit = self._cuts.pop(0) if self._cuts else None
            threading.Thread(target=self._pass, args=(near, limit), daemon=True).start()

    def _pass(self, near, limit):
        far = socket.create_connection(self._target)
        request = near.recv(65536)
        far.sendall(request.replace(b"Host: 127.0.0.1", b"Host: 127.0.0.1", 1))
        passed = 0
        while limit is None or passed < limit:
            chunk = far.recv(4096 if limit is None else min(4096, limit - passed))
            if not chunk:
                break
            passed += len(chunk)
            try:
                near.sendall(chunk)
            except OSError:
                break
        near.close()
        far.close()


class GuideTest(unittest.TestCase):
    def setUp(self):
        self.client = Serai()
        self.agent_id = self.client.agents.list().data[0].id

    def session(self, **more):
        return self.client.sessions.create(agent_id=self.agent_id, **more)

    def test_multi_turn_conversation(self):
        session = self.session(title="Customer Issue #4567")
        for content in ("User reports login issues", "Checked logs, found rate limiting. Fixed.", "Summarize the resolution"):
            self.client.messages.create(session_id=session.id, content=content)
            types = []
            for event in self.client.events.stream(session.id):
                types.append(event.type)
                if event.type == "turn.completed":
                    break
            self.assertEqual(types.count("turn.started"), 1, "a stream shows the turn that was just started")
        roles = [message.role for message in self.client.messages.list(session.id).data]
        self.assertEqual(roles, ["user", "agent"] * 3)

    def test_long_running_analysis(self):
        session = self.session(capabilities=[{"ref": "session_file_system"}])
        self.client.session_fs.upload(session.id, "sales.csv", io.BytesIO(b"region,units\nNorth,3\nSouth,4\n"))
        self.client.messages.create(
            session_id=session.id,
            content=script(
                {"tools": [{"name": "read_file", "input": {"path": "/sales.csv"}}]},
                {"tools": [{"name": "write_file", "input": {"path": "/report.md", "content": "# Report\n\n7 units\n"}}]},
                {"text": "done"},
            ),
        )
        tools = []
        for event in self.client.events.stream(session.id):
            if event.type == "tool.completed":
                tools.append(event.data.tool_name)
            elif event.type == "turn.completed":
                break
        self.assertEqual(tools, ["read_file", "write_file"])
        self.assertEqual(self.client.session_fs.read(session.id, "report.md"), "# Report\n\n7 units\n")
        names = [entry.name for entry in self.client.session_fs.list(session.id).data]
        self.assertEqual(sorted(names), ["report.md", "sales.csv"])

    def test_update_list_cancel_delete(self):
        session = self.session(title="Q1", tags=["sales"])
        updated = self.client.sessions.update(session.id, title="Q1 - Complete", tags=["sales", "completed"])
        self.assertEqual(updated.title, "Q1 - Complete")
        self.assertIn(session.id, [each.id for each in self.client.sessions.list(limit=5).data])
        self.assertEqual(self.client.sessions.cancel(session.id).status, "no_op")
        self.client.sessions.delete(session.id)
        with self.assertRaises(SeraiError) as refused:
            self.client.sessions.get(session.id)
        self.assertEqual((refused.exception.status, refused.exception.code), (404, "not_found"))

    def test_refusals_name_the_field(self):
        with self.assertRaises(SeraiError) as refused:
            self.client.sessions.create(title="no agent")
        self.assertEqual(refused.exception.status, 400)
        self.assertIn("agent_id", str(refused.exception.problem))

    def test_the_same_message_twice_is_one(self):
        session = self.session()
        first = self.client.messages.create(session.id, "hello", client_message_id="k1")
        again = self.client.messages.create(session.id, "hello", client_message_id="k1")
        self.assertEqual((again.id, again.delivery), (first.id, "duplicate"))

    def test_a_stream_that_is_cut_anywhere_loses_and_repeats_nothing(self):
        session = self.session()
        self.client.messages.create(session.id, script({"text": "a b c d e f", "chunks": 6, "chunkDelayMs": 5}))
        whole = []
        for event in self.client.events.stream(session.id, after_seq=0, deltas=False):
            whole.append((event.seq, event.id))
            if event.type == "session.idled":
                break
        for start in (150, 777, 1500):
            proxy = FirstBytesOnly(os.environ["SERAI_URL"], [start + 450 * step for step in range(8)])
            cut = Serai(base_url=proxy.url)
            seen = []
            for event in cut.events.stream(session.id, after_seq=0, deltas=False, sleep=lambda _: None):
                seen.append((event.seq, event.id))
                if event.type == "session.idled":
                    break
            proxy.close()
            self.assertEqual(seen, whole)
            self.assertGreater(proxy.connections, 2)


class PartsTest(unittest.TestCase):
    def test_frames(self):
        text = b": hello\n\nevent: a\nid: 1\nretry: 5\ndata: x\ndata: y\r\n\nid: 2\n\ndata:z\n\ndata: unfinished\n"
        frames = list(read_frames(iter(io.BytesIO(text).readline, b"")))
        said = [(frame.event, frame.id, frame.retry, frame.data) for frame in frames]
        self.assertEqual(said, [("a", "1", 5, ["x", "y"]), ("message", "2", None, []), ("message", None, None, ["z"])])

    def test_records_read_as_attributes_at_any_depth(self):
        record = to_record({"a": {"b": [{"c": 1}]}})
        self.assertEqual(record.a.b[0].c, 1)
        with self.assertRaises(AttributeError):
            record.nothing

    def test_nobody_there(self):
        with self.assertRaises(SeraiConnectionError):
            Serai(api_key="k", base_url="http://127.0.0.1:9").health()
        with self.assertRaises(ValueError):
            Serai(api_key="k", base_url="ftp://somewhere")


if __name__ == "__main__":
    unittest.main()
