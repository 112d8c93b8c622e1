//! Faults of `memory.fill`, `memory.copy`, `memory.init` and `data.drop`.

use wasmparser::Operator;

use super::rewrite::{Replacement, Site};
use super::{Fault, address_type, widened};

pub(super) const FILL: &str =
    "https://webassembly.github.io/spec/core/exec/instructions.html#exec-memory-fill";
const COPY: &str = "https://webassembly.github.io/spec/core/exec/instructions.html#exec-memory-copy";
const INIT: &str = "https://webassembly.github.io/spec/core/exec/instructions.html#exec-memory-init";
const DROP: &str = "https://webassembly.github.io/spec/core/exec/instructions.html#exec-data-drop";

pub(super) fn faults() -> Vec<Fault> {
    let mut faults = Vec::new();
    for (instruction, clause) in [("fill", FILL), ("copy", COPY), ("init", INIT)] {
        let mut add = |name: &str, description: &str, body: fn(&Bulk) -> Option<String>| {
            faults.push(Fault::new(
                format!("memory-{instruction}-{name}"),
                clause,
                format!("`memory.{instruction}` {description}"),
                move |site| {
                    let bulk = Bulk::of(site).filter(|bulk| bulk.name == instruction)?;
                    Some(Replacement::Function(format!("{} {}", bulk.signature(), body(&bulk)?)))
                },
            ));
        };
        add("a-byte-short", "leaves the last byte out", |bulk| {
            let count = bulk.count;
            Some(format!(
                "{} (if ({count}.ne (local.get $n) ({count}.const 0)) (then (local.set $n ({count}.sub (local.get $n) ({count}.const 1))))) {}",
                bulk.check(),
                bulk.plain()
            ))
        });
        add("does-nothing", "does nothing but check its bounds", |bulk| Some(bulk.check()));
        add("outside-ignored", "does nothing outside the memory instead of a trap", |bulk| {
            Some(format!("(if {} (then return)) {}", bulk.outside(), bulk.plain()))
        });
        add("trap-writes-first-bytes", "across the memory's end writes what fits and then traps", |bulk| {
            let count = bulk.count;
            Some(format!(
                "(if {} (then (if ({count}.ne (local.get $n) ({count}.const 0)) (then {})))) {}",
                bulk.outside(),
                bulk.first_byte(),
                bulk.plain()
            ))
        });
        add("of-nothing-unchecked", "of no bytes does not trap outside the memory", |bulk| {
            Some(format!("(if ({}.eqz (local.get $n)) (then return)) {}", bulk.count, bulk.plain()))
        });
        add("of-nothing-at-the-end-traps", "of no bytes traps at the memory's end", |bulk| {
            let at_end: String = bulk
                .ranges()
                .into_iter()
                .map(|range| {
                    let end = format!("(i64.eq {} {})", range.start, bulk.limit(range.memory));
                    format!("(if (i32.and ({}.eqz (local.get $n)) {end}) (then unreachable))", bulk.count)
                })
                .collect();
            Some(format!("{at_end} {}", bulk.plain()))
        });
        add("to-the-end-traps", "traps where it ends exactly at the memory's end", |bulk| {
            let at_end: String = bulk
                .ranges()
                .into_iter()
                .map(|range| {
                    let end = format!("(i64.add {} {})", range.start, range.count);
                    let nothing = format!("({}.ne (local.get $n) ({}.const 0))", bulk.count, bulk.count);
                    let end = format!("(i64.eq {end} {})", bulk.limit(range.memory));
                    format!("(if (i32.and {nothing} {end}) (then unreachable))")
                })
                .collect();
            Some(format!("{at_end} {}", bulk.plain()))
        });
        add("operands-truncated-to-32-bits", "takes only 32 bits of 64-bit operands", |bulk| {
            let wide: Vec<_> = bulk.operands().into_iter().filter(|(_, ty)| *ty == "i64").collect();
            let truncated: String = wide
                .iter()
                .map(|(name, _)| {
                    format!("(local.set ${name} (i64.and (local.get ${name}) (i64.const 0xffffffff)))")
                })
                .collect();
            (!wide.is_empty()).then(|| format!("{truncated} {}", bulk.plain()))
        });
        add("in-the-first-memory", "works on the first memory", |bulk| {
            let first = Bulk { memory: 0, source: bulk.source.map(|_| 0), ..bulk.clone() };
            let all = [bulk.memory].into_iter().chain(bulk.source);
            let alike = all.clone().all(|memory| bulk.address(memory) == bulk.address(0));
            (alike && all.into_iter().any(|memory| memory != 0)).then(|| first.plain())
        });
    }
    faults.extend([
        Fault::new(
            "memory-copy-forward",
            COPY,
            "`memory.copy` copies byte by byte from the first, also where the ranges overlap",
            |site| {
                loops(site, |bulk, one, count| {
                    format!(
                        "{} (local.set $i ({count}.const 0)) (block $end (loop $next \
                     (br_if $end ({count}.ge_u (local.get $i) (local.get $n))) {one} \
                     (local.set $i ({count}.add (local.get $i) ({count}.const 1))) (br $next)))",
                        bulk.check()
                    )
                })
            },
        ),
        Fault::new(
            "memory-copy-backward",
            COPY,
            "`memory.copy` copies byte by byte from the last, also where the ranges overlap",
            |site| {
                loops(site, |bulk, one, count| {
                    format!(
                        "{} (local.set $i (local.get $n)) (block $end (loop $next \
                     (br_if $end ({count}.eqz (local.get $i))) \
                     (local.set $i ({count}.sub (local.get $i) ({count}.const 1))) {one} (br $next)))",
                        bulk.check()
                    )
                })
            },
        ),
        Fault::new(
            "memory-copy-operands-exchanged",
            COPY,
            "`memory.copy` copies from its destination to its source",
            |site| {
                let bulk =
                    Bulk::of(site).filter(|bulk| bulk.name == "copy" && bulk.source == Some(bulk.memory))?;
                Some(Replacement::Function(format!(
                    "{} (memory.copy {} {} (local.get $s) (local.get $d) (local.get $n))",
                    bulk.signature(),
                    bulk.memory,
                    bulk.memory
                )))
            },
        ),
        Fault::new(
            "memory-init-source-ignored",
            INIT,
            "`memory.init` always begins at the segment's first byte",
            |site| {
                let bulk = Bulk::of(site).filter(|bulk| bulk.name == "init")?;
                // The bounds of the segment are checked by a copy of nothing behind the range.
                let end =
                    bulk.init("(local.get $d)", "(i32.add (local.get $s) (local.get $n))", "(i32.const 0)");
                let plain = bulk.init("(local.get $d)", "(i32.const 0)", "(local.get $n)");
                Some(Replacement::Function(format!("{} {end} {plain}", bulk.signature())))
            },
        ),
        Fault::new("memory-fill-value-zero", FILL, "`memory.fill` always fills with zero", |site| {
            let bulk = Bulk::of(site).filter(|bulk| bulk.name == "fill")?;
            Some(Replacement::Function(format!(
                "{} (local.set $v (i32.const 0)) {}",
                bulk.signature(),
                bulk.plain()
            )))
        }),
        Fault::new("data-drop-ignored", DROP, "`data.drop` does nothing", |site| {
            matches!(site.operator, Operator::DataDrop { .. }).then(|| Replacement::Inline(String::new()))
        }),
    ]);
    faults
}

