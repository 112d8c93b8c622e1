"""The engine: what it has, its memories' bytes, and what its traps are called."""

import ctypes
import importlib.metadata
import platform
import sys

import wasmtime
from wasmtime import Instance, Limits, Memory, MemoryType, Module, Store

SharedMemory = getattr(wasmtime, "SharedMemory", None)

PROPOSALS = ["bulk_memory", "memory64", "multi_memory", "multi_value", "reference_types", "simd", "threads"]

# A feature is there if its smallest module can be instantiated.
MODULES = {
    "threads": "(module (memory 1 1 shared) (func (drop (i32.atomic.load (i32.const 0)))))",
    "memory64": '(module (import "" "" (memory i64 0)))',
    "shared-memory64": '(module (import "" "" (memory i64 0 0 shared)))',
    "bulk-memory": "(module (memory 1) (func (memory.fill (i32.const 0) (i32.const 0) (i32.const 0))))",
    "simd": "(module (func (drop (i32x4.splat (i32.const 0)))))",
    "multi-memory": "(module (memory 0) (memory 0))",
}
LACKS = {
    "agents": "this executor has one thread",
    "large-memory": "this executor does not look how much memory the machine has",
    "terminate": "this executor has one thread",
    "terminate-waiting": "this executor has one thread",
}
LACKS.update(dict.fromkeys(["js", "resizable-buffer", "wait-async", "transfer", "using"], "there is no JavaScript"))

KINDS = {
    "MEMORY_OUT_OF_BOUNDS": "out-of-bounds",
    "HEAP_MISALIGNED": "unaligned",
    "UNREACHABLE": "unreachable",
    "INTEGER_DIVISION_BY_ZERO": "divide-by-zero",
    "INTEGER_OVERFLOW": "integer-overflow",
    "BAD_CONVERSION_TO_INTEGER": "invalid-conversion",
    "INDIRECT_CALL_TO_NULL": "indirect-call",
    "BAD_SIGNATURE": "indirect-call",
    "TABLE_OUT_OF_BOUNDS": "table-out-of-bounds",
    "ATOMIC_WAIT_NON_SHARED_MEMORY": "atomic-wait-non-shared",
    "NULL_REFERENCE": "null-reference",
}


def identity():
    version = importlib.metadata.version("wasmtime")
    processor = {"x86_64": "x64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())
    return {
        "runtime": {"name": "wasmtime-py", "version": version},
        "engine": {"name": "wasmtime", "version": version},
        "platform": f"{sys.platform}-{processor}",
    }


def trap_result(trap):
    """The result of a step that trapped, or that exhausted the stack."""
    try:
        code = trap.trap_code.name if trap.trap_code else ""
    except ValueError:  # A code that this version of the package has no name for.
        code = ""
    if code == "STACK_OVERFLOW":
        return {"result": "exhaustion", "message": str(trap)}
    kind = {"kind": KINDS[code]} if code in KINDS else {}
    return {"result": "trap", **kind, "message": str(trap)}


class Engine:
    """One for the process; each case has a store of its own."""

    def __init__(self):
        config = wasmtime.Config()
        # Old versions had shared memories without asking, and a name that Config does not know would do nothing.
        wanted = [f"wasm_{proposal}" for proposal in PROPOSALS] + ["shared_memory"]
        for name in wanted:
            if hasattr(wasmtime.Config, name):
                setattr(config, name, True)
        self.engine = wasmtime.Engine(config)

    def features(self):
        return {**{name: self.probe(name) for name in MODULES}, **LACKS}

    def probe(self, name):
        """True, or the reason why not."""
        try:
            store = Store(self.engine)
            module = Module(self.engine, MODULES[name])
            memories = []
            if "64" in name or name == "threads":
                memories = [HostMemory.new(store, Limits(0, 0), "64" in name, name != "memory64")]
            Instance(store, module, [memory.memory for memory in memories[: len(module.imports)]])
            return True
        except Exception as error:
            return (str(error).strip() or type(error).__name__).splitlines()[0]


class HostMemory:
    """A memory as the host sees it, shared or not."""

    def __init__(self, store, memory):
        self.store, self.memory = store, memory
        self.shared = SharedMemory is not None and isinstance(memory, SharedMemory)
        self.of_store = () if self.shared else (store,)
        self.is_64 = memory.type(*self.of_store).is_64

    @classmethod
    def new(cls, store, limits, is_64=False, shared=False):
        if not shared:
            return cls(store, Memory(store, MemoryType(limits, is_64=is_64)))
        if SharedMemory is None:
            raise wasmtime.WasmtimeError("this version of the package has no shared memories")
        return cls(store, SharedMemory(store.engine, MemoryType(limits, is_64=is_64, shared=True)))

    def length(self):
        return self.memory.data_len(*self.of_store)

    def grow(self, pages):
        return self.memory.grow(*self.of_store, pages)

    def address(self):
        return ctypes.cast(self.memory.data_ptr(*self.of_store), ctypes.c_void_p).value

    def read(self, at, count):
        return ctypes.string_at(self.address() + at, count) if count else b""

    def write(self, at, data):
        if data:
            ctypes.memmove(self.address() + at, data, len(data))
