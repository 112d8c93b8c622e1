"""One case: its steps in order, on main, and what each of them gave.

The engine has memories, and a host reads and writes their bytes. It has no buffers that detach and no views over
them, so steps that are about those are unsupported here rather than imitated.
"""

import base64
import hashlib

import wasmtime
from wasmtime import Func, FuncType, Global, GlobalType, Instance, Limits, Module, Store, ValType

from engine import HostMemory, SharedMemory, trap_result
from values import convert, decode, encode

MAX_RUNS = 1024
PAGE = 65536

VIEWS = "view subarray slice get put set fill copy-within data-get data-put each decode encode-into atomic wait notify"
BUFFERS = "buffer to-resizable to-fixed-length resize same property detached transfer"
OTHERS = "wait-async settle pending post receive turn terminate join structured-clone using"
LACKS = {
    **dict.fromkeys(VIEWS.split(), "there are no views over a memory in the wasmtime package"),
    **dict.fromkeys(BUFFERS.split(), "a memory has no buffer object in the wasmtime package"),
    **dict.fromkeys(OTHERS.split(), "this executor has one thread, no event loop and no JavaScript"),
}


class Unsupported(Exception):
    """This cannot be done here."""


class Skipped(Exception):
    """Something that the step needs is missing."""


class Threw(Exception):
    """The host throws an error of this class."""

    def __init__(self, error, message):
        super().__init__(message)
        self.error = error


def steps_in(value):
    if isinstance(value, dict):
        if "op" in value:
            yield value
        for part in value.values():
            yield from steps_in(part)
    elif isinstance(value, list):
        for part in value:
            yield from steps_in(part)


def fault_of(plan):
    """Why the plan cannot be run, or None."""
    for step in steps_in([plan["steps"], plan["callbacks"]]):
        if step["op"] not in OPERATIONS and step["op"] not in LACKS:
            return f"step {step['number']} has an unknown operation `{step['op']}`"
    return None


