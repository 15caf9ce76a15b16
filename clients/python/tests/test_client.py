"""The client against a running server, named by SERAI_URL and SERAI_API_KEY. Run by the project's own test suite."""

import base64
import io
import json
import os
import socket
import tempfile
import threading
import unittest
import uuid

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


#: 1 × 1, transparent.
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
)


class BesideTheGuideTest(unittest.TestCase):
    def setUp(self):
        self.client = Serai()

    def session(self, **agent):
        made = self.client.agents.create(name=f"agent-{uuid.uuid4()}", system_prompt="Work.", **agent)
        return self.client.sessions.create(agent_id=made.id)

    def until(self, session, wanted):
        for event in self.client.events.stream(session.id):
            if event.type == wanted:
                return event
        return None

    def test_waits_for_the_answer(self):
        session = self.session()
        answer = self.client.messages.create(session.id, script({"text": "Hello."}), wait=True)
        self.assertEqual((answer.status, answer.messages[-1].content[0].text), ("completed", "Hello."))
        late = self.client.messages.create(session.id, script({"text": "Wait.", "hang": True}), wait=True, timeout=0.05)
        self.assertEqual(late.status, "timeout")
        self.assertEqual(self.client.sessions.cancel(session.id, queue="clear").status, "cancelled")

    def test_images(self):
        session = self.session()
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "Bild ü.png")
            with open(path, "wb") as file:
                file.write(PNG)
            image = self.client.images.upload(path, session_id=session.id)
        self.assertEqual((image.filename, image.content_type, image.size_bytes), ("Bild ü.png", "image/png", len(PNG)))
        self.assertEqual(self.client.images.get(image.id), PNG)
        [listed] = [each for each in self.client.images.list(limit=50) if each.id == image.id]
        self.assertEqual(listed.metadata.session_id, session.id)
        content = [
            {"type": "text", "text": "What is in this screenshot?"},
            {"type": "image_file", "image_id": image.id, "filename": "screenshot.png"},
        ]
        self.assertEqual(self.client.messages.create(session.id, content, wait=True).status, "completed")
        self.client.images.delete(image.id)
        with self.assertRaises(SeraiError):
            self.client.images.get(image.id)
        self.assertEqual(self.client.images.upload(PNG, filename="x.png").filename, "x.png")
        with self.assertRaises(SeraiError) as refused:
            self.client.images.upload(io.BytesIO(b"no image"))
        self.assertEqual(refused.exception.code, "unsupported_content")

    def test_approvals(self):
        session = self.session(
            capabilities=[{"ref": "session_file_system"}], tool_policies={"write_file": "approve"}
        )
        steps = [{"tools": [{"name": "write_file", "input": {"path": f"/{name}", "content": "hello"}}]} for name in "ab"]
        waiting = self.client.messages.create(session.id, script(*steps, {"text": "Done."}), wait=True)
        self.assertEqual((waiting.status, waiting.needs), ("waiting", ["approval"]))
        [asked] = self.client.approvals.list(session_id=session.id).data
        self.assertEqual((asked.status, asked.tool_call.arguments.path), ("pending", "/a"))
        self.client.approvals.answer(session.id, asked.id, "allow")
        self.until(session, "approval.answered")
        second = self.until(session, "approval.requested")
        self.client.approvals.answer(session.id, second.data.approval_id, "deny")
        self.until(session, "session.idled")
        self.assertEqual([entry.path for entry in self.client.session_fs.list(session.id).data], ["/a"])
        self.assertEqual(self.client.approvals.get(session.id, asked.id).answer, "allow")
        self.assertEqual(self.client.approvals.rules().data, [])

    def test_tool_results(self):
        tool = {"type": "client_side", "name": "ask_user", "description": "Asks the user"}
        session = self.session(tools=[tool])
        steps = [{"tools": [{"name": "ask_user", "input": {"question": "Which?"}}]}, {"text": "Thank you."}]
        self.client.messages.create(session.id, script(*steps))
        asked = self.until(session, "tool.call_requested")
        results = [{"tool_call_id": call.id, "result": {"choice": "b"}} for call in asked.data.tool_calls]
        self.assertEqual(self.client.tool_results.create(session.id, results).accepted, 1)
        self.assertIsNotNone(self.until(session, "turn.completed"))

    def test_what_surrounds_a_session(self):
        session = self.session()
        self.client.messages.create(session.id, script({"text": "Hello."}), wait=True)
        fork = self.client.sessions.fork(session.id, title="Another way")
        self.assertEqual((fork.title, fork.forked_from_session_id), ("Another way", session.id))
        self.assertEqual([line.role for line in self.client.sessions.export(session.id)], ["user", "agent"])
        self.assertIn("turn.completed", [line.type for line in self.client.sessions.export(session.id, format="events")])
        self.client.sessions.pin(fork.id)
        self.assertEqual([each.id for each in self.client.sessions.list(pinned=True).data], [fork.id])
        self.client.sessions.unpin(fork.id)
        self.assertGreater(self.client.sessions.stats().total, 1)
        self.assertEqual(self.client.sessions.pause(fork.id, reason="lunch").hold, "person")
        self.assertIsNone(self.client.sessions.resume(fork.id).hold)
        self.assertEqual(self.client.sessions.complete(fork.id).status, "completed")
        self.assertEqual(self.client.sessions.kill(fork.id).status, "killed")
        self.client.sessions.delete(fork.id)
        self.assertEqual(self.client.sessions.restore(fork.id).id, fork.id)

    def test_files_move_copy_grep_and_stat(self):
        session = self.session()
        fs = self.client.session_fs
        fs.upload(session.id, "data.csv", "region,units\nNorth,3\n")
        self.assertEqual(fs.copy(session.id, "data.csv", "copies/data.csv").path, "/copies/data.csv")
        self.assertEqual(fs.move(session.id, "copies/data.csv", "old.csv").path, "/old.csv")
        self.assertEqual(fs.stat(session.id, "old.csv").size_bytes, 21)
        found = fs.grep(session.id, "North", "*.csv").data
        self.assertEqual([each.path for each in found], ["/data.csv", "/old.csv"])


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
