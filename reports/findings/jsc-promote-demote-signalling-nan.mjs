// f32.demote_f64 (f64.promote_f32 x) of a signalling NaN must give a quiet one, in every tier of the engine.
// node script.mjs, bun script.mjs, deno run -A script.mjs; exit code 1 where it does not.
import process from "node:process";

// (module
//   (func (export "roundtrip") (param i32) (result i32)
//     (i32.reinterpret_f32 (f32.demote_f64 (f64.promote_f32 (f32.reinterpret_i32 (local.get 0)))))))
const wasm =
  "0061736d0100000001060160017f017f03020100070d0109726f756e647472697000000a0a0108002000bebbb6bc0b";
const bytes = Uint8Array.from(wasm.match(/../g), (hex) => parseInt(hex, 16));
const { roundtrip } = new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports;

const SIGNALLING = 0x7fa00001;
const QUIET = 0x00400000;
console.log("expected the quiet bit (0x400000) in each of 20 million results");
for (let call = 1; call <= 2e7; call++) {
  const bits = roundtrip(SIGNALLING);
  if ((bits & QUIET) === 0) {
    console.log(`actual   call ${call} gave 0x${(bits >>> 0).toString(16)}, without it`);
    process.exit(1);
  }
}
console.log("actual   all have it");