class Case:
    def __init__(self, engine, plan, observe):
        self.engine, self.store, self.plan, self.observe = engine.engine, Store(engine.engine), plan, observe
        self.guests = {guest["name"]: guest["wasm"] for guest in plan["guests"]}
        self.callbacks = {callback["name"]: callback for callback in plan["callbacks"]}
        self.handles, self.kept, self.compiled, self.invocations = {}, {}, {}, {}

    def run(self):
        for step in self.plan["steps"]:
            self.do(step)

    def do(self, step, **invocation):
        repeat = step.get("repeat", 1)
        result = self.attempt(step) if repeat == 1 else self.repeated(step, repeat)
        by = "engine" if step["op"] in ("compile", "instantiate", "call") else "embedding"
        self.observe(step=step["number"], agent=step["agent"], observed_by=by, **invocation, **result)

    def repeated(self, step, repeat):
        runs, unrecorded = [], 0
        for _ in range(repeat):
            result = self.attempt(step)
            if runs and not unrecorded and runs[-1] == {**result, "rounds": runs[-1]["rounds"]}:
                runs[-1]["rounds"] += 1
            elif len(runs) < MAX_RUNS:
                runs.append({"rounds": 1, **result})
            else:
                unrecorded += 1
        return {"result": "repeated", "runs": runs, "unrecorded": unrecorded}

    def attempt(self, step):
        # A step that should have made something and did not leaves its name empty.
        name = step.get("as")
        try:
            if step["op"] in LACKS:
                raise Unsupported(LACKS[step["op"]])
            values = OPERATIONS[step["op"]](self, step)
            return {"result": "returned", "values": [encode(*value) for value in values]}
        except Unsupported as error:
            result = {"result": "unsupported", "reason": str(error)}
        except Skipped as error:
            result = {"result": "skipped", "reason": str(error)}
        except Threw as error:
            result = {"result": "threw", "error": error.error, "message": str(error)}
        except wasmtime.Trap as trap:
            result = trap_result(trap)
        except RecursionError as error:
            result = {"result": "exhaustion", "message": str(error)}
        self.handles.pop(name, None)
        self.kept.pop(name, None)
        return result

    def handle(self, name, kind):
        """The object of that name, which must be of the kind."""
        if name not in self.handles:
            raise Skipped(f"there is no `{name}`")
        if not isinstance(self.handles[name], kind):
            raise Unsupported(f"`{name}` is no {kind.__name__} here")
        return self.handles[name]

    def operand(self, operand):
        """The Python value of an argument."""
        if "value-of" in operand:
            raise Unsupported("an argument whose conversion runs steps is JavaScript's")
        if "kept" not in operand:
            return decode(operand)
        if operand["kept"] not in self.kept:
            raise Skipped(f"there is no `{operand['kept']}`")
        return convert(operand, self.kept[operand["kept"]])

    def index(self, operand):
        value = self.operand(operand)
        if not isinstance(value, int) or isinstance(value, bool):
            raise Unsupported("a place that JavaScript would have to convert")
        return value

    def compile(self, reference):
        if "handle" in reference:
            return self.handle(reference["handle"], Module)
        try:
            return Module(self.engine, base64.b64decode(self.guests[reference["guest"]]))
        except wasmtime.WasmtimeError as error:
            raise Threw("CompileError", str(error)) from error

    def module(self, reference):
        """A guest is compiled once a case."""
        name = reference.get("guest")
        if name is None:
            return self.compile(reference)
        if name not in self.compiled:
            self.compiled[name] = self.compile(reference)
        return self.compiled[name]

    def export(self, instance, name):
        try:
            return self.handle(instance, Instance).exports(self.store)[name]
        except KeyError as error:
            raise Threw("TypeError", f"`{instance}` has no export `{name}`") from error

    def imported(self, source, kind):
        if "callback" in source:
            return self.function(self.callbacks[source["callback"]])
        if "value" in source:
            return Global(self.store, GlobalType(kind.content, False), decode(source["value"]))
        if "export" in source:
            return self.export(source["export"]["instance"], source["export"]["export"])
        if source["handle"] not in self.handles and "." in source["handle"]:
            return self.export(*source["handle"].split(".", 1))
        return self.handle(source["handle"], HostMemory).memory

    def function(self, callback):
        """A host function whose body is steps, run while the guest is on the stack."""
        types = [[getattr(ValType, kind)() for kind in callback[side]] for side in ("params", "results")]

        def body(*arguments):
            invocation = self.invocations.get(callback["name"], 0)
            self.invocations[callback["name"]] = invocation + 1
            seen = [encode(*value) for value in zip(callback["params"], arguments)]
            result = {"result": "returned", "values": seen, "invocation": invocation}
            self.observe(step=callback["number"], agent="main", observed_by="engine", **result)
            for step in callback["steps"]:
                self.do(step, invocation=invocation)
            if "throws" in callback["ending"]:
                raise Threw(callback["ending"]["throws"], "thrown by a callback")
            values = [self.operand(operand) for operand in callback["ending"]["returns"]]
            return values if len(values) > 1 else next(iter(values), None)

        return Func(self.store, FuncType(*types), body)


def compile_(case, step):
    case.handles[step["as"]] = case.compile(step["module"])
    return []


def instantiate(case, step):
    module = case.module(step["module"])
    sources = {(source["module"], source["name"]): source for source in step["imports"]}
    imports = []
    for wanted in module.imports:
        if (wanted.module, wanted.name) not in sources:
            there = any(module == wanted.module for module, _ in sources)
            raise Threw("LinkError" if there else "TypeError", f"no import {wanted.module}.{wanted.name}")
        imports.append(case.imported(sources[wanted.module, wanted.name], wanted.type))
    try:
        case.handles[step["as"]] = Instance(case.store, module, imports)
    except wasmtime.WasmtimeError as error:
        raise Threw("LinkError", str(error)) from error
    except TypeError as error:
        if any(isinstance(value, SharedMemory or ()) for value in imports):
            raise Unsupported(f"the wasmtime package cannot import a shared memory: {error}") from error
        raise
    return []


