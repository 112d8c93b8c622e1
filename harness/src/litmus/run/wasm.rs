//! A test as one Wasm module, in text: each agent's walk over the instances, the barrier, and the
//! counting and resetting, which agents written in JavaScript call too. It is the text that goes
//! into a reproduction.

use std::fmt::Write as _;

use crate::litmus::program::{Access, Host, Op, Operand, Order, Register, RmwOp, Test};

use super::fault::Fault;
use super::layout::{
    ARRIVED, BASE, DECISION, GENERATION, GROWN, Layout, OVERFLOW, SLEEPERS, SLOTS, STOP, Word, any,
};
use super::settings::{Random, Settings};

/// The module's text.
pub(super) fn wat(test: &Test, layout: &Layout, settings: &Settings, fault: Option<Fault>) -> String {
    let mut out = String::new();
    let (pages, maximum) = (layout.pages, layout.maximum());
    let _ = writeln!(out, "(module\n  (import \"env\" \"memory\" (memory {pages} {maximum} shared))");
    let mut random = Random(settings.seed);
    for agent in 0..test.agents.len() {
        let _ =
            writeln!(out, "  (global $random{agent} (mut i32) (i32.const {}))", random.next() as u32 as i32);
    }
    barrier(&mut out, test.agents.len(), layout.spins);
    for (place, agent) in test.agents.iter().enumerate() {
        if agent.host == Host::Wasm {
            Walk { test, layout, fault, agent: place, delay: settings.delay }.write(&mut out);
        }
        tally(&mut out, test, layout, place);
    }
    host_side(&mut out, test, layout);
    if let Some(addresses) = &layout.orders {
        let orders = settings.orders(test.agents.len(), layout.batch).unwrap_or_default();
        for (at, order) in addresses.iter().zip(orders) {
            let bytes: String = order
                .iter()
                .flat_map(|place| place.to_le_bytes())
                .map(|byte| format!("\\{byte:02x}"))
                .collect();
            let _ = writeln!(out, "  (data (i32.const {at}) \"{bytes}\")");
        }
    }
    out.push_str(")\n");
    out
}

/// Agents meet: whoever comes last opens the barrier and publishes whether the host wants an end.
/// The others spin, since sleeping and waking takes longer than a batch, and sleep only where there
/// are more agents than processors.
fn barrier(out: &mut String, agents: usize, spins: u32) {
    let last = agents - 1;
    let _ = writeln!(
        out,
        "  (func $barrier (local $generation i32) (local $spins i32)
    (local.set $generation (i32.atomic.load offset={GENERATION} (i32.const 0)))
    (if (i32.eq (i32.atomic.rmw.add offset={ARRIVED} (i32.const 0) (i32.const 1)) (i32.const {last}))
      (then
        (i32.atomic.store offset={DECISION} (i32.const 0) (i32.atomic.load offset={STOP} (i32.const 0)))
        (i32.atomic.store offset={ARRIVED} (i32.const 0) (i32.const 0))
        (drop (i32.atomic.rmw.add offset={GENERATION} (i32.const 0) (i32.const 1)))
        (if (i32.atomic.load offset={SLEEPERS} (i32.const 0))
          (then (drop (memory.atomic.notify offset={GENERATION} (i32.const 0) (i32.const -1)))))
        (return)))
    (loop $wait
      (local.set $spins (i32.const {spins}))
      (loop $spin
        (if (i32.ne (i32.atomic.load offset={GENERATION} (i32.const 0)) (local.get $generation)) (then (return)))
        (local.set $spins (i32.sub (local.get $spins) (i32.const 1)))
        (br_if $spin (local.get $spins)))
      (drop (i32.atomic.rmw.add offset={SLEEPERS} (i32.const 0) (i32.const 1)))
      (drop (memory.atomic.wait32 offset={GENERATION} (i32.const 0) (local.get $generation) (i64.const 1000000)))
      (drop (i32.atomic.rmw.sub offset={SLEEPERS} (i32.const 0) (i32.const 1)))
      (br $wait)))"
    );
}

