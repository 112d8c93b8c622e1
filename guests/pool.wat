;; An allocator of blocks of 32 bytes, from 1024 to the end of its only page. A block that came back goes out again first. While
;; it is here its first word is the address of the next such block, or 0: the allocator keeps its own data among its client's.
(module
  (memory (export "memory") 1 1)
  (global $returned (mut i32) (i32.const 0))
  (global $fresh (mut i32) (i32.const 1024))
  (func $alloc (export "alloc") (result i32) (local $at i32)
    (if (global.get $returned)
      (then
        (local.set $at (global.get $returned))
        (global.set $returned (i32.load (local.get $at)))
        (return (local.get $at))))
    (if (i32.eq (global.get $fresh) (i32.const 0x10000)) (then (return (i32.const 0))))
    (local.set $at (global.get $fresh))
    (global.set $fresh (i32.add (local.get $at) (i32.const 32)))
    (local.get $at))
  (func $free (export "free") (param $at i32)
    (i32.store (local.get $at) (global.get $returned))
    (global.set $returned (local.get $at)))
  ;; A new block with eight equal words, for the caller to give back.
  (func (export "produce") (param $word i32) (result i32) (local $at i32)
    (local.set $at (call $alloc))
    (call $fill (local.get $at) (local.get $word))
    (local.get $at))
  ;; The sum of a block's words; the block is given back here.
  (func (export "consume") (param $at i32) (result i32) (local $i i32) (local $sum i32)
    (loop $again
      (local.set $sum (i32.add (local.get $sum) (i32.load (i32.add (local.get $at) (local.get $i)))))
      (br_if $again (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 4))) (i32.const 32))))
    (call $free (local.get $at))
    (local.get $sum))
  (func $fill (export "fill") (param $at i32) (param $word i32) (local $i i32)
    (loop $again
      (i32.store (i32.add (local.get $at) (local.get $i)) (local.get $word))
      (br_if $again (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 4))) (i32.const 32))))))
