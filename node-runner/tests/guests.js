// Guests of the tests, as binaries; the text of each stands above it.

/* (module
     (import "env" "memory" (memory 1 8 shared))
     (func (export "size") (result i32) (memory.size))
     (func (export "grow") (param $pages i32) (result i32) (memory.grow (local.get $pages)))
     (func (export "fill") (param i32 i32 i32) (memory.fill (local.get 0) (local.get 1) (local.get 2)))
     (func (export "wait") (param i32 i32 i64) (result i32) (memory.atomic.wait32 (local.get 0) (local.get 1) (local.get 2)))
     (func (export "spin") (loop $l (br $l)))) */
export const SHARED = {
  name: 'shared',
  wasm: 'AGFzbQEAAAABGgVgAAF/YAF/AX9gA39/fwBgA39/fgF/YAAAAhABA2VudgZtZW1vcnkCAwEIAwYFAAECAwQHJAUEc2l6ZQAABGdyb3cAAQRmaWxsAAIEd2FpdAADBHNwaW4ABAouBQQAPwALBgAgAEAACwsAIAAgASAC/AsACwwAIAAgASAC/gECAAsHAANADAALCwAZBG5hbWUCCgEBAQAFcGFnZXMDBgEEAQABbA==',
};

/* (module
     (import "env" "cb" (func $cb (param i32 i64 f32 f64) (result i32)))
     (memory (export "mem") 1 4)
     (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
     (func (export "multi") (result i32 i64 f32 f64) i32.const -5 i64.const -6 f32.const 1.5 f64.const nan)
     (func (export "div") (param i32) (result i32) (i32.div_s (i32.const 1) (local.get 0)))
     (func (export "oob") (param i32) (result i32) (i32.load (local.get 0)))
     (func $rec (export "rec") (result i32) (i32.add (call $rec) (i32.const 1)))
     (func (export "cb") (param i32) (result i32) (call $cb (local.get 0) (i64.const -1) (f32.const 1.5) (f64.const -0)))
     (func (export "unreachable") unreachable)
     (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))) */
export const MIXED = {
  name: 'mixed',
  wasm: 'AGFzbQEAAAABIgZgBH9+fXwBf2ACf38Bf2AABH9+fXxgAX8Bf2AAAX9gAAACCgEDZW52AmNiAAADCQgBAgMDBAMFAwUEAQEBBAdBCQNtZW0CAANhZGQAAQVtdWx0aQACA2RpdgADA29vYgAEA3JlYwAFAmNiAAYLdW5yZWFjaGFibGUABwRncm93AAgKWAgHACAAIAFqCxQAQXtCekMAAMA/RAAAAAAAAPh/CwcAQQEgAG0LBwAgACgCAAsHABAFQQFqCxYAIABCf0MAAMA/RAAAAAAAAACAEAALAwAACwYAIABAAAsAEQRuYW1lAQoCAAJjYgUDcmVj',
};