/// What an agent does with its part of a batch when all are done: it counts the outcomes in its own
/// histogram, a hash table with open addressing, and puts the locations back.
fn tally(out: &mut String, test: &Test, layout: &Layout, agent: usize) {
    let (first, end) = layout.part(agent);
    let words = layout.words.len();
    let entry = 8 * (words + 1);
    let table = layout.tables[agent];
    let locals: String = (0..words).map(|word| format!(" (local $v{word} i64)")).collect();
    let _ = writeln!(
        out,
        "  (func $tally{agent} (export \"tally{agent}\") (local $k i32) (local $p i32) (local $hash i64) (local $slot i32)
    (local $entry i32) (local $tries i32){locals}
    (if (i32.eq (i32.const {first}) (i32.const {end})) (then (return)))
    (local.set $k (i32.const {first}))
    (loop $next
      (local.set $p (i32.mul (local.get $k) (i32.const {})))",
        layout.stride
    );
    for (word, of) in layout.words.iter().enumerate() {
        let load = match *of {
            Word::Register(register) => {
                let place = layout.places[register];
                let (at, length) = layout.records[place.agent];
                let load = if place.wide { "i64.load" } else { "i64.load32_u" };
                format!("({load} offset={} (i32.mul (local.get $k) (i32.const {length})))", at + place.at)
            }
            Word::Cell { location, offset, bytes } => {
                let load = plain_load(bytes, true);
                format!("({load} offset={} align=1 (local.get $p))", layout.cells[location] + offset)
            }
        };
        let _ = writeln!(out, "      (local.set $v{word} {load})");
        let mixed = match word {
            0 => "(local.get $v0)".to_owned(),
            _ => format!("(i64.add (i64.mul (local.get $hash) (i64.const 31)) (local.get $v{word}))"),
        };
        let _ = writeln!(out, "      (local.set $hash {mixed})");
    }
    let shift = 64 - SLOTS.trailing_zeros();
    let _ = writeln!(
        out,
        "      (local.set $slot (i32.wrap_i64 (i64.shr_u (i64.mul (local.get $hash) (i64.const 0x9e3779b97f4a7c15)) (i64.const {shift}))))
      (local.set $tries (i32.const {SLOTS}))
      (block $counted
        (loop $probe
          (local.set $entry (i32.add (i32.const {table}) (i32.mul (local.get $slot) (i32.const {entry}))))
          (block $found
            (block $other"
    );
    for word in 0..words {
        let _ = writeln!(
            out,
            "              (br_if $other (i64.ne (i64.load offset={} (local.get $entry)) (local.get $v{word})))",
            8 * (word + 1)
        );
    }
    // A free place holds zeros, which may be what is looked for.
    let _ = writeln!(
        out,
        "              (br $found))
            (if (i64.eqz (i64.load (local.get $entry)))
              (then"
    );
    for word in 0..words {
        let _ = writeln!(
            out,
            "                (i64.store offset={} (local.get $entry) (local.get $v{word}))",
            8 * (word + 1)
        );
    }
    let _ = writeln!(
        out,
        "                (br $found)))
            (local.set $slot (i32.and (i32.add (local.get $slot) (i32.const 1)) (i32.const {})))
            (local.set $tries (i32.sub (local.get $tries) (i32.const 1)))
            (br_if $probe (local.get $tries))
            (drop (i64.atomic.rmw.add offset={OVERFLOW} (i32.const 0) (i64.const 1)))
            (br $counted))
          (i64.store (local.get $entry) (i64.add (i64.load (local.get $entry)) (i64.const 1)))))",
        SLOTS - 1
    );
    reset_cells(out, test, layout);
    let _ = writeln!(
        out,
        "      (local.set $k (i32.add (local.get $k) (i32.const 1)))
      (br_if $next (i32.lt_u (local.get $k) (i32.const {end})))))"
    );
}

/// Puts the locations of the instance at `$p` back.
fn reset_cells(out: &mut String, test: &Test, layout: &Layout) {
    for (location, at) in test.locations.iter().zip(&layout.cells) {
        let part = |from: u8| (location.initial >> (8 * u32::from(from))) as u64 as i64;
        let mut store = |offset: u8, bytes: u8| {
            let (ty, suffix) = match bytes {
                1 => ("i64", "8"),
                2 => ("i64", "16"),
                4 => ("i64", "32"),
                _ => ("i64", ""),
            };
            let address = at + u32::from(offset);
            let value = part(offset);
            let _ = writeln!(
                out,
                "      ({ty}.store{suffix} offset={address} align=1 (local.get $p) (i64.const {value}))"
            );
        };
        store(0, location.bytes.min(8));
        if location.bytes == 16 {
            store(8, 8);
        }
    }
}

/// What the host calls while no agent runs, and `stop`, which it may call at any time.
fn host_side(out: &mut String, test: &Test, layout: &Layout) {
    let (stride, batch) = (layout.stride, layout.batch);
    let _ = writeln!(
        out,
        "  (func (export \"reset\") (local $k i32) (local $p i32)
    (loop $next
      (local.set $p (i32.mul (local.get $k) (i32.const {stride})))"
    );
    reset_cells(out, test, layout);
    let _ = writeln!(
        out,
        "      (local.set $k (i32.add (local.get $k) (i32.const 1)))
      (br_if $next (i32.lt_u (local.get $k) (i32.const {batch})))))"
    );
    let from = layout.tables.first().copied().unwrap_or(0);
    let table = SLOTS as usize * 8 * (layout.words.len() + 1);
    let end = layout.tables.last().map_or(from, |&last| last + u32::try_from(table).unwrap_or(0));
    let _ = writeln!(
        out,
        "  (func (export \"clear\") (local $p i32)
    (i32.atomic.store offset={STOP} (i32.const 0) (i32.const 0))
    (i32.atomic.store offset={DECISION} (i32.const 0) (i32.const 0))
    (i64.store offset={OVERFLOW} (i32.const 0) (i64.const 0))
    (local.set $p (i32.const {from}))
    (loop $next
      (i64.store (local.get $p) (i64.const 0))
      (local.set $p (i32.add (local.get $p) (i32.const 8)))
      (br_if $next (i32.lt_u (local.get $p) (i32.const {end})))))
  (func (export \"stop\") (i32.atomic.store offset={STOP} (i32.const 0) (i32.const 1)))
  (func (export \"peek\") (param $at i32) (result i64) (i64.load (local.get $at)))"
    );
}

/// The name of a plain load of so many bytes.
fn plain_load(bytes: u8, wide: bool) -> &'static str {
    match (bytes, wide) {
        (1, true) => "i64.load8_u",
        (2, true) => "i64.load16_u",
        (4, true) => "i64.load32_u",
        (1, false) => "i32.load8_u",
        (2, false) => "i32.load16_u",
        (4, false) => "i32.load",
        _ => "i64.load",
    }
}

/// One agent's walk.
struct Walk<'a> {
    test: &'a Test,
    layout: &'a Layout,
    fault: Option<Fault>,
    agent: usize,
    delay: u32,
}

impl Walk<'_> {
    fn registers(&self) -> impl Iterator<Item = Register> {
        (0..self.test.registers.len()).filter(|&register| self.layout.places[register].agent == self.agent)
    }

    fn write(&self, out: &mut String) {
        let Self { layout, agent, .. } = *self;
        let body = &self.test.agents[agent].body;
        let locals: String = self
            .registers()
            .map(|register| format!(" (local $r{register} {})", self.register_type(register)))
            .collect();
        let _ = writeln!(
            out,
            "  (func $walk{agent} (local $k i32) (local $p i32) (local $q i32) (local $base i32) (local $size i32) (local $pause i32) (local $grown i32)
    (local $old i32) (local $old64 i64){locals}"
        );
        if self.delay > 0 {
            let _ = writeln!(
                out,
                "    (global.set $random{agent} (i32.add (i32.mul (global.get $random{agent}) (i32.const 1664525)) (i32.const 1013904223)))
    (local.set $k (i32.rem_u (i32.shr_u (global.get $random{agent}) (i32.const 8)) (i32.const {})))
    (loop $delay
      (drop (i32.load (i32.const 0)))
      (if (local.get $k) (then (local.set $k (i32.sub (local.get $k) (i32.const 1))) (br $delay))))",
                self.delay + 1
            );
        }
        out.push_str("    (local.set $k (i32.const 0))\n    (loop $next\n");
        let (record, length) = layout.records[agent];
        if layout.lockstep {
            self.meet(out);
        }
        if let Some(orders) = &layout.orders {
            let _ = writeln!(
                out,
                "      (local.set $q (i32.load offset={} (i32.shl (local.get $k) (i32.const 2))))
      (local.set $p (i32.mul (local.get $q) (i32.const {})))
      (local.set $q (i32.mul (local.get $q) (i32.const {length})))",
                orders[agent], layout.stride
            );
        }
        if any(body, &|op| matches!(op, Op::If { .. })) {
            for register in self.registers() {
                let ty = self.register_type(register);
                let _ = writeln!(out, "      (local.set $r{register} ({ty}.const 0))");
            }
        }
        self.body(out, body, 6);
        for register in self.registers() {
            let (ty, at) = (self.register_type(register), record + layout.places[register].at);
            let _ = writeln!(out, "      ({ty}.store offset={at} (local.get $q) (local.get $r{register}))");
        }
        if layout.grows() {
            let _ =
                writeln!(out, "      (i32.store offset={} (i32.const 0) (local.get $grown))", grown(agent));
        }
        if layout.orders.is_none() {
            let _ = writeln!(
                out,
                "      (local.set $p (i32.add (local.get $p) (i32.const {})))
      (local.set $q (i32.add (local.get $q) (i32.const {length})))",
                layout.stride
            );
        }
        let _ = writeln!(
            out,
            "      (local.set $k (i32.add (local.get $k) (i32.const 1)))
      (br_if $next (i32.lt_u (local.get $k) (i32.const {}))))
  )
  (func (export \"agent{agent}\") (param $limit i32) (result i32) (local $n i32)
    (call $barrier)
    (loop $again
      (call $walk{agent})
      (call $barrier)
      (call $tally{agent})
      (call $barrier)
      (local.set $n (i32.add (local.get $n) (i32.const 1)))
      (br_if $again (i32.and
        (i32.lt_u (local.get $n) (local.get $limit))
        (i32.eqz (i32.atomic.load offset={DECISION} (i32.const 0))))))
    (local.get $n))",
            layout.batch
        );
    }

    /// All agents come to the same instance, agree on what size the memory has there, and set off at
    /// different times: waking and growing take as long as thousands of instructions, so that agents
    /// which set off together would show one outcome alone. The pauses are random, their lengths
    /// evenly spread over the orders of magnitude.
    fn meet(&self, out: &mut String) {
        let agent = self.agent;
        out.push_str("      (call $barrier)\n");
        if self.layout.grows() {
            if keeper(self.test) == agent {
                let _ = writeln!(out, "      (local.set $base (i32.const {}))", self.layout.pages);
                for other in 0..self.test.agents.len() {
                    let grown = format!("(i32.load offset={} (i32.const 0))", grown(other));
                    let _ = writeln!(
                        out,
                        "      (if (i32.gt_u {grown} (local.get $base)) (then (local.set $base {grown})))"
                    );
                }
                let _ = writeln!(out, "      (i32.store offset={BASE} (i32.const 0) (local.get $base))");
            }
            out.push_str("      (call $barrier)\n");
            let _ = writeln!(out, "      (local.set $base (i32.load offset={BASE} (i32.const 0)))");
            if self.fault == Some(Fault::StaleSize) {
                out.push_str("      (local.set $size (memory.size))\n      (call $barrier)\n");
            }
        }
        let _ = writeln!(
            out,
            "      (global.set $random{agent} (i32.add (i32.mul (global.get $random{agent}) (i32.const 1664525)) (i32.const 1013904223)))
      (local.set $pause (i32.and
        (i32.shr_u (global.get $random{agent}) (i32.const 8))
        (i32.sub (i32.shl (i32.const 1) (i32.shr_u (global.get $random{agent}) (i32.const 28))) (i32.const 1))))
      (loop $pausing
        (drop (i32.load (i32.const 0)))
        (if (local.get $pause) (then (local.set $pause (i32.sub (local.get $pause) (i32.const 1))) (br $pausing))))"
        );
    }

    fn register_type(&self, register: Register) -> &'static str {
        if self.layout.places[register].wide { "i64" } else { "i32" }
    }

    fn body(&self, out: &mut String, body: &[Op], indent: usize) {
        for op in body {
            let pad = " ".repeat(indent);
            if let Op::If { register, equals, then, otherwise } = op {
                let ty = self.register_type(*register);
                let equals = constant(*equals, if ty == "i64" { 8 } else { 4 });
                let _ = writeln!(out, "{pad}(if ({ty}.eq (local.get $r{register}) ({ty}.const {equals}))");
                let _ = writeln!(out, "{pad}  (then");
                self.body(out, then, indent + 4);
                let _ = writeln!(out, "{pad}  )\n{pad}  (else");
                self.body(out, otherwise, indent + 4);
                let _ = writeln!(out, "{pad}  ))");
            } else {
                let _ = writeln!(out, "{pad}{}", self.op(op));
            }
        }
    }

    fn op(&self, op: &Op) -> String {
        let plain = self.fault == Some(Fault::PlainAtomics);
        let atomic = |access: &Access| access.order == Order::SeqCst && !plain;
        match op {
            Op::Load { into, access } => self.set(*into, access.bytes, &self.load(access, atomic(access))),
            Op::Store { access, value } => {
                self.store(access, atomic(access), &self.operand(*value, access.bytes))
            }
            Op::Rmw { into, op, access, value } => {
                let (ty, value) = (access_type(access.bytes), self.operand(*value, access.bytes));
                if plain {
                    let old = if access.bytes == 8 { "$old64" } else { "$old" };
                    let new = match op {
                        RmwOp::Exchange => value,
                        _ => format!("({ty}.{} (local.get {old}) {value})", rmw_name(*op)),
                    };
                    let load = self.load(access, false);
                    let (store, set) = (
                        self.store(access, false, &new),
                        self.set(*into, access.bytes, &format!("(local.get {old})")),
                    );
                    return format!("(local.set {old} {load}) {store} {set}");
                }
                let suffix = narrow(access.bytes);
                let name = match op {
                    RmwOp::Exchange => "xchg",
                    _ => rmw_name(*op),
                };
                let unsigned = if suffix.is_empty() { "" } else { "_u" };
                let rmw =
                    format!("({ty}.atomic.rmw{suffix}.{name}{unsigned} {} {value})", self.address(access));
                self.set(*into, access.bytes, &rmw)
            }
            Op::CompareExchange { into, access, expected, replacement } => {
                let ty = access_type(access.bytes);
                let (expected, replacement) =
                    (self.operand(*expected, access.bytes), self.operand(*replacement, access.bytes));
                if plain {
                    let old = if access.bytes == 8 { "$old64" } else { "$old" };
                    let load = self.load(access, false);
                    let store = self.store(access, false, &replacement);
                    let set = self.set(*into, access.bytes, &format!("(local.get {old})"));
                    return format!(
                        "(local.set {old} {load}) (if ({ty}.eq (local.get {old}) {expected}) (then {store})) {set}"
                    );
                }
                let suffix = narrow(access.bytes);
                let unsigned = if suffix.is_empty() { "" } else { "_u" };
                let address = self.address(access);
                let exchange =
                    format!("({ty}.atomic.rmw{suffix}.cmpxchg{unsigned} {address} {expected} {replacement})");
                self.set(*into, access.bytes, &exchange)
            }
            Op::Fence if plain => "(nop)".to_owned(),
            Op::Fence => "(atomic.fence)".to_owned(),
            Op::Wait { into, access, expected, timeout } => {
                let bits = u32::from(access.bytes) * 8;
                let expected = constant(*expected, access.bytes);
                let timeout = timeout.map_or(-1, |timeout| i64::try_from(timeout).unwrap_or(i64::MAX));
                let wait = format!(
                    "(memory.atomic.wait{bits} {} ({}.const {expected}) (i64.const {timeout}))",
                    self.address(access),
                    access_type(access.bytes)
                );
                self.set(*into, 4, &wait)
            }
            Op::Notify { into, .. } if self.fault == Some(Fault::LostNotify) => {
                self.set(*into, 4, "(i32.const 0)")
            }
            Op::Notify { into, access, count } => {
                let notify =
                    format!("(memory.atomic.notify {} (i32.const {}))", self.address(access), *count as i32);
                self.set(*into, 4, &notify)
            }
            Op::Grow { into, pages } => {
                let refused = self.set(*into, 4, "(i32.const -1)");
                let counted = self.set(*into, 4, "(i32.sub (local.get $old) (local.get $base))");
                format!(
                    "(local.set $old (memory.grow (i32.const {pages})))
      (if (i32.eq (local.get $old) (i32.const -1)) (then {refused})
        (else (local.set $grown (i32.add (local.get $old) (i32.const {pages}))) {counted}))",
                    pages = *pages as i32
                )
            }
            Op::Size { into } => {
                let size =
                    if self.fault == Some(Fault::StaleSize) { "(local.get $size)" } else { "(memory.size)" };
                self.set(*into, 4, &format!("(i32.sub {size} (local.get $base))"))
            }
            // `body` takes these apart.
            Op::If { .. } => String::new(),
        }
    }

    /// `offset=...` and the instance's address.
    fn address(&self, access: &Access) -> String {
        let at = self.layout.cells[access.location] + u32::from(access.offset);
        format!("offset={at} (local.get $p)")
    }

    /// The same for a plain access, which may be anywhere.
    fn plain_address(&self, access: &Access) -> String {
        let at = self.layout.cells[access.location] + u32::from(access.offset);
        let align = if at.is_multiple_of(u32::from(access.bytes)) { access.bytes } else { 1 };
        format!("offset={at} align={align} (local.get $p)")
    }

    fn load(&self, access: &Access, atomic: bool) -> String {
        if atomic {
            let suffix = narrow(access.bytes);
            let unsigned = if suffix.is_empty() { "" } else { "_u" };
            let ty = access_type(access.bytes);
            return format!("({ty}.atomic.load{suffix}{unsigned} {})", self.address(access));
        }
        format!("({} {})", plain_load(access.bytes, access.bytes == 8), self.plain_address(access))
    }

    fn store(&self, access: &Access, atomic: bool, value: &str) -> String {
        let (ty, suffix) = (access_type(access.bytes), narrow(access.bytes));
        let (middle, address) =
            if atomic { (".atomic", self.address(access)) } else { ("", self.plain_address(access)) };
        format!("({ty}{middle}.store{suffix} {address} {value})")
    }

    /// Sets a register to a value of a type that fits so many bytes.
    fn set(&self, register: Register, bytes: u8, value: &str) -> String {
        let wide = self.layout.places[register].wide;
        match (wide, bytes == 8) {
            (true, false) => format!("(local.set $r{register} (i64.extend_i32_u {value}))"),
            (false, true) => format!("(local.set $r{register} (i32.wrap_i64 {value}))"),
            _ => format!("(local.set $r{register} {value})"),
        }
    }

    /// A value of the type that fits so many bytes.
    fn operand(&self, operand: Operand, bytes: u8) -> String {
        match operand {
            Operand::Constant(value) => format!("({}.const {})", access_type(bytes), constant(value, bytes)),
            Operand::Register(register) => match (self.layout.places[register].wide, bytes == 8) {
                (true, false) => format!("(i32.wrap_i64 (local.get $r{register}))"),
                (false, true) => format!("(i64.extend_i32_u (local.get $r{register}))"),
                _ => format!("(local.get $r{register})"),
            },
        }
    }
}

