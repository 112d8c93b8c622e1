//! From a document to a test: names become numbers, and whatever could not be run is reported.

use super::document::{AgentKeys, Litmus, LocationKeys};
use super::op::{Keys, OpForm};
use super::words::{At as Place, Number, Value};
use crate::case::decode::{Count, Report, Table};
use crate::case::names::Name;
use crate::case::node::Span;
use crate::case::problem::{did_you_mean, one_of, quoted};
use crate::litmus::program::{
    Access, Agent, Condition, Host, Location, Op, Operand, Order, Register, RmwOp, Test,
};

/// How deep `if` may nest.
const MOST_NESTED: usize = 8;
/// How many pages a growth may have.
const MOST_PAGES: u32 = 16;

/// The test that the document describes.
pub(super) fn resolve(id: &str, document: &Litmus, report: &mut Report) -> Option<Test> {
    let before = report.problems.len();
    let mut names = Names::default();
    for (name, form) in &document.locations.0 {
        names.add_location(name, &form.0, report);
    }
    if document.locations.0.is_empty() {
        report.error(&document.title.span, "this test has no locations");
    }
    if document.spec.0.is_empty() {
        report.error(&document.title.span, "`spec` lists at least one link");
    }
    let count = document.agents.0.len();
    if !(2..=4).contains(&count) {
        let span = document.agents.0.get(4).map_or(&document.title.span, |(key, _)| &key.span);
        report.error(span, format!("a test has two to four agents, not {count}"));
    }
    let mut agents = Vec::new();
    for (name, form) in &document.agents.0 {
        let AgentKeys { host, order, body } = &form.0;
        let host = host.as_ref().or(document.host.as_ref()).map_or(Host::Wasm, |host| host.value);
        let mut agent = Resolver {
            names: &mut names,
            report,
            host,
            agent_order: order.as_ref().map(|order| order.value),
            test_order: document.order.as_ref().map(|order| order.value),
            own: agents.len(),
        };
        let ops = agent.body(body, 0);
        if body.is_empty() {
            report.error(&name.span, format!("the agent {} does nothing", quoted(&name.text)));
        }
        agents.push(Agent { name: name.text.clone(), host, body: ops });
    }
    let finals = names.finals(document, report);
    let interest = names.interest(&document.interest.0, &finals, report);
    if report.problems.len() > before {
        return None;
    }
    Some(Test {
        id: id.to_owned(),
        title: document.title.value.clone(),
        spec: document.spec.0.iter().map(|link| link.0.clone()).collect(),
        locations: names.locations,
        agents,
        registers: names.registers.into_iter().map(|(name, _)| name).collect(),
        finals,
        interest,
    })
}

#[derive(Default)]
struct Names {
    locations: Vec<Location>,
    orders: Vec<Option<Order>>,
    /// The registers and whose they are.
    registers: Vec<(String, usize)>,
}

impl Names {
    fn add_location(&mut self, name: &crate::case::node::Key, keys: &LocationKeys, report: &mut Report) {
        let bytes = keys.bytes.value;
        if !matches!(bytes, 1 | 2 | 4 | 8 | 16) {
            report.error(&keys.bytes.span, format!("a location has 1, 2, 4, 8 or 16 bytes, not {bytes}"));
        }
        let bytes = bytes.min(16) as u8;
        if let Some(initial) = &keys.initial {
            fits(initial, bytes, report);
        }
        let misaligned = keys.misaligned.as_ref().map_or(0, |misaligned| misaligned.value);
        if let Some(at) = keys.misaligned.as_ref().filter(|_| misaligned >= 64) {
            report.error(&at.span, "a location is misaligned by less than a cache line, 64 bytes");
        }
        self.locations.push(Location {
            name: name.text.clone(),
            bytes,
            initial: keys.initial.as_ref().map_or(0, |initial| initial.value),
            misaligned: misaligned.min(63) as u8,
        });
        self.orders.push(keys.order.as_ref().map(|order| order.value));
    }

    fn location(&self, name: &str, span: &Span, report: &mut Report) -> Option<usize> {
        let found = self.locations.iter().position(|location| location.name == name);
        if found.is_none() {
            let names = || self.locations.iter().map(|location| location.name.as_str());
            let help = did_you_mean(name, names())
                .unwrap_or_else(|| format!("the locations are {}", one_of(names())));
            report.error_with_help(span, format!("there is no location {}", quoted(name)), help);
        }
        found
    }

    fn finals(&self, document: &Litmus, report: &mut Report) -> Vec<usize> {
        let mut finals = Vec::new();
        for Name { text, span } in document.finals.iter().flat_map(|names| &names.0) {
            match self.location(text, span, report) {
                Some(location) if finals.contains(&location) => {
                    report.error(span, format!("the location {} stands here twice", quoted(text)));
                }
                Some(location) => finals.push(location),
                None => {}
            }
        }
        finals
    }

