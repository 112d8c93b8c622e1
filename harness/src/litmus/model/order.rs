//! Sequentially Consistent Atomics: is there a total order of all events?
//!
//! The axiom forbids writes between others: `V` may not stand between `W` and `R`, where `W` stands before `R`
//! in any case. So every such triple asks for `V` before `W` or `R` before `V`. What is already known decides most
//! of them, which makes more known; only what is left over is tried both ways.

use super::event::Event;
use super::relation::Relation;

/// `between` may stand before `write` or after `read`.
struct Choice {
    write: usize,
    between: usize,
    read: usize,
}

/// A total order of all events that the axiom admits, if there is one.
pub(super) fn total_order(
    events: &[Event],
    happens_before: &Relation,
    reads_from: &[(usize, usize)],
    synchronizes: &dyn Fn(usize, usize) -> bool,
) -> Option<Vec<usize>> {
    let mut choices = Vec::new();
    for &(read, write) in reads_from {
        if !happens_before.holds(write, read) {
            continue;
        }
        let (r, w) = (&events[read], &events[write]);
        for (between, v) in events.iter().enumerate() {
            if between == read || between == write || v.write.is_none() || !v.is_seqcst() {
                continue;
            }
            let like_read = v.range == r.range;
            let forbidden = synchronizes(write, read) && like_read
                || happens_before.holds(between, read) && w.is_seqcst() && v.range == w.range && !r.stale
                || happens_before.holds(write, between) && r.is_seqcst() && like_read;
            if forbidden {
                choices.push(Choice { write, between, read });
            }
        }
    }
    let mut known = decide(happens_before.clone(), choices)?;
    // Nothing that is left open matters, and reads are easier to follow behind what they see.
    for &(read, write) in reads_from {
        if !known.holds(read, write) {
            known.add(write, read);
        }
    }
    Some(known.some_order())
}

fn decide(mut known: Relation, mut open: Vec<Choice>) -> Option<Relation> {
    loop {
        let before = open.len();
        let mut impossible = false;
        open.retain(|choice| {
            let Choice { write, between, read } = *choice;
            if known.holds(between, write) || known.holds(read, between) {
                return false;
            }
            match (known.holds(write, between), known.holds(between, read)) {
                (true, true) => impossible = true,
                (true, false) => known.add(read, between),
                (false, true) => known.add(between, write),
                (false, false) => return true,
            }
            false
        });
        if impossible || known.has_cycle() {
            return None;
        }
        if open.len() == before {
            break;
        }
    }
    let Some(choice) = open.pop() else { return Some(known) };
    for (first, second) in [(choice.between, choice.write), (choice.read, choice.between)] {
        let mut tried = known.clone();
        tried.add(first, second);
        let rest = open.iter().map(|c| Choice { write: c.write, between: c.between, read: c.read }).collect();
        if let Some(order) = decide(tried, rest) {
            return Some(order);
        }
    }
    None
}
