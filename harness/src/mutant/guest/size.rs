//! Faults of `memory.size` and `memory.grow`, and of what an instance remembers of a memory's size.

use wasmparser::{MemoryType, Operator};

use super::access::Access;
use super::rewrite::{Replacement, Site};
use super::{Fault, address_type, bulk, grown_memory, narrowed, widened};

const SIZE: &str = "https://webassembly.github.io/spec/core/exec/instructions.html#exec-memory-size";
const SHARED_SIZE: &str =
    "https://webassembly.github.io/threads/core/exec/instructions.html#exec-memory-size";
const GROW: &str = "https://webassembly.github.io/spec/core/exec/instructions.html#exec-memory-grow";
const GROW_MEM: &str = "https://webassembly.github.io/spec/core/exec/modules.html#grow-mem";

pub(super) fn faults() -> Vec<Fault> {
    let mut faults = stale();
    faults.extend([
        Fault::new("memory-size-one-more", SIZE, "`memory.size` returns a page more", |site| {
            size(site, |address, plain| format!("({address}.add {plain} ({address}.const 1))"))
        }),
        Fault::new("memory-size-in-bytes", SIZE, "`memory.size` returns bytes", |site| {
            size(site, |address, plain| format!("({address}.shl {plain} ({address}.const 16))"))
        }),
        Fault::new("memory-size-truncated-to-16-bits", SIZE, "only 16 bits of what `memory.size` returns count", |site| {
            size(site, |address, plain| format!("({address}.and {plain} ({address}.const 0xffff))"))
        }),
        Fault::new("memory-size-of-the-first-memory", SIZE, "`memory.size` returns the first memory's size", |site| {
            let Operator::MemorySize { mem } = site.operator else { return None };
            let address = address_type(site, *mem);
            (*mem != 0 && address == address_type(site, 0))
                .then(|| Replacement::Function(format!("(result {address}) (memory.size 0)")))
        }),
        Fault::new("memory-grow-of-the-first-memory", GROW, "`memory.grow` grows the first memory", |site| {
            let mem = grown_memory(site.operator)?;
            let address = address_type(site, mem);
            (mem != 0 && address == address_type(site, 0)).then(|| {
                Replacement::Function(format!("(param {address}) (result {address}) (memory.grow 0 (local.get 0))"))
            })
        }),
        grow("memory-grow-returns-new-size", "`memory.grow` returns the new size", "", "(if (i64.ge_s (local.get $old) (i64.const 0)) (then (local.set $old (i64.add (local.get $old) (local.get $by)))))"),
        grow("memory-grow-failure-is-zero", "a `memory.grow` that fails returns 0", "", "(if (i64.lt_s (local.get $old) (i64.const 0)) (then (local.set $old (i64.const 0))))"),
        grow("memory-grow-failure-grows", "a `memory.grow` that fails grows by one page", "", "(if (i64.lt_s (local.get $old) (i64.const 0)) (then $GROW(1) drop))"),
        grow("memory-grow-failure-is-unsigned", "a 64-bit `memory.grow` that fails returns 2^32-1", "", "(if (i64.lt_s (local.get $old) (i64.const 0)) (then (local.set $old (i64.const 0xffffffff))))"),
        grow("memory-grow-delta-16-bits", "only 16 bits of what `memory.grow` is given count", "(local.set $by (i64.and (local.get $by) (i64.const 0xffff)))", ""),
        grow("memory-grow-delta-32-bits", "only 32 bits of what a 64-bit `memory.grow` is given count", "(local.set $by (i64.and (local.get $by) (i64.const 0xffffffff)))", ""),
        grow("memory-grow-delta-signed", "a `memory.grow` by 2^31 pages and more grows by nothing", "(if (i64.ge_u (local.get $by) (i64.const 0x80000000)) (then (local.set $by (i64.const 0))))", ""),
        grow("memory-grow-one-more", "`memory.grow` grows by one page more", "(if (i64.ne (local.get $by) (i64.const 0)) (then (local.set $by (i64.add (local.get $by) (i64.const 1)))))", ""),
        grow("memory-grow-does-nothing", "`memory.grow` returns the old size and does not grow", "(local.set $by (i64.const 0))", ""),
        grow("memory-grow-new-pages-dirty", "new pages are not zero", "", "(if (i64.gt_s (local.get $by) (i64.const 0)) (then (if (i64.ge_s (local.get $old) (i64.const 0)) (then $FILL(0xa5)))))"),
        grow("memory-grow-one-new-byte-dirty", "the last byte of the new pages is not zero", "", "(if (i64.gt_s (local.get $by) (i64.const 0)) (then (if (i64.ge_s (local.get $old) (i64.const 0)) (then $LAST(0x01)))))"),
        grow("memory-grow-clears-first-page", "growth clears the memory's first 64 bytes", "", "(if (i64.gt_s (local.get $by) (i64.const 0)) (then (if (i64.gt_s (local.get $old) (i64.const 0)) (then $CLEAR(0)))))"),
        grow("memory-grow-clears-last-old-byte", "growth clears the last byte there was", "", "(if (i64.gt_s (local.get $by) (i64.const 0)) (then (if (i64.gt_s (local.get $old) (i64.const 0)) (then $OLDEND))))"),
        grow("memory-grow-zero-clears-last-byte", "growth by zero clears the memory's last byte", "", "(if (i64.eqz (local.get $by)) (then (if (i64.gt_s (local.get $old) (i64.const 0)) (then $OLDEND))))"),
    ]);
    faults
}