    fn interest(&self, forms: &[Table<Number>], finals: &[usize], report: &mut Report) -> Condition {
        let names: Vec<&str> = self
            .registers
            .iter()
            .map(|(name, _)| name.as_str())
            .chain(finals.iter().map(|&location| self.locations[location].name.as_str()))
            .collect();
        let mut conditions = Vec::new();
        for Table(pairs) in forms {
            let mut parts = Vec::new();
            for (key, number) in pairs {
                match names.iter().position(|name| *name == key.text) {
                    Some(place) => parts.push((place, number.value)),
                    None if self.locations.iter().any(|location| location.name == key.text) => {
                        let message = format!("{} is not looked at in the end", quoted(&key.text));
                        report.error_with_help(
                            &key.span,
                            message,
                            format!("`final: [{}]` does so", key.text),
                        );
                    }
                    None => {
                        let help = did_you_mean(&key.text, names.iter().copied());
                        let message =
                            format!("{} is neither a register nor a final location", quoted(&key.text));
                        report.error_with_help(&key.span, message, help);
                    }
                }
            }
            conditions.push(Condition::All(parts));
        }
        match conditions.len() {
            1 => conditions.remove(0),
            _ => Condition::Any(conditions),
        }
    }
}

fn fits(number: &Number, bytes: u8, report: &mut Report) {
    if bytes < 16 && number.value >> (8 * u32::from(bytes)) != 0 {
        let plural = if bytes == 1 { "" } else { "s" };
        report.error(&number.span, format!("{:#x} has more than {bytes} byte{plural}", number.value));
    }
}

/// What a place in a location is used for; the words are those of the messages.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Use {
    Read,
    Write,
    Atomic,
    Wait,
}

struct Resolver<'a> {
    names: &'a mut Names,
    report: &'a mut Report,
    host: Host,
    agent_order: Option<Order>,
    test_order: Option<Order>,
    own: usize,
}