/// Where an agent says what size its last growth left. What a memory's size is before an instance
/// follows from what growths returned: to ask for it would show an engine's mistakes in the wrong
/// place, or repair them.
pub(super) fn grown(agent: usize) -> u32 {
    GROWN + 4 * u32::try_from(agent).unwrap_or(0)
}

/// The agent that says what size the memory has before each instance.
pub(super) fn keeper(test: &Test) -> usize {
    test.agents.iter().position(|agent| any(&agent.body, &|op| matches!(op, Op::Grow { .. }))).unwrap_or(0)
}

fn access_type(bytes: u8) -> &'static str {
    if bytes == 8 { "i64" } else { "i32" }
}

fn narrow(bytes: u8) -> &'static str {
    match bytes {
        1 => "8",
        2 => "16",
        _ => "",
    }
}

/// The low bytes of a constant, as the signed number of its type.
fn constant(value: u64, bytes: u8) -> i64 {
    match bytes {
        1 => i64::from(value as u8),
        2 => i64::from(value as u16),
        4 => i64::from(value as u32 as i32),
        _ => value as i64,
    }
}

fn rmw_name(op: RmwOp) -> &'static str {
    match op {
        RmwOp::Add => "add",
        RmwOp::Sub => "sub",
        RmwOp::And => "and",
        RmwOp::Or => "or",
        RmwOp::Xor => "xor",
        RmwOp::Exchange => "xchg",
    }
}
