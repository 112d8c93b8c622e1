//! An agent's walk as the text of a JavaScript function: straight code over typed arrays, `DataView`
//! for what is not aligned, and `Atomics`. It meets the others at the same words of memory as the
//! Wasm agents do. Counting is left to the module of [`super::wasm`], in whose table it counts.

use std::fmt::Write as _;

use crate::litmus::program::{Access, Op, Operand, Order, Register, RmwOp, Test};

use super::BuildError;
use super::fault::Fault;
use super::layout::{ARRIVED, BASE, DECISION, GENERATION, Layout, SLEEPERS, STOP, UNUSED};
use super::settings::{Random, Settings};
use super::wasm::{grown, keeper};

/// The body of a function of `memory` and `exports` that gives the function which runs a slice.
///
/// # Errors
///
/// Where JavaScript has no such operation.
pub(super) fn source(
    test: &Test,
    layout: &Layout,
    settings: &Settings,
    fault: Option<Fault>,
    agent: usize,
) -> Result<String, BuildError> {
    let walk = Walk { test, layout, fault, agent };
    let mut random = Random(settings.seed);
    let seed = (0..=agent).map(|_| random.next()).last().unwrap_or(0) as u32;
    let last = test.agents.len() - 1;
    let mut out = String::new();
    let _ = writeln!(
        out,
        "\"use strict\";
const buffer = memory.buffer;
const U8 = new Uint8Array(buffer), U16 = new Uint16Array(buffer), U32 = new Uint32Array(buffer), U64 = new BigUint64Array(buffer);
const I32 = new Int32Array(buffer), I64 = new BigInt64Array(buffer), V = new DataView(buffer);
const tally = exports.tally{agent};
let random = {seed};
function barrier() {{
  const generation = Atomics.load(I32, {generation});
  if (Atomics.add(I32, {arrived}, 1) === {last}) {{
    Atomics.store(I32, {decision}, Atomics.load(I32, {stop}));
    Atomics.store(I32, {arrived}, 0);
    Atomics.add(I32, {generation}, 1);
    if (Atomics.load(I32, {sleepers}) !== 0) Atomics.notify(I32, {generation});
    return;
  }}
  for (;;) {{
    for (let spins = {spins}; spins > 0; spins--) {{
      if (Atomics.load(I32, {generation}) !== generation) return;
    }}
    Atomics.add(I32, {sleepers}, 1);
    Atomics.wait(I32, {generation}, generation, 1);
    Atomics.sub(I32, {sleepers}, 1);
  }}
}}
function walk() {{",
        generation = GENERATION / 4,
        arrived = ARRIVED / 4,
        decision = DECISION / 4,
        stop = STOP / 4,
        sleepers = SLEEPERS / 4,
        spins = layout.spins,
    );
    if settings.delay > 0 {
        let _ = writeln!(
            out,
            "  random = (Math.imul(random, 1664525) + 1013904223) | 0;
  for (let k = (random >>> 8) % {}; k > 0; k--) U32[{}] = 0;",
            settings.delay + 1,
            UNUSED / 4
        );
    }
    walk.write(&mut out)?;
    let _ = writeln!(
        out,
        "}}
return (limit) => {{
  let n = 0;
  barrier();
  do {{
    walk();
    barrier();
    tally();
    barrier();
    n++;
  }} while (n < limit && Atomics.load(I32, {}) === 0);
  return n;
}};",
        DECISION / 4
    );
    Ok(out)
}

struct Walk<'a> {
    test: &'a Test,
    layout: &'a Layout,
    fault: Option<Fault>,
    agent: usize,
}

impl Walk<'_> {
    fn registers(&self) -> Vec<Register> {
        (0..self.test.registers.len())
            .filter(|&register| self.layout.places[register].agent == self.agent)
            .collect()
    }

    fn wide(&self, register: Register) -> bool {
        self.layout.places[register].wide
    }

    fn write(&self, out: &mut String) -> Result<(), BuildError> {
        let Self { layout, agent, .. } = *self;
        let (record, length) = layout.records[agent];
        let step = match &layout.orders {
            None => format!(", p += {}, q += {length}", layout.stride),
            Some(_) => String::new(),
        };
        let _ = writeln!(out, "  for (let k = 0, p = 0, q = 0; k < {}; k++{step}) {{", layout.batch);
        if layout.lockstep {
            out.push_str("    barrier();\n");
        }
        if layout.grows() {
            if keeper(self.test) == agent {
                let sizes: String =
                    (0..self.test.agents.len()).map(|other| format!(", U32[{}]", grown(other) / 4)).collect();
                let _ = writeln!(out, "    U32[{}] = Math.max({}{sizes});", BASE / 4, layout.pages);
            }
            let _ = writeln!(out, "    barrier();\n    const base = U32[{}];", BASE / 4);
            if self.fault == Some(Fault::StaleSize) {
                out.push_str("    const size = memory.buffer.byteLength / 65536;\n    barrier();\n");
            }
        }
        if layout.lockstep {
            // As in `wasm`: agents set off at different times.
            let _ = writeln!(
                out,
                "    random = (Math.imul(random, 1664525) + 1013904223) | 0;
    for (let pause = (random >>> 8) & ((1 << (random >>> 28)) - 1); pause > 0; pause--) U32[{}] = 0;",
                UNUSED / 4
            );
        }
        if let Some(orders) = &layout.orders {
            let _ = writeln!(
                out,
                "    q = U32[{} + k];\n    p = Math.imul(q, {});\n    q = Math.imul(q, {length});",
                orders[agent] / 4,
                layout.stride
            );
        }
        for register in self.registers() {
            let zero = if self.wide(register) { "0n" } else { "0" };
            let _ = writeln!(out, "    let r{register} = {zero};");
        }
        self.body(out, &self.test.agents[agent].body, 4)?;
        for register in self.registers() {
            let at = record + layout.places[register].at;
            let (array, shift) = if self.wide(register) { ("U64", 3) } else { ("U32", 2) };
            let _ = writeln!(out, "    {array}[(q + {at}) >> {shift}] = r{register};");
        }
        out.push_str("  }\n");
        Ok(())
    }

    fn body(&self, out: &mut String, body: &[Op], indent: usize) -> Result<(), BuildError> {
        let pad = " ".repeat(indent);
        for op in body {
            if let Op::If { register, equals, then, otherwise } = op {
                let equals = self.constant(*equals, self.wide(*register));
                let _ = writeln!(out, "{pad}if (r{register} === {equals}) {{");
                self.body(out, then, indent + 2)?;
                let _ = writeln!(out, "{pad}}} else {{");
                self.body(out, otherwise, indent + 2)?;
                let _ = writeln!(out, "{pad}}}");
            } else {
                let _ = writeln!(out, "{pad}{}", self.op(op)?);
            }
        }
        Ok(())
    }

    fn op(&self, op: &Op) -> Result<String, BuildError> {
        let plain = self.fault == Some(Fault::PlainAtomics);
        let atomic = |access: &Access| access.order == Order::SeqCst && !plain;
        Ok(match op {
            Op::Load { into, access } => self.set(*into, access.bytes, &self.load(access, atomic(access))),
            Op::Store { access, value } => {
                self.store(access, atomic(access), &self.operand(*value, access.bytes))
            }
            Op::Rmw { into, op, access, value } => {
                let value = self.operand(*value, access.bytes);
                if plain {
                    let new = match op {
                        RmwOp::Exchange => value,
                        _ => format!("old {} {value}", sign(*op)),
                    };
                    // A typed array takes what fits, and so does a `DataView`; bit operations are signed.
                    let (load, store) = (self.load(access, false), self.store(access, false, &new));
                    let set = self.set(*into, access.bytes, "old");
                    return Ok(format!("{{ const old = {load}; {store} {set} }}"));
                }
                let name = match op {
                    RmwOp::Add => "add",
                    RmwOp::Sub => "sub",
                    RmwOp::And => "and",
                    RmwOp::Or => "or",
                    RmwOp::Xor => "xor",
                    RmwOp::Exchange => "exchange",
                };
                let (array, index) = self.element(access);
                self.set(*into, access.bytes, &format!("Atomics.{name}({array}, {index}, {value})"))
            }
            Op::CompareExchange { into, access, expected, replacement } => {
                let expected = self.operand(*expected, access.bytes);
                let replacement = self.operand(*replacement, access.bytes);
                if plain {
                    let (load, store) = (self.load(access, false), self.store(access, false, &replacement));
                    let set = self.set(*into, access.bytes, "old");
                    return Ok(format!(
                        "{{ const old = {load}; if (old === {expected}) {{ {store} }} {set} }}"
                    ));
                }
                let (array, index) = self.element(access);
                let exchange =
                    format!("Atomics.compareExchange({array}, {index}, {expected}, {replacement})");
                self.set(*into, access.bytes, &exchange)
            }
            Op::Fence => {
                let what = "`atomic.fence`, which JavaScript does not have".to_owned();
                return Err(BuildError::Unsupported {
                    agent: self.test.agents[self.agent].name.clone(),
                    what,
                });
            }
            Op::Wait { into, access, expected, timeout } => {
                let (array, index) = self.waiting(access);
                let expected = match access.bytes {
                    8 => format!("{}n", *expected as i64),
                    _ => (*expected as u32 as i32).to_string(),
                };
                let timeout =
                    timeout.map_or("Infinity".to_owned(), |timeout| (timeout as f64 / 1e6).to_string());
                let wait = format!("Atomics.wait({array}, {index}, {expected}, {timeout})");
                self.set(*into, 4, &format!("[\"ok\", \"not-equal\", \"timed-out\"].indexOf({wait})"))
            }
            Op::Notify { into, .. } if self.fault == Some(Fault::LostNotify) => self.set(*into, 4, "0"),
            Op::Notify { into, access, count } => {
                let (array, index) = self.waiting(access);
                self.set(*into, 4, &format!("Atomics.notify({array}, {index}, {count})"))
            }
            Op::Grow { into, pages } => {
                let set = self.set(*into, 4, "old - base");
                let word = grown(self.agent) / 4;
                let refused = self.set(*into, 4, "0xffffffff");
                format!(
                    "try {{ const old = memory.grow({pages}); U32[{word}] = old + {pages}; {set} }} catch {{ {refused} }}"
                )
            }
            Op::Size { into } if self.fault == Some(Fault::StaleSize) => self.set(*into, 4, "size - base"),
            Op::Size { into } => self.set(*into, 4, "memory.buffer.byteLength / 65536 - base"),
            // `body` takes these apart.
            Op::If { .. } => String::new(),
        })
    }

    fn at(&self, access: &Access) -> u32 {
        self.layout.cells[access.location] + u32::from(access.offset)
    }

    /// The typed array of unsigned elements and the index within it.
    fn element(&self, access: &Access) -> (&'static str, String) {
        let at = self.at(access);
        match access.bytes {
            1 => ("U8", format!("p + {at}")),
            2 => ("U16", format!("(p + {at}) >> 1")),
            4 => ("U32", format!("(p + {at}) >> 2")),
            _ => ("U64", format!("(p + {at}) >> 3")),
        }
    }

    /// The same, of the arrays on which agents can wait.
    fn waiting(&self, access: &Access) -> (&'static str, String) {
        let at = self.at(access);
        match access.bytes {
            8 => ("I64", format!("(p + {at}) >> 3")),
            _ => ("I32", format!("(p + {at}) >> 2")),
        }
    }

    fn aligned(&self, access: &Access) -> bool {
        self.at(access).is_multiple_of(u32::from(access.bytes))
    }

    fn load(&self, access: &Access, atomic: bool) -> String {
        let (array, index) = self.element(access);
        if atomic {
            format!("Atomics.load({array}, {index})")
        } else if self.aligned(access) {
            format!("{array}[{index}]")
        } else {
            format!("V.get{}(p + {}, true)", view_type(access.bytes), self.at(access))
        }
    }

    fn store(&self, access: &Access, atomic: bool, value: &str) -> String {
        let (array, index) = self.element(access);
        if atomic {
            format!("Atomics.store({array}, {index}, {value});")
        } else if self.aligned(access) {
            format!("{array}[{index}] = {value};")
        } else {
            format!("V.set{}(p + {}, {value}, true);", view_type(access.bytes), self.at(access))
        }
    }

    /// Sets a register to a number, or to a BigInt where it comes of eight bytes.
    fn set(&self, register: Register, bytes: u8, value: &str) -> String {
        match (self.wide(register), bytes == 8) {
            (true, false) => format!("r{register} = BigInt({value});"),
            (false, true) => format!("r{register} = Number({value} & 0xffffffffn);"),
            _ => format!("r{register} = {value};"),
        }
    }

    fn operand(&self, operand: Operand, bytes: u8) -> String {
        match operand {
            Operand::Constant(value) => {
                let value = if bytes == 8 { value } else { value & ((1 << (u32::from(bytes) * 8)) - 1) };
                self.constant(value, bytes == 8)
            }
            Operand::Register(register) => match (self.wide(register), bytes == 8) {
                (true, false) => format!("Number(r{register} & 0xffffffffn)"),
                (false, true) => format!("BigInt(r{register})"),
                _ => format!("r{register}"),
            },
        }
    }

    fn constant(&self, value: u64, wide: bool) -> String {
        if wide { format!("{value}n") } else { value.to_string() }
    }
}

fn sign(op: RmwOp) -> &'static str {
    match op {
        RmwOp::Add => "+",
        RmwOp::Sub => "-",
        RmwOp::And => "&",
        RmwOp::Or => "|",
        RmwOp::Xor | RmwOp::Exchange => "^",
    }
}

fn view_type(bytes: u8) -> &'static str {
    match bytes {
        1 => "Uint8",
        2 => "Uint16",
        4 => "Uint32",
        _ => "BigUint64",
    }
}