/// Faults of an instance that remembers its memories' sizes from when it was made, until it grows
/// one itself.
fn stale() -> Vec<Fault> {
    vec![
        Fault::new("memory-size-stale", SHARED_SIZE, "`memory.size` is what it was when the instance was made, until the instance grows the memory", |site| {
            refreshed(site).or_else(|| size_from(site))
        })
        .remembering(),
        Fault::new("memory-size-stale-for-ever", SIZE, "`memory.size` is what it was when the instance was made", size_from).remembering(),
        Fault::new("bulk-bounds-stale", bulk::FILL, "bulk instructions check against the size that the memory had when the instance was made, until the instance grows it", |site| {
            refreshed(site).or_else(|| {
                let bulk = bulk::Bulk::of(site)?;
                let check: String = bulk
                    .ranges()
                    .into_iter()
                    .map(|range| {
                        let limit = format!("(global.get {})", site.spare + range.memory);
                        format!("(if {} (then unreachable))", range.outside(&limit))
                    })
                    .collect();
                Some(Replacement::Function(format!("{} {check} {}", bulk.signature(), bulk.plain())))
            })
        })
        .remembering(),
        Fault::new("access-bounds-stale", SHARED_SIZE, "loads and stores check against the size that the memory had when the instance was made, until the instance grows it", |site| {
            refreshed(site).or_else(|| {
                let access = Access::of(site.operator, site.memories)?;
                let limit = format!("(global.get {})", site.spare + access.memory);
                let end = format!("(i64.add {} (i64.const {}))", access.effective(), access.width);
                Some(Replacement::Function(format!(
                    "{} (if (i64.gt_u {end} {limit}) (then unreachable)) {}",
                    access.signature(),
                    access.plain()
                )))
            })
        })
        .remembering(),
    ]
}

/// Instructions that put the sizes of all memories, in bytes, into the spare globals.
pub(super) fn remember(memories: &[MemoryType], spare: u32) -> String {
    (0u32..)
        .zip(memories)
        .map(|(index, memory)| {
            let address = if memory.memory64 { "i64" } else { "i32" };
            let size = widened(address, &format!("(memory.size {index})"));
            format!("(global.set {} (i64.shl {size} (i64.const 16)))", spare + index)
        })
        .collect()
}

/// `memory.grow` that also remembers the new size.
fn refreshed(site: &Site<'_>) -> Option<Replacement> {
    let mem = grown_memory(site.operator)?;
    let address = address_type(site, mem);
    let size = widened(address, &format!("(memory.size {mem})"));
    Some(Replacement::Function(format!(
        "(param {address}) (result {address}) (memory.grow {mem} (local.get 0)) \
         (global.set {} (i64.shl {size} (i64.const 16)))",
        site.spare + mem
    )))
}

fn size_from(site: &Site<'_>) -> Option<Replacement> {
    let Operator::MemorySize { mem } = site.operator else { return None };
    let address = address_type(site, *mem);
    let pages = format!("(i64.shr_u (global.get {}) (i64.const 16))", site.spare + mem);
    Some(Replacement::Function(format!("(result {address}) {}", narrowed(address, &pages))))
}

fn size(site: &Site<'_>, change: impl Fn(&str, &str) -> String) -> Option<Replacement> {
    let Operator::MemorySize { mem } = site.operator else { return None };
    let address = address_type(site, *mem);
    Some(Replacement::Function(format!(
        "(result {address}) {}",
        change(address, &format!("(memory.size {mem})"))
    )))
}

/// A fault of `memory.grow`. `before` and `after` may change `$by` and `$old`, both of them i64
/// and signed; in `after`, `$GROW(n)` grows again, and `$FILL(b)`, `$LAST(b)`, `$CLEAR(0)`,
/// `$OLDEND` write into the new pages, their last byte, the first bytes, the last old byte.
fn grow(name: &'static str, description: &'static str, before: &'static str, after: &'static str) -> Fault {
    let clause = if name.contains("page") || name.contains("byte") { GROW_MEM } else { GROW };
    let only_wide = name.ends_with("unsigned") || name.ends_with("32-bits");
    Fault::new(name, clause, description, move |site| {
        let mem = grown_memory(site.operator)?;
        let address = address_type(site, mem);
        if only_wide && address == "i32" {
            return None;
        }
        let store =
            |at: &str, byte: &str| format!("(i32.store8 {mem} {} (i32.const {byte}))", narrowed(address, at));
        let end = |pages: &str| format!("(i64.sub (i64.shl {pages} (i64.const 16)) (i64.const 1))");
        let fill = format!(
            "(memory.fill {mem} {} (i32.const 0xa5) {})",
            narrowed(address, "(i64.shl (local.get $old) (i64.const 16))"),
            narrowed(address, "(i64.shl (local.get $by) (i64.const 16))")
        );
        let clear = format!("(memory.fill {mem} ({address}.const 0) (i32.const 0) ({address}.const 64))");
        let after = after
            .replace("$GROW(1)", &format!("(memory.grow {mem} ({address}.const 1))"))
            .replace("$FILL(0xa5)", &fill)
            .replace("$LAST(0x01)", &store(&end("(i64.add (local.get $old) (local.get $by))"), "1"))
            .replace("$CLEAR(0)", &clear)
            .replace("$OLDEND", &store(&end("(local.get $old)"), "0"));
        let by = widened(address, "(local.get 0)");
        let grown = format!("(memory.grow {mem} {})", narrowed(address, "(local.get $by)"));
        let old = if address == "i64" { grown } else { format!("(i64.extend_i32_s {grown})") };
        Some(Replacement::Function(format!(
            "(param {address}) (result {address}) (local $by i64) (local $old i64) \
             (local.set $by {by}) {before} (local.set $old {old}) {after} {}",
            narrowed(address, "(local.get $old)")
        )))
    })
}