/// One bulk instruction.
#[derive(Clone)]
pub(super) struct Bulk {
    name: &'static str,
    /// The memory that is written.
    memory: u32,
    /// A copy's other memory.
    source: Option<u32>,
    segment: u32,
    /// The types of the operands.
    destination: &'static str,
    from: &'static str,
    count: &'static str,
    addresses: Vec<&'static str>,
}

/// A range of a memory that an instruction touches, in expressions of type i64.
pub(super) struct Range {
    pub memory: u32,
    start: String,
    count: String,
}

impl Range {
    /// Whether the range reaches beyond so many bytes.
    pub fn outside(&self, limit: &str) -> String {
        let end = format!("(i64.add {} {})", self.start, self.count);
        format!("(i32.or (i64.gt_u {end} {limit}) (i64.lt_u {end} {}))", self.count)
    }
}

impl Bulk {
    pub fn of(site: &Site<'_>) -> Option<Self> {
        let address = |memory| address_type(site, memory);
        let addresses = (0..site.memories.len() as u32).map(address).collect();
        let bulk = |name, memory, source, segment, from, count| Self {
            name,
            memory,
            source,
            segment,
            destination: address(memory),
            from,
            count,
            addresses,
        };
        Some(match *site.operator {
            Operator::MemoryFill { mem } => bulk("fill", mem, None, 0, "i32", address(mem)),
            Operator::MemoryCopy { dst_mem, src_mem } => {
                let wide = address(dst_mem) == "i64" && address(src_mem) == "i64";
                bulk("copy", dst_mem, Some(src_mem), 0, address(src_mem), if wide { "i64" } else { "i32" })
            }
            Operator::MemoryInit { data_index, mem } => bulk("init", mem, None, data_index, "i32", "i32"),
            _ => return None,
        })
    }