def call(case, step):
    function = case.export(step["instance"], step["export"])
    arguments = [case.operand(operand) for operand in step["args"]]
    returned = function(case.store, *arguments)
    values = returned if len(step["results"]) > 1 else [returned][: len(step["results"])]
    values = list(zip(step["results"], values))
    if "as" in step:
        case.kept[step["as"]] = encode(*values[0])
    return values


def memory(case, step):
    """A descriptor of plain values; what JavaScript would convert or refuse is not imitated."""
    given = {name: operand for name, operand in step["descriptor"]}
    is_64 = "address" in given and case.operand(given["address"]) == "i64"
    shared = "shared" in given and case.operand(given["shared"]) is True
    types = {"initial": "bigint" if is_64 else "number", "shared": "boolean", "address": "string"}
    types["maximum"] = types["initial"]
    plain = all(types.get(name) == operand.get("type") for name, operand in given.items())
    pages = [case.index(given[name]) for name in ("initial", "maximum") if name in given and plain]
    known = "address" not in given or case.operand(given["address"]) in ("i32", "i64")
    within = all(0 <= count <= (1 << 48 if is_64 else 1 << 16) for count in pages)
    if not (plain and known and within and "initial" in given) or (shared and "maximum" not in given):
        raise Unsupported("a descriptor that JavaScript would convert or refuse")
    limits = Limits(pages[0], pages[1] if len(pages) > 1 else None)
    try:
        case.handles[step["as"]] = HostMemory.new(case.store, limits, is_64, shared)
    except wasmtime.WasmtimeError as error:
        raise Threw("RangeError", str(error)) from error
    return []


def take(case, step):
    found = case.export(step["instance"], step["export"])
    if isinstance(found, Func):
        raise Unsupported(f"`{step['export']}` is no memory")
    case.handles[step["as"]] = HostMemory(case.store, found)
    return []


def size(case, step):
    return [("number", case.handle(step["memory"], HostMemory).length() // PAGE)]


def grow(case, step):
    of = case.handle(step["memory"], HostMemory)
    kind = "bigint" if of.is_64 else "number"
    if step["by"].get("type") != kind:
        raise Unsupported("an amount that JavaScript would have to convert")
    try:
        return [(kind, of.grow(case.index(step["by"])))]
    except wasmtime.WasmtimeError as error:
        raise Threw("RangeError", str(error)) from error


def bytes_of(case, step, at, count=None):
    """The memory whose current bytes the step is about, and the range, which must lie within it."""
    reference = step["buffer"]
    if not reference.get("buffer"):
        case.handle(reference["handle"], HostMemory)
        raise Unsupported(LACKS["buffer"])
    of = case.handle(reference["handle"], HostMemory)
    count = of.length() - at if count is None else count
    if at < 0 or count < 0 or at + count > of.length():
        raise Threw("RangeError", f"{count} bytes at {at} do not lie within {of.length()}")
    return of, at, count


def read(case, step):
    of, at, count = bytes_of(case, step, case.index(step["at"]), case.index(step["count"]))
    return [("bytes", of.read(at, count).hex())]


def write(case, step):
    data = bytes.fromhex(step["bytes"])
    of, at, _ = bytes_of(case, step, case.index(step["at"]), len(data))
    of.write(at, data)
    return []


def digest(case, step):
    place = [case.index(step[name]) if name in step else absent for name, absent in (("at", 0), ("count", None))]
    of, at, count = bytes_of(case, step, *place)
    length = PAGE if step.get("pages") else max(count, 1)
    parts = [of.read(start, min(length, at + count - start)) for start in range(at, at + max(count, 1), length)]
    return [("digest", hashlib.sha256(part).hexdigest()) for part in parts]


OPERATIONS = {
    "compile": compile_,
    "instantiate": instantiate,
    "call": call,
    "memory": memory,
    "take": take,
    "size": size,
    "grow": grow,
    "read": read,
    "write": write,
    "digest": digest,
}
