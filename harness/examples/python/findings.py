"""What the executor found out about the `wasmtime` package, without the executor: prints what each finding does here.

Ends with 1 if one of them shows. Each is tried in a process of its own, since some end theirs.
"""

import importlib.metadata
import subprocess
import sys

SHARED = """
import wasmtime
config = wasmtime.Config()
config.wasm_threads = True
if hasattr(wasmtime.Config, "shared_memory"):
    config.shared_memory = True
engine = wasmtime.Engine(config)
memory = wasmtime.SharedMemory(engine, wasmtime.MemoryType(wasmtime.Limits(1, 2), shared=True))
"""

FINDINGS = {
    "a shared memory can be imported": SHARED
    + """
module = wasmtime.Module(engine, '(module (import "env" "memory" (memory 1 2 shared)))')
wasmtime.Instance(wasmtime.Store(engine), module, [memory])
""",
    "a shared memory has a size": SHARED
    + """
assert memory.size() == 1
""",
    "a maximum below the minimum raises WasmtimeError": """
import wasmtime
try:
    wasmtime.Memory(wasmtime.Store(), wasmtime.MemoryType(wasmtime.Limits(2, 1)))
except wasmtime.WasmtimeError:
    pass
""",
    "the trap of a wait on an unshared memory has a code": """
import wasmtime
store = wasmtime.Store()
wait = "(drop (memory.atomic.wait32 (i32.const 0) (i32.const 0) (i64.const 0)))"
module = wasmtime.Module(store.engine, f'(module (memory 1) (func (export "wait") {wait}))')
try:
    wasmtime.Instance(store, module, []).exports(store)["wait"](store)
except wasmtime.Trap as trap:
    assert trap.trap_code.name == "ATOMIC_WAIT_NON_SHARED_MEMORY"
""",
}

print("wasmtime", importlib.metadata.version("wasmtime"))
shown = 0
for expected, script in FINDINGS.items():
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    shown += done.returncode != 0
    said = [line for line in done.stderr.splitlines() if "panicked" in line or "Error" in line]
    print(f"expected: {expected}")
    print("actual:  ", "it does" if done.returncode == 0 else f"code {done.returncode}: {' '.join(said[-1:])}")
sys.exit(shown > 0)
