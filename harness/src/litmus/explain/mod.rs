//! A test's outcomes in words: which are allowed and by what execution, which are forbidden and by
//! what axiom. The verdicts are the model's; `graph` draws an execution.

mod graph;

pub use graph::graph;

use super::model::{Event, Execution, Forbidden, Outcomes, Range, Verdict, What, Who};
use super::program::{Condition, Order, Outcome, Test};

/// What a line is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// The test itself.
    Heading,
    /// An allowed outcome.
    Allowed,
    /// A forbidden outcome.
    Forbidden,
    /// Why.
    Detail,
}

/// Every outcome of a test and why it is allowed or forbidden, line by line.
pub fn text(test: &Test, outcomes: &Outcomes) -> Vec<(Mark, String)> {
    let mut lines = vec![(Mark::Heading, test.id.clone()), (Mark::Heading, test.title.clone())];
    lines.extend(test.spec.iter().map(|link| (Mark::Detail, link.clone())));
    let interest = condition(test, &test.interest);
    lines.push(match outcomes.allows_any(&test.interest) {
        true => (Mark::Allowed, format!("of interest: {interest} is allowed")),
        false => (Mark::Forbidden, format!("of interest: {interest} is forbidden")),
    });
    for (outcome, verdict) in &outcomes.verdicts {
        let mark = if test.interest.holds(outcome) { "  (of interest)" } else { "" };
        add(test, &format!("{}{mark}", values(test, outcome)), verdict, &mut lines);
    }
    if let Some(verdict) = &outcomes.stuck {
        add(test, "some agent waits for ever", verdict, &mut lines);
    }
    lines
}

fn add(test: &Test, outcome: &str, verdict: &Verdict, lines: &mut Vec<(Mark, String)>) {
    lines.push((Mark::Detail, String::new()));
    match verdict {
        Verdict::Allowed(found) => {
            lines.push((Mark::Allowed, format!("allowed    {outcome}")));
            lines.extend(execution(test, found).into_iter().map(|line| (Mark::Detail, line)));
        }
        Verdict::Forbidden(reason) => {
            lines.push((Mark::Forbidden, format!("forbidden  {outcome}")));
            lines.extend(forbidden(reason).into_iter().map(|line| (Mark::Detail, line)));
        }
    }
}

fn forbidden(reason: &Forbidden) -> Vec<String> {
    let axiom = reason.axiom();
    let mut lines =
        vec![format!("    {}: {}", axiom.name(), axiom.demand()), format!("    {}", axiom.clause())];
    let others: Vec<String> = reason
        .axioms()
        .filter(|(other, _)| *other != axiom)
        .map(|(axiom, candidates)| format!("{} ({candidates})", axiom.name()))
        .collect();
    if !others.is_empty() {
        lines.push(format!("    other candidates were ruled out by {}", others.join(", ")));
    }
    lines
}

fn execution(test: &Test, execution: &Execution) -> Vec<String> {
    let order = execution.order.iter().map(|&event| letter(event)).collect::<Vec<_>>().join(" ");
    let mut lines = Vec::new();
    for (number, event) in execution.events.iter().enumerate() {
        let whose = match event.who {
            Who::Beginning => "beginning",
            Who::Agent(agent) => &test.agents[agent].name,
            Who::End => "end",
        };
        let mut line = format!("    {:<3} {whose:<10} {}", letter(number), action(test, event));
        let sources = sources(execution, number);
        if !sources.is_empty() {
            line = format!("{line:<48} reads from {sources}");
        }
        lines.push(line);
    }
    let pairs = |pairs: &[(usize, usize)]| {
        pairs.iter().map(|&(w, r)| format!("{}→{}", letter(w), letter(r))).collect::<Vec<_>>().join(" ")
    };
    if !execution.synchronizes_with.is_empty() {
        lines.push(format!("    synchronizes-with  {}", pairs(&execution.synchronizes_with)));
    }
    let across = across_agents(execution);
    if !across.is_empty() {
        lines.push(format!("    happens-before     {}", pairs(&across)));
    }
    lines.push(format!("    total order        {order}"));
    lines
}