impl Resolver<'_> {
    /// The operations without those that are wrong, which are reported.
    fn body(&mut self, forms: &[OpForm], depth: usize) -> Vec<Op> {
        forms.iter().filter_map(|form| self.op(form, depth)).collect()
    }

    fn op(&mut self, form: &OpForm, depth: usize) -> Option<Op> {
        // Each part is looked at before any is missed, so that all mistakes are found.
        match &form.keys {
            Keys::Load(k) => {
                let access =
                    self.access(&k.at, k.bytes.as_ref(), k.order.as_ref().map(|o| o.value), Use::Read);
                Some(Op::Load { into: self.define(&k.into), access: access? })
            }
            Keys::Store(k) => {
                let access =
                    self.access(&k.at, k.bytes.as_ref(), k.order.as_ref().map(|o| o.value), Use::Write);
                let value = self.operand(&k.value, access);
                Some(Op::Store { access: access?, value: value? })
            }
            Keys::Add(k) => self.rmw(RmwOp::Add, &k.at, &k.value, &k.into, k.bytes.as_ref()),
            Keys::Sub(k) => self.rmw(RmwOp::Sub, &k.at, &k.value, &k.into, k.bytes.as_ref()),
            Keys::And(k) => self.rmw(RmwOp::And, &k.at, &k.value, &k.into, k.bytes.as_ref()),
            Keys::Or(k) => self.rmw(RmwOp::Or, &k.at, &k.value, &k.into, k.bytes.as_ref()),
            Keys::Xor(k) => self.rmw(RmwOp::Xor, &k.at, &k.value, &k.into, k.bytes.as_ref()),
            Keys::Exchange(k) => self.rmw(RmwOp::Exchange, &k.at, &k.value, &k.into, k.bytes.as_ref()),
            Keys::CompareExchange(k) => {
                let access = self.access(&k.at, k.bytes.as_ref(), Some(Order::SeqCst), Use::Atomic);
                let expected = self.operand(&k.expected, access);
                let replacement = self.operand(&k.replacement, access);
                let into = self.define(&k.into);
                Some(Op::CompareExchange {
                    into,
                    access: access?,
                    expected: expected?,
                    replacement: replacement?,
                })
            }
            Keys::Fence(_) => {
                if self.host == Host::Js {
                    self.report.error(&form.span, "JavaScript has no fence, and this agent runs in it");
                    return None;
                }
                Some(Op::Fence)
            }
            Keys::Wait(k) => {
                let access = self.access(&k.at, k.bytes.as_ref(), Some(Order::SeqCst), Use::Wait);
                if let Some(access) = access {
                    fits(&k.expected, access.bytes, self.report);
                }
                Some(Op::Wait {
                    into: self.define(&k.into),
                    access: access?,
                    expected: k.expected.value as u64,
                    timeout: k.timeout.as_ref().map(|timeout| timeout.nanoseconds),
                })
            }
            Keys::Notify(k) => {
                let access = self.access(&k.at, k.bytes.as_ref(), Some(Order::SeqCst), Use::Wait);
                let count = k.count.as_ref().map_or(u32::MAX, |count| count.value);
                Some(Op::Notify { into: self.define(&k.into), access: access?, count })
            }
            Keys::Grow(k) => {
                if k.pages.value > MOST_PAGES {
                    let message = format!("a growth has at most {MOST_PAGES} pages");
                    self.report.error(&k.pages.span, message);
                }
                Some(Op::Grow { into: self.define(&k.into), pages: k.pages.value })
            }
            Keys::Size(k) => Some(Op::Size { into: self.define(&k.into) }),
            Keys::If(k) => {
                if depth == MOST_NESTED {
                    let message = format!("`if` nests at most {MOST_NESTED} deep");
                    self.report.error(&form.span, message);
                    return None;
                }
                let register = self.register(&k.register.text, &k.register.span);
                fits(&k.equals, 8, self.report);
                let then = self.body(&k.then, depth + 1);
                let otherwise = self.body(k.otherwise.as_deref().unwrap_or_default(), depth + 1);
                Some(Op::If { register: register?, equals: k.equals.value as u64, then, otherwise })
            }
        }
    }

    fn rmw(
        &mut self,
        op: RmwOp,
        at: &Place,
        value: &Value,
        into: &Name,
        bytes: Option<&Count>,
    ) -> Option<Op> {
        let access = self.access(at, bytes, Some(Order::SeqCst), Use::Atomic);
        let value = self.operand(value, access);
        Some(Op::Rmw { into: self.define(into), op, access: access?, value: value? })
    }

    fn access(
        &mut self,
        at: &Place,
        bytes: Option<&Count>,
        order: Option<Order>,
        what: Use,
    ) -> Option<Access> {
        let location = self.names.location(&at.location, &at.span, self.report)?;
        let place = &self.names.locations[location];
        let width = match bytes {
            Some(bytes) if matches!(bytes.value, 1 | 2 | 4 | 8) => bytes.value as u8,
            Some(bytes) => {
                let message = format!("an access has 1, 2, 4 or 8 bytes, not {}", bytes.value);
                self.report.error(&bytes.span, message);
                return None;
            }
            None if at.offset == 0 && place.bytes <= 8 => place.bytes,
            None => {
                let message = "`bytes` says here how wide the access is, since it is not the whole location";
                self.report.error(&at.span, message);
                return None;
            }
        };
        if u32::from(at.offset) + u32::from(width) > u32::from(place.bytes) {
            let message = format!(
                "{width} bytes from byte {} are not within {}, which has {}",
                at.offset,
                quoted(&place.name),
                place.bytes
            );
            self.report.error(&at.span, message);
            return None;
        }
        let order = order
            .or(self.agent_order)
            .or(self.names.orders[location])
            .or(self.test_order)
            .unwrap_or(Order::Plain);
        if what == Use::Wait && !matches!(width, 4 | 8) {
            let message = format!("waiting is for 4 or 8 bytes, not {width}");
            self.report.error(&bytes.map_or(&at.span, |bytes| &bytes.span).clone(), message);
            return None;
        }
        let address = u32::from(place.misaligned) + u32::from(at.offset);
        if order == Order::SeqCst && !address.is_multiple_of(u32::from(width)) {
            let message = format!("an atomic access of {width} bytes is aligned, and this place is not");
            self.report.error(&at.span, message);
            return None;
        }
        Some(Access { location, offset: at.offset, bytes: width, order })
    }

    fn operand(&mut self, value: &Value, access: Option<Access>) -> Option<Operand> {
        match value {
            Value::Number(number) => {
                let bytes = access.map_or(8, |access| access.bytes);
                fits(number, bytes, self.report);
                Some(Operand::Constant(number.value as u64))
            }
            Value::Register(name, span) => self.register(name, span).map(Operand::Register),
        }
    }

    /// A register that this agent came to before.
    fn register(&mut self, name: &str, span: &Span) -> Option<Register> {
        let own = self.own;
        let found = self.names.registers.iter().position(|(known, agent)| known == name && *agent == own);
        if found.is_none() {
            let mine = || {
                self.names.registers.iter().filter(|(_, agent)| *agent == own).map(|(name, _)| name.as_str())
            };
            let another = self.names.registers.iter().any(|(known, _)| known == name);
            let help = match did_you_mean(name, mine()) {
                _ if another => Some("it is another agent's".to_owned()),
                Some(help) => Some(help),
                None => Some("a register is written before it is used: `into` does so".to_owned()),
            };
            self.report.error_with_help(span, format!("this agent has no register {}", quoted(name)), help);
        }
        found
    }

    fn define(&mut self, name: &Name) -> Register {
        if let Some(known) = self.names.registers.iter().position(|(known, _)| *known == name.text) {
            let message = format!("the register {} is written twice", quoted(&name.text));
            let help = "each `into` has a register of its own, in all agents".to_owned();
            self.report.error_with_help(&name.span, message, help);
            return known;
        }
        if self.names.locations.iter().any(|location| location.name == name.text) {
            self.report.error(&name.span, format!("{} is a location already", quoted(&name.text)));
        }
        self.names.registers.push((name.text.clone(), self.own));
        self.names.registers.len() - 1
    }
}
