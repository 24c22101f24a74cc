"""A headless Chromium, driven over its DevTools protocol through a pipe; needs nothing but the standard library."""

import base64
import json
import os
import select
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")


class Browser:
    """One browser process; use it in a `with` statement."""

    def __init__(self, program: str | None = None):
        program = program or next((found for name in NAMES if (found := shutil.which(name))), None)
        if program is None:
            raise SystemExit("no Chromium is installed; on Debian: apt-get install chromium")
        self.directory = tempfile.TemporaryDirectory(prefix="kedge-browser-", ignore_cleanup_errors=True)
        commands, self._commands = os.pipe()
        self._answers, answers = os.pipe()
        arguments = [program, "--headless=new", "--remote-debugging-pipe", "--no-sandbox", "--disable-gpu", "--no-first-run",
                     "--disable-dev-shm-usage", "--disable-background-networking", "--hide-scrollbars",
                     f"--user-data-dir={self.directory.name}", "about:blank"]

        def wire() -> None:
            # The protocol asks for descriptors 3 and 4; the copies come first, since the ends may have these numbers themselves.
            pair = (os.dup2(commands, 100), os.dup2(answers, 101))
            os.dup2(pair[0], 3, inheritable=True)
            os.dup2(pair[1], 4, inheritable=True)

        self.process = subprocess.Popen(arguments, preexec_fn=wire, close_fds=False, stdin=subprocess.DEVNULL,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(commands)
        os.close(answers)
        self._buffer = b""
        self._next = 0
        self.events: list[dict] = []
        self.session: str | None = None

    def __enter__(self) -> "Browser":
        return self

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
        self.directory.cleanup()

    def call(self, method: str, wait: float = 60, **parameters: object) -> dict:
        """Sends a command and waits for its answer; events that come meanwhile are kept."""
        self._next += 1
        message = {"id": self._next, "method": method, "params": parameters}
        if self.session:
            message["sessionId"] = self.session
        os.write(self._commands, json.dumps(message).encode() + b"\0")
        end = time.monotonic() + wait
        while True:
            answer = self._read(end)
            if answer is None:
                raise TimeoutError(method)
            if answer.get("id") == self._next:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']}")
                return answer["result"]
            self.events.append(answer)

    def _read(self, end: float) -> dict | None:
        while b"\0" not in self._buffer:
            left = end - time.monotonic()
            if left <= 0 or not select.select([self._answers], [], [], left)[0]:
                return None
            data = os.read(self._answers, 1 << 20)
            if not data:
                raise RuntimeError("the browser ended")
            self._buffer += data
        message, self._buffer = self._buffer.split(b"\0", 1)
        return json.loads(message)

    def open(self, path: Path, width: int, height: int, dark: bool, touch: bool = False) -> None:
        """Opens a file in a fresh tab of this size and waits until it is drawn."""
        self.close()
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.target = target
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=touch)
        self.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}])
        # What an earlier page was told must not decide on the theme of this one.
        self.call("Page.addScriptToEvaluateOnNewDocument", source="try { localStorage.clear(); } catch (error) { }")
        self.events.clear()
        self.call("Page.navigate", url=path.resolve().as_uri())
        end = time.monotonic() + 60
        while self.value("document.readyState") != "complete":
            if time.monotonic() > end:
                raise TimeoutError(str(path))
            time.sleep(0.05)
        self.settle()

    def close(self) -> None:
        if self.session:
            self.session = None
            self.call("Target.closeTarget", targetId=self.target)

    def settle(self) -> None:
        """Waits until what was asked for is on the screen."""
        self.value("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 60))))")

    def value(self, expression: str) -> object:
        """The value of a JavaScript expression, awaited."""
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in answer:
            details = answer["exceptionDetails"]
            raise RuntimeError(details.get("exception", {}).get("description") or details["text"])
        return answer["result"].get("value")

    def complaints(self) -> list[str]:
        """Errors, warnings and requests other than for the page itself, since it was opened."""
        found = []
        for event in self.events:
            kind, content = event.get("method"), event.get("params", {})
            if kind == "Runtime.exceptionThrown":
                details = content["exceptionDetails"]
                found.append(details.get("exception", {}).get("description") or details["text"])
            elif kind == "Runtime.consoleAPICalled" and content["type"] in ("error", "warning", "assert"):
                found.append(" ".join(str(argument.get("value")) for argument in content["args"]))
            elif kind == "Log.entryAdded" and content["entry"]["level"] in ("error", "warning"):
                found.append(content["entry"]["text"])
            elif kind == "Network.loadingFailed":
                found.append("a request failed: " + content["errorText"])
            elif kind == "Network.requestWillBeSent" and content.get("type") != "Document":
                found.append("a request was made: " + content["request"]["url"][:200])
        return [complaint[:500] for complaint in found]

    def point(self, x: float, y: float, kind: str = "mouseMoved") -> None:
        button = {} if kind == "mouseMoved" else {"button": "left", "clickCount": 1}
        self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, **button)

    def click(self, x: float, y: float) -> None:
        for kind in ("mouseMoved", "mousePressed", "mouseReleased"):
            self.point(x, y, kind)

    def press(self, key: str) -> None:
        for kind in ("keyDown", "keyUp"):
            self.call("Input.dispatchKeyEvent", type=kind, key=key, code=key)

    def screenshot(self, path: Path, whole: bool = True) -> None:
        parameters: dict[str, object] = {"format": "png"}
        if whole:
            size = self.call("Page.getLayoutMetrics")["cssContentSize"]
            parameters |= {"captureBeyondViewport": True, "clip": {"x": 0, "y": 0, "width": size["width"],
                                                                   "height": min(size["height"], 16000), "scale": 1}}
        path.write_bytes(base64.b64decode(self.call("Page.captureScreenshot", **parameters)["data"]))