/// happens-before between different agents, without what follows from other pairs of it.
fn across_agents(execution: &Execution) -> Vec<(usize, usize)> {
    let events = execution.events.len();
    let before = |a, b| execution.happens_before.holds(a, b);
    let agent = |event: usize| match execution.events[event].who {
        Who::Agent(agent) => Some(agent),
        _ => None,
    };
    let direct = |a: usize, b: usize| before(a, b) && !(0..events).any(|c| before(a, c) && before(c, b));
    let pairs = (0..events).flat_map(|a| (0..events).map(move |b| (a, b)));
    pairs.filter(|&(a, b)| agent(a).zip(agent(b)).is_some_and(|(a, b)| a != b) && direct(a, b)).collect()
}

/// Where an event's bytes come from: `a`, or `a[0] b[1..3]` where not all come from one write.
fn sources(execution: &Execution, read: usize) -> String {
    let mine: Vec<(u8, usize)> = execution
        .sources
        .iter()
        .filter(|source| source.read == read)
        .map(|source| (source.byte, source.write))
        .collect();
    let Some(&(_, first)) = mine.first() else { return String::new() };
    if mine.iter().all(|(_, write)| *write == first) {
        return letter(first);
    }
    let parts = mine.chunk_by(|(_, a), (_, b)| a == b).map(|bytes| {
        let (from, to) = (bytes[0].0, bytes[bytes.len() - 1].0);
        match from == to {
            true => format!("{}[{from}]", letter(bytes[0].1)),
            false => format!("{}[{from}..{to}]", letter(bytes[0].1)),
        }
    });
    parts.collect::<Vec<_>>().join(" ")
}

/// What an event does: `store x = 1 seqcst`.
fn action(test: &Test, event: &Event) -> String {
    let word = match event.what {
        What::Initial | What::Final => "",
        What::Load => "load ",
        What::Store => "store ",
        What::ReadModifyWrite => "rmw ",
        What::Fence => "fence",
        What::Wait => "wait ",
        What::Woken => "woken",
        What::TimedOut => "timed out",
        What::Notify => "notify",
        What::Grow => "grow ",
        What::Size => "size ",
    };
    let mut text = word.to_owned();
    if let Some(range) = event.range {
        text += &place(test, range);
    }
    match (event.read, event.write) {
        (Some(read), Some(write)) => text += &format!(" = {} → {}", number(read), number(write)),
        (Some(value), None) | (None, Some(value)) => text += &format!(" = {}", number(value)),
        (None, None) => {}
    }
    if event.order == Order::SeqCst {
        text += " seqcst";
    }
    text
}

fn place(test: &Test, range: Range) -> String {
    match test.locations.get(range.location) {
        None => "pages".to_owned(),
        Some(location) if location.bytes == range.bytes => location.name.clone(),
        Some(location) => format!("{}+{}:{}", location.name, range.start, range.bytes),
    }
}

/// A number as people read it: small ones decimal, patterns of bytes in hexadecimal.
fn number(value: u128) -> String {
    if value < 0x1_0000 { value.to_string() } else { format!("{value:#x}") }
}

/// An event's name: `a` to `z`, then `a1` and so on.
fn letter(event: usize) -> String {
    let letter = char::from(b'a' + (event % 26) as u8);
    match event / 26 {
        0 => letter.to_string(),
        round => format!("{letter}{round}"),
    }
}

/// An outcome by the names of its places: `r0=0 r1=1 x=2`.
pub fn values(test: &Test, outcome: &Outcome) -> String {
    let parts =
        outcome.iter().enumerate().map(|(at, &value)| format!("{}={}", name(test, at), number(value)));
    parts.collect::<Vec<_>>().join(" ")
}

/// A condition as people read it.
pub fn condition(test: &Test, condition: &Condition) -> String {
    match condition {
        Condition::All(parts) => {
            let parts = parts.iter().map(|&(at, value)| format!("{}={}", name(test, at), number(value)));
            parts.collect::<Vec<_>>().join(" ")
        }
        Condition::Any(any) => {
            any.iter().map(|part| self::condition(test, part)).collect::<Vec<_>>().join(" or ")
        }
    }
}

fn name(test: &Test, at: usize) -> &str {
    match test.registers.get(at) {
        Some(register) => register,
        None => {
            let location = test.finals.get(at - test.registers.len());
            location.map_or("?", |&location| &test.locations[location].name)
        }
    }
}
