// The locals of a function that waits in a loop must be what they were before.
// node script.mjs, bun script.mjs, deno run -A script.mjs; exit code 1 where they are not.
import process from "node:process";

// (module
//   (memory 1 1 shared)
//   (func (export "count") (param $rounds i32) (result i32)
//     (local $round i32)
//     (loop $next
//       (if (i32.gt_u (i32.atomic.rmw.add (i32.const 8) (i32.const 1)) (i32.const 1000)) (then (return (local.get $round))))
//       (local.set $round (i32.add (local.get $round) (i32.const 1)))
//       (drop (memory.atomic.wait32 (i32.const 4) (i32.const 7) (i64.const -1)))
//       (br_if $next (i32.lt_u (local.get $round) (local.get $rounds))))
//     (local.get $round)))
const wasm =
  "0061736d0100000001060160017f017f0302010005040103010107090105636f756e7400000a36013401017f034041084101fe1e020041e8074b" +
  "044020010f0b200141016a210141044107427ffe0102001a20012000490d000b20010b";
const bytes = Uint8Array.from(wasm.match(/../g), (hex) => parseInt(hex, 16));
const { count } = new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports;
const actual = count(3);
console.log("expected 3");
console.log("actual  ", actual);
process.exit(actual === 3 ? 0 : 1);
