//! Every fault makes a valid module of another meaning, and leaves alone what it does not concern.

use wasmparser::Validator;

use super::*;

/// Something for every fault to work on.
const EVERYTHING: &str = r#"(module
  (memory $m (export "m") 1 8) (memory $n i64 1 8) (memory $s 1 8 shared) (memory $second 1 2)
  (global $g (mut i32) (i32.const 0)) (global $f (mut f32) (f32.const 0))
  (data $active (i32.const 4) "abc") (data $passive "xyz")
  (func $start nop) (start $start)
  (func $callee (param f32) (result f32) local.get 0)
  (func (export "f") (param i32 i64 f32 f64) (result i32) (local v128)
    (i32.store 0 offset=70000 align=1 (local.get 0) (i32.load 0 offset=4 (local.get 0)))
    (i32.store 1 offset=0x100000000 (i64.extend_i32_u (local.get 0)) (i32.load 1 offset=8 (local.get 1)))
    (i32.store8 (local.get 0) (i32.load8_s (local.get 0))) (i32.store16 (local.get 0) (i32.load16_u (local.get 0)))
    (i64.store (local.get 0) (i64.load (local.get 0))) (i64.store32 (local.get 0) (i64.load32_u (local.get 0)))
    (i64.store8 (local.get 0) (i64.load8_u (local.get 0))) (i64.store16 (local.get 0) (i64.load16_s (local.get 0)))
    (f32.store (local.get 0) (f32.load (local.get 0))) (f64.store (local.get 0) (f64.load (local.get 0)))
    (v128.store (local.get 0) (v128.load offset=3 (local.get 0)))
    (local.set 4 (v128.load8x8_s (local.get 0))) (local.set 4 (v128.load32x2_u (local.get 0)))
    (local.set 4 (v128.load16_splat (local.get 0))) (local.set 4 (v128.load64_zero (local.get 0)))
    (local.set 4 (v128.load16_lane 2 (local.get 0) (local.get 4))) (v128.store32_lane 1 (local.get 0) (local.get 4))
    (drop (i32.atomic.rmw.add 2 (local.get 0) (i32.const 1))) (drop (i32.atomic.rmw8.sub_u 2 (local.get 0) (i32.const 1)))
    (drop (i64.atomic.rmw16.and_u 2 (local.get 0) (i64.const 1))) (drop (i64.atomic.rmw.or 2 (local.get 0) (i64.const 1)))
    (drop (i32.atomic.rmw.xor 2 (local.get 0) (i32.const 1))) (drop (i32.atomic.rmw.xchg 2 (local.get 0) (i32.const 1)))
    (drop (i32.atomic.rmw.cmpxchg 2 (local.get 0) (i32.const 1) (i32.const 2)))
    (drop (i64.atomic.rmw32.cmpxchg_u 2 (local.get 0) (i64.const 1) (i64.const 2)))
    (i32.atomic.store16 2 (local.get 0) (i32.atomic.load8_u 2 (local.get 0)))
    (drop (memory.atomic.wait32 2 (local.get 0) (i32.const 1) (i64.const 0)))
    (drop (memory.atomic.wait64 0 (local.get 0) (i64.const 1) (i64.const 0)))
    (drop (memory.atomic.notify 2 (local.get 0) (i32.const 1))) (drop (memory.atomic.notify 0 (local.get 0) (i32.const 1)))
    (drop (memory.size 0)) (drop (memory.size 1)) (drop (memory.size 3))
    (drop (memory.grow 0 (i32.const 1))) (drop (memory.grow 1 (i64.const 1))) (drop (memory.grow 3 (i32.const 1)))
    (memory.fill 0 (i32.const 0) (i32.const 1) (i32.const 2)) (memory.fill 1 (i64.const 0) (i32.const 1) (i64.const 2))
    (memory.copy 0 0 (i32.const 0) (i32.const 1) (i32.const 2)) (memory.copy 1 0 (i64.const 0) (i32.const 1) (i32.const 2))
    (memory.copy 1 1 (i64.const 0) (i64.const 1) (i64.const 2)) (memory.copy 3 0 (i32.const 0) (i32.const 1) (i32.const 2))
    (memory.init 0 $passive (i32.const 0) (i32.const 1) (i32.const 2)) (memory.init 1 $passive (i64.const 0) (i32.const 1) (i32.const 2))
    (memory.init 3 $passive (i32.const 0) (i32.const 1) (i32.const 2)) (memory.fill 3 (i32.const 0) (i32.const 1) (i32.const 2))
    (data.drop $passive) (global.set $g (i32.const 1))
    (global.set $f (call $callee (f32.add (local.get 2) (f32.demote_f64 (f64.sqrt (local.get 3))))))
    (drop (f32.copysign (f32.neg (local.get 2)) (f32.abs (local.get 2)))) (drop (f32.const nan:0x200000))
    (drop (i32.reinterpret_f32 (local.get 2))) (drop (i64.reinterpret_f64 (local.get 3)))
    (drop (i64.extend_i32_s (i32.extend8_s (i32.extend16_s (local.get 0))))) (drop (i64.extend32_s (local.get 1)))
    (i32.load 3 (local.get 0))))"#;

fn everything() -> Vec<u8> {
    wat::parse_str(EVERYTHING).expect("valid text")
}

#[test]
fn every_fault_finds_its_instructions_and_leaves_a_valid_module() {
    let plain = everything();
    Validator::new().validate_all(&plain).expect("valid before");
    for fault in faults() {
        let changed = match &fault.change {
            Change::Instructions(change) => rewrite::rewrite(&plain, fault.remembers, change)
                .unwrap_or_else(|error| panic!("{}: {error}", fault.name)),
            Change::Module(change) => change(&plain),
        };
        let changed = changed.unwrap_or_else(|| panic!("{} changes nothing", fault.name));
        assert_ne!(changed, plain, "{}", fault.name);
        if let Err(error) = Validator::new().validate_all(&changed) {
            let text = wasmprinter::print_bytes(&changed).unwrap_or_default();
            panic!("{}: {error}\n{text}", fault.name);
        }
    }
}

#[test]
fn a_module_without_memory_is_left_alone() {
    let wasm = wat::parse_str("(module (func (export \"f\") (result i32) i32.const 1))").expect("valid text");
    for fault in faults() {
        assert_eq!(fault.apply(&wasm), None, "{}", fault.name);
    }
}

#[test]
fn names_are_unique() {
    let mut names: Vec<_> = faults().into_iter().map(|fault| fault.name).collect();
    names.sort();
    let all = names.len();
    names.dedup();
    assert_eq!(names.len(), all);
}

#[test]
fn bytes_that_are_no_module_are_left_alone() {
    for fault in faults() {
        assert_eq!(fault.apply(b"\0asm\x01\0\0\0\x0a\xff"), None, "{}", fault.name);
    }
}
