"""An executor for samebytes around the `wasmtime` package: the conversation with the harness.

Requests come in as JSON, one a line; answers go out the same way behind the nonce that `hello` brought.
What a case does is case.py's.
"""

import json
import os
import sys

from case import Case, fault_of
from engine import Engine, identity

VERSION = 1


def write(line):
    """Writes the whole line before it returns: when the process dies in the next step, it is out."""
    data = line.encode()
    while data:
        data = data[os.write(1, data) :]


def talk(lines):
    """Answers requests until `bye` or the end of the input; returns the exit code."""
    first = lines.readline()
    if not first:
        return 0
    hello = json.loads(first)
    if hello.get("type") != "hello":
        raise ValueError("the first line is no hello")
    nonce = hello["nonce"]

    def say(**message):
        write(f"{nonce} {json.dumps(message)}\n")

    engine = Engine()
    # To another version, too, the answer is the one that is spoken here: the harness sees that it is not its own.
    features = hello.get("features") or engine.features()
    say(type="hello", protocol=VERSION, **identity(), features=features)
    for line in iter(lines.readline, b""):
        if not line.strip():
            continue
        try:
            request = json.loads(line)
            kind = request["type"]
        except (ValueError, KeyError, TypeError) as error:
            say(type="exiting", reason=f"a line that is no request: {error}")
            return 1
        if kind == "bye":
            return 0
        if kind != "case":
            say(type="exiting", reason=f"a request that is not expected here: {kind}")
            return 1
        answer(engine, request, say)
    return 0


def answer(engine, request, say):
    """Runs one case, to its closing line."""
    sequence, plan = request["sequence"], request["plan"]

    def observe(**observation):
        say(type="observation", sequence=sequence, **observation)

    fault = fault_of(plan)
    if fault is None:
        try:
            Case(engine, plan, observe).run()
        except Exception as error:  # A mistake of ours costs this case and no other.
            fault = f"{type(error).__name__}: {error}"
    if fault is None:
        say(type="done", sequence=sequence, retire=False)
    else:
        say(type="error", sequence=sequence, message=fault)


if __name__ == "__main__":
    sys.stdout = sys.stderr  # stdout is the protocol's alone, whatever is printed.
    sys.exit(talk(sys.stdin.buffer))
