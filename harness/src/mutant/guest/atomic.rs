//! Faults of the atomic instructions, of wait and of notify.

use super::Fault;
use super::access::{Access, Kind};

const RMW: &str = "https://webassembly.github.io/threads/core/exec/instructions.html#exec-atomic-rmw";
const CMPXCHG: &str =
    "https://webassembly.github.io/threads/core/exec/instructions.html#exec-atomic-rmw-cmpxchg";
const LOAD: &str = "https://webassembly.github.io/threads/core/exec/instructions.html#exec-atomic-load";
const STORE: &str = "https://webassembly.github.io/threads/core/exec/instructions.html#exec-atomic-store";
const WAIT: &str =
    "https://webassembly.github.io/threads/core/exec/instructions.html#exec-memory-atomic-waitn";
const NOTIFY: &str =
    "https://webassembly.github.io/threads/core/exec/instructions.html#exec-memory-atomic-notify";

pub(super) fn faults() -> Vec<Fault> {
    let mut faults = vec![
        Fault::access(
            "rmw-not-atomic",
            RMW,
            "a read-modify-write is a load, a pause and a store",
            |access| {
                let new = updated(access, "(local.get $old)")?;
                Some(torn(access, &new, ""))
            },
        ),
        Fault::access(
            "cmpxchg-not-atomic",
            CMPXCHG,
            "a compare-exchange is a load, a pause and a store",
            |access| {
                let ty = access.value;
                (access.kind == Kind::Cmpxchg).then(|| {
                    torn(
                        access,
                        "(local.get $v)",
                        &format!("(br_if $end ({ty}.ne (local.get $old) (local.get $e)))"),
                    )
                })
            },
        ),
        Fault::access("rmw-returns-new-value", RMW, "a read-modify-write returns what it stored", |access| {
            let new = updated(access, "(local.get $old)")?;
            let mask = mask(access, &new);
            Some(format!("(local $old {}) (local.set $old {}) {mask}", access.value, access.plain()))
        }),
        Fault::access(
            "rmw-does-not-store",
            RMW,
            "a read-modify-write leaves the memory as it is",
            |access| (access.kind == Kind::Rmw).then(|| load(access)),
        ),
        Fault::access(
            "rmw-narrow-result-signed",
            RMW,
            "a narrow read-modify-write extends what it returns with the sign",
            |access| {
                let narrow = access.name.ends_with("_u") && matches!(access.kind, Kind::Rmw | Kind::Cmpxchg);
                narrow.then(|| format!("({}.extend{}_s {})", access.value, access.width * 8, access.plain()))
            },
        ),
        Fault::access(
            "rmw-narrow-writes-wide",
            RMW,
            "a narrow read-modify-write also clears the byte after what it writes",
            |access| {
                let narrow = access.name.ends_with("_u") && access.kind == Kind::Rmw;
                let after = access.offset.checked_add(access.width);
                (narrow && access.offset_fits(after)).then(|| {
                    let clear = access.with(
                        "i32.store8",
                        "(local.get $a)",
                        access.offset + access.width,
                        "(i32.const 0)",
                    );
                    format!("{} (if (i32.eqz {}) (then {clear}))", access.plain(), access.outside(1))
                })
            },
        ),
        Fault::access(
            "cmpxchg-always-stores",
            CMPXCHG,
            "a compare-exchange stores whatever it finds",
            |access| (access.kind == Kind::Cmpxchg).then(|| exchange(access)),
        ),
        Fault::access("cmpxchg-never-stores", CMPXCHG, "a compare-exchange never stores", |access| {
            (access.kind == Kind::Cmpxchg).then(|| load(access))
        }),
        Fault::access(
            "cmpxchg-returns-expected",
            CMPXCHG,
            "a compare-exchange returns what it expected",
            |access| {
                (access.kind == Kind::Cmpxchg).then(|| format!("{} drop (local.get $e)", access.plain()))
            },
        ),
        Fault::access(
            "cmpxchg-narrow-compares-whole",
            CMPXCHG,
            "a narrow compare-exchange compares all bits of what it expects, and never finds the upper ones",
            |access| {
                let narrow = access.kind == Kind::Cmpxchg && access.name.ends_with("_u");
                narrow.then(|| {
                    let (ty, low) = (access.value, mask(access, "(local.get $e)"));
                    format!(
                        "(if (result {ty}) ({ty}.ne (local.get $e) {low}) (then {}) (else {}))",
                        load(access),
                        access.plain()
                    )
                })
            },
        ),
        Fault::access(
            "atomic-load-narrow-signed",
            LOAD,
            "a narrow atomic load extends with the sign",
            |access| {
                let narrow = access.atomic && access.kind == Kind::Load && access.name.ends_with("_u");
                narrow.then(|| format!("({}.extend{}_s {})", access.value, access.width * 8, access.plain()))
            },
        ),
        Fault::access("atomic-store-lost", STORE, "an atomic store does nothing", |access| {
            // The load keeps the traps.
            (access.atomic && access.kind == Kind::Store).then(|| format!("(drop {})", load(access)))
        }),
        Fault::access(
            "atomic-store-too-wide",
            STORE,
            "a narrow atomic store also clears the byte after what it writes",
            |access| {
                let narrow = access.atomic && access.kind == Kind::Store && access.width < 4;
                let after = access.offset.checked_add(access.width);
                (narrow && access.offset_fits(after)).then(|| {
                    let clear = access.with(
                        "i32.store8",
                        "(local.get $a)",
                        access.offset + access.width,
                        "(i32.const 0)",
                    );
                    format!("{} (if (i32.eqz {}) (then {clear}))", access.plain(), access.outside(1))
                })
            },
        ),
        Fault::access(
            "unaligned-atomic-rounded-down",
            RMW,
            "an unaligned atomic access takes place at the aligned address below",
            |access| {
                let aligned = access.atomic && access.width > 1 && access.offset.is_multiple_of(access.width);
                let (address, mask) = (access.address, -(access.width as i64));
                aligned.then(|| {
                    access.at(
                        &format!("({address}.and (local.get $a) ({address}.const {mask}))"),
                        access.offset,
                    )
                })
            },
        ),
        Fault::access("wait-does-not-wait", WAIT, "a wait returns 0 at once, as if notified", |access| {
            (access.kind == Kind::Wait).then(|| answer(access, "(i32.const 0)"))
        }),
        Fault::access(
            "wait-times-out-at-once",
            WAIT,
            "a wait returns 2 at once, as if its time were over",
            |access| (access.kind == Kind::Wait).then(|| answer(access, "(i32.const 2)")),
        ),
        Fault::access("wait-not-equal-is-ok", WAIT, "a wait on another value returns 0", |access| {
            renamed(access, 1, 0)
        }),
        Fault::access("wait-time-out-is-ok", WAIT, "a wait whose time is over returns 0", |access| {
            renamed(access, 2, 0)
        }),
        Fault::access("wait-ok-is-time-out", WAIT, "a wait that was notified returns 2", |access| {
            renamed(access, 0, 2)
        }),
        Fault::access(
            "wait-compares-nothing",
            WAIT,
            "a wait does not compare, and waits whatever the value is",
            |access| {
                (access.kind == Kind::Wait)
                    .then(|| format!("(local.set $e {}) {}", load(access), access.plain()))
            },
        ),
        Fault::access(
            "wait-64-compares-32-bits",
            WAIT,
            "a 64-bit wait compares only the low 32 bits",
            |access| {
                (access.kind == Kind::Wait && access.width == 8).then(|| {
                let found = load(access);
                format!(
                    "(local $f i64) (local.set $f {found}) \
                     (if (i32.eq (i32.wrap_i64 (local.get $f)) (i32.wrap_i64 (local.get $e))) (then (local.set $e (local.get $f)))) {}",
                    access.plain()
                )
            })
            },
        ),
        Fault::access(
            "wait-negative-time-is-zero",
            WAIT,
            "a wait with a negative time-out does not wait for ever but not at all",
            |access| {
                (access.kind == Kind::Wait).then(|| {
                    format!(
                        "(if (i64.lt_s (local.get $t) (i64.const 0)) (then (local.set $t (i64.const 0)))) {}",
                        access.plain()
                    )
                })
            },
        ),
        Fault::access(
            "wait-unshared-does-not-trap",
            WAIT,
            "a wait on an unshared memory returns 2",
            |access| (access.kind == Kind::Wait && !access.shared).then(|| "(i32.const 2)".to_owned()),
        ),
        Fault::access("notify-dropped", NOTIFY, "a notify wakes nobody", |access| {
            (access.kind == Kind::Notify).then(|| format!("(local.set $c (i32.const 0)) {}", access.plain()))
        }),
        Fault::access("notify-wakes-all", NOTIFY, "a notify of one wakes all", |access| {
            let some = "(i32.ne (local.get $c) (i32.const 0))";
            (access.kind == Kind::Notify)
                .then(|| format!("(if {some} (then (local.set $c (i32.const -1)))) {}", access.plain()))
        }),
        Fault::access("notify-wakes-one", NOTIFY, "a notify of many wakes one", |access| {
            let many = "(i32.gt_u (local.get $c) (i32.const 1))";
            (access.kind == Kind::Notify)
                .then(|| format!("(if {many} (then (local.set $c (i32.const 1)))) {}", access.plain()))
        }),
        Fault::access("notify-count-signed", NOTIFY, "a notify of more than 2^31-1 wakes nobody", |access| {
            let negative = "(i32.lt_s (local.get $c) (i32.const 0))";
            (access.kind == Kind::Notify)
                .then(|| format!("(if {negative} (then (local.set $c (i32.const 0)))) {}", access.plain()))
        }),
        Fault::access("notify-zero-wakes-one", NOTIFY, "a notify of none wakes one", |access| {
            (access.kind == Kind::Notify).then(|| {
                format!(
                    "(if (i32.eqz (local.get $c)) (then (local.set $c (i32.const 1)))) {}",
                    access.plain()
                )
            })
        }),
        Fault::access(
            "notify-returns-its-count",
            NOTIFY,
            "a notify returns how many it was to wake",
            |access| (access.kind == Kind::Notify).then(|| format!("{} drop (local.get $c)", access.plain())),
        ),
        Fault::access("notify-unshared-traps", NOTIFY, "a notify on an unshared memory traps", |access| {
            (access.kind == Kind::Notify && !access.shared).then(|| "unreachable".to_owned())
        }),
    ];
    for (name, wrong, right) in [
        ("rmw-sub-adds", "add", "sub"),
        ("rmw-add-exchanges", "xchg", "add"),
        ("rmw-and-ors", "or", "and"),
        ("rmw-or-xors", "xor", "or"),
        ("rmw-xor-ors", "or", "xor"),
        ("rmw-xchg-adds", "add", "xchg"),
    ] {
        faults.push(Fault::access(
            name,
            RMW,
            format!("`rmw.{right}` does what `rmw.{wrong}` does"),
            move |access| {
                let other = access.name.replace(&format!(".{right}"), &format!(".{wrong}"));
                let changed = access.kind == Kind::Rmw && other != access.name;
                changed.then(|| access.with(&other, "(local.get $a)", access.offset, access.operands()))
            },
        ));
    }
    faults
}