    /// Names and types of the operands.
    fn operands(&self) -> [(&'static str, &'static str); 3] {
        let second = if self.name == "fill" { "v" } else { "s" };
        [("d", self.destination), (second, self.from), ("n", self.count)]
    }

    pub fn signature(&self) -> String {
        self.operands().map(|(name, ty)| format!("(param ${name} {ty})")).concat()
    }

    pub fn plain(&self) -> String {
        let operands = self.operands().map(|(name, _)| format!("(local.get ${name})")).concat();
        let memory = self.memory;
        match (self.name, self.source) {
            ("copy", Some(source)) => format!("(memory.copy {memory} {source} {operands})"),
            ("fill", _) => format!("(memory.fill {memory} {operands})"),
            _ => format!("(memory.init {memory} {} {operands})", self.segment),
        }
    }

    fn init(&self, destination: &str, from: &str, count: &str) -> String {
        format!("(memory.init {} {} {destination} {from} {count})", self.memory, self.segment)
    }

    /// The ranges of memories that are touched.
    pub fn ranges(&self) -> Vec<Range> {
        let count = widened(self.count, "(local.get $n)");
        let start = widened(self.destination, "(local.get $d)");
        let mut ranges = vec![Range { memory: self.memory, start, count: count.clone() }];
        if let Some(memory) = self.source {
            ranges.push(Range { memory, start: widened(self.from, "(local.get $s)"), count });
        }
        ranges
    }

    /// The type of a memory's addresses.
    fn address(&self, memory: u32) -> &'static str {
        self.addresses.get(memory as usize).copied().unwrap_or("i32")
    }

    fn limit(&self, memory: u32) -> String {
        let size = format!("(memory.size {memory})");
        format!("(i64.shl {} (i64.const 16))", widened(self.address(memory), &size))
    }

    /// Whether any range reaches beyond its memory.
    fn outside(&self) -> String {
        let mut condition = "(i32.const 0)".to_owned();
        for range in self.ranges() {
            condition = format!("(i32.or {condition} {})", range.outside(&self.limit(range.memory)));
        }
        condition
    }

    /// A trap where any range reaches beyond its memory, or beyond the segment.
    fn check(&self) -> String {
        let trap = format!("(if {} (then unreachable))", self.outside());
        if self.name != "init" {
            return trap;
        }
        let end = self.init("(local.get $d)", "(i32.add (local.get $s) (local.get $n))", "(i32.const 0)");
        format!("{trap} {end}")
    }

    /// The same instruction for the first byte alone.
    fn first_byte(&self) -> String {
        let one = format!("({}.const 1)", self.count);
        self.plain().replace("(local.get $n)", &one)
    }
}

fn loops(site: &Site<'_>, body: impl Fn(&Bulk, &str, &str) -> String) -> Option<Replacement> {
    let bulk = Bulk::of(site).filter(|bulk| bulk.name == "copy")?;
    let (source, count) = (bulk.source?, bulk.count);
    let place = |operand: &str, ty: &str| {
        let index = if ty == count { "(local.get $i)".to_owned() } else { widened(count, "(local.get $i)") };
        format!("({ty}.add (local.get ${operand}) {index})")
    };
    let one = format!(
        "(i32.store8 {} {} (i32.load8_u {source} {}))",
        bulk.memory,
        place("d", bulk.destination),
        place("s", bulk.from)
    );
    let body = body(&bulk, &one, count);
    Some(Replacement::Function(format!("{} (local $i {count}) {body}", bulk.signature())))
}
