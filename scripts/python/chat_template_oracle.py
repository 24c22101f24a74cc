"""transformers' own rendering of chat templates, and kedge's beside it."""

import json
import pathlib
import subprocess
import tempfile
from datetime import datetime

from transformers.utils import chat_template_utils

DATE = "2025-03-09"


class PinnedDatetime(datetime):
    """A clock that stands still, for strftime_now."""

    @classmethod
    def now(cls, tz=None):
        return cls.fromisoformat(DATE)


chat_template_utils.datetime = PinnedDatetime


def expected(template, messages, prompt=True, variables=None):
    """The text, or the exception that the oracle ends with. Memory addresses count as exceptions."""
    try:
        rendered, _ = chat_template_utils.render_jinja_template(
            conversations=[messages], chat_template=template, add_generation_prompt=prompt, **(variables or {})
        )
        text = rendered[0]
        text.encode("utf-8")
    except Exception as error:
        return error
    if " at 0x" in text.lower() or "<function" in text:
        return ValueError("shows a memory address")
    return text


class Kedge:
    """Runs `kedge template`."""

    def __init__(self, binary):
        self.binary = str(binary)
        self.folder = tempfile.TemporaryDirectory()

    def rendered(self, template, messages, prompt=True, variables=None, tag="0"):
        """The text, or the exception that stands for an error; a crash is raised."""
        source = pathlib.Path(self.folder.name, f"{tag}.jinja")
        conversation = pathlib.Path(self.folder.name, f"{tag}.json")
        source.write_bytes(template.encode("utf-8"))
        conversation.write_text(json.dumps(messages), encoding="utf-8")
        command = [self.binary, "template", str(source), "--messages", str(conversation), "--date", DATE]
        command += [] if prompt else ["--no-generation-prompt"]
        for name, value in (variables or {}).items():
            command += ["--set", f"{name}={json.dumps(value)}"]
        run = subprocess.run(command, capture_output=True, timeout=120)
        if run.returncode == 0:
            return run.stdout.decode("utf-8")
        if run.returncode != 1 or run.stderr.count(b"\n") != 1:
            raise RuntimeError(f"status {run.returncode}: {run.stderr[-500:]!r} for {template!r}")
        return ValueError(run.stderr.decode("utf-8").strip())


def differ(wanted, got):
    if isinstance(wanted, Exception) or isinstance(got, Exception):
        return isinstance(wanted, Exception) != isinstance(got, Exception)
    return wanted != got