/// The atomic load of the same place.
fn load(access: &Access) -> String {
    let ty = match access.kind {
        Kind::Wait if access.width == 4 => "i32",
        _ => access.value,
    };
    let name = Access::integer_load(ty, access.width).replace(".load", ".atomic.load");
    access.with(&name, "(local.get $a)", access.offset, "")
}

fn store(access: &Access, value: &str) -> String {
    let name = Access::integer_store(access.value, access.width).replace(".store", ".atomic.store");
    access.with(&name, "(local.get $a)", access.offset, value)
}

fn exchange(access: &Access) -> String {
    let name = access.name.replace("cmpxchg", "xchg");
    access.with(&name, "(local.get $a)", access.offset, "(local.get $v)")
}

/// What a read-modify-write stores over `old`.
fn updated(access: &Access, old: &str) -> Option<String> {
    let operation = access.name.rsplit('.').next()?.trim_end_matches("_u");
    match (access.kind, operation) {
        (Kind::Rmw, "xchg") => Some("(local.get $v)".to_owned()),
        (Kind::Rmw, _) => Some(format!("({}.{operation} {old} (local.get $v))", access.value)),
        _ => None,
    }
}

/// The low bits that the access touches.
fn mask(access: &Access, expression: &str) -> String {
    let ty = access.value;
    match (ty, access.width) {
        ("i32", 4) | ("i64", 8) => expression.to_owned(),
        (_, width) => format!("({ty}.and {expression} ({ty}.const {}))", (1u64 << (8 * width)) - 1),
    }
}

/// A load, some rounds of nothing, so that others get in between, and a store.
fn torn(access: &Access, new: &str, unless: &str) -> String {
    let ty = access.value;
    format!(
        "(local $old {ty}) (local $n i32) (local.set $old {}) \
         (block $end {unless} (loop $pause (local.set $n (i32.add (local.get $n) (i32.const 1))) \
         (br_if $pause (i32.lt_u (local.get $n) (i32.const 200)))) {}) (local.get $old)",
        load(access),
        store(access, new)
    )
}

/// A wait that checks what a wait checks, and then gives its answer at once unless the values
/// differ.
fn answer(access: &Access, code: &str) -> String {
    format!(
        "(local $r i32) (local.set $t (i64.const 0)) (local.set $r {}) \
         (select (i32.const 1) {code} (i32.eq (local.get $r) (i32.const 1)))",
        access.plain()
    )
}

fn renamed(access: &Access, from: i32, to: i32) -> Option<String> {
    (access.kind == Kind::Wait).then(|| {
        format!(
            "(local $r i32) (local.set $r {}) \
             (select (i32.const {to}) (local.get $r) (i32.eq (local.get $r) (i32.const {from})))",
            access.plain()
        )
    })
}
