;; A client of another instance's allocator, in that instance's memory.
(module
  (import "heap" "memory" (memory 1))
  (import "heap" "alloc" (func $alloc (param i32) (result i32)))
  (import "heap" "free" (func $free (param i32 i32)))
  ;; Allocates and gives back at once. Returns how often it was refused.
  (func (export "borrow and return") (param $times i32) (param $size i32) (result i32) (local $at i32) (local $refused i32)
    (loop $again
      (local.set $at (call $alloc (local.get $size)))
      (if (local.get $at)
        (then
          (i32.store8 (local.get $at) (local.get $times))
          (call $free (local.get $at) (local.get $size)))
        (else (local.set $refused (i32.add (local.get $refused) (i32.const 1)))))
      (br_if $again (local.tee $times (i32.sub (local.get $times) (i32.const 1)))))
    (local.get $refused))
  ;; Allocates and forgets. Returns how often it was refused.
  (func (export "borrow and forget") (param $times i32) (param $size i32) (result i32) (local $refused i32)
    (loop $again
      (local.set $refused (i32.add (local.get $refused) (i32.eqz (call $alloc (local.get $size)))))
      (br_if $again (local.tee $times (i32.sub (local.get $times) (i32.const 1)))))
    (local.get $refused))
  ;; Keeps up to 64 blocks of 1 to 4096 bytes, each full of its own number, and in every round allocates or gives back one that
  ;; chance picks. Returns how many bytes were not what it had written there; -1 if it was refused a block.
  (func (export "trade") (param $rounds i32) (param $seed i32) (result i32)
    (local $table i32) (local $slot i32) (local $at i32) (local $size i32) (local $i i32) (local $wrong i32)
    (local.set $table (call $alloc (i32.const 512)))
    (if (i32.eqz (local.get $table)) (then (return (i32.const -1))))
    (loop $clear
      (i64.store (i32.add (local.get $table) (local.get $i)) (i64.const 0))
      (br_if $clear (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 8))) (i32.const 512))))
    (loop $again
      ;; Marsaglia's xorshift.
      (local.set $seed (i32.xor (local.get $seed) (i32.shl (local.get $seed) (i32.const 13))))
      (local.set $seed (i32.xor (local.get $seed) (i32.shr_u (local.get $seed) (i32.const 17))))
      (local.set $seed (i32.xor (local.get $seed) (i32.shl (local.get $seed) (i32.const 5))))
      (local.set $slot (i32.add (local.get $table) (i32.shl (i32.and (local.get $seed) (i32.const 63)) (i32.const 3))))
      (local.set $at (i32.load (local.get $slot)))
      (local.set $i (i32.const 0))
      (if (local.get $at)
        (then
          (local.set $size (i32.load offset=4 (local.get $slot)))
          (loop $check
            (local.set $wrong (i32.add (local.get $wrong)
              (i32.ne
                (i32.load8_u (i32.add (local.get $at) (local.get $i)))
                (i32.and (i32.sub (local.get $slot) (local.get $table)) (i32.const 0xff)))))
            (br_if $check (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get $size))))
          (call $free (local.get $at) (local.get $size))
          (i32.store (local.get $slot) (i32.const 0)))
        (else
          (local.set $size (i32.add (i32.and (i32.shr_u (local.get $seed) (i32.const 6)) (i32.const 0xfff)) (i32.const 1)))
          (local.set $at (call $alloc (local.get $size)))
          (if (i32.eqz (local.get $at)) (then (return (i32.const -1))))
          (loop $write
            (i32.store8 (i32.add (local.get $at) (local.get $i)) (i32.sub (local.get $slot) (local.get $table)))
            (br_if $write (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get $size))))
          (i32.store (local.get $slot) (local.get $at))
          (i32.store offset=4 (local.get $slot) (local.get $size))))
      (br_if $again (local.tee $rounds (i32.sub (local.get $rounds) (i32.const 1)))))
    (local.get $wrong)))
