//! Where bytes differ: those that were read, and those behind digests. For the latter the case is run
//! again with a digest for each page, and then once more with the first differing page read instead.

use std::collections::BTreeMap;

use super::Options;
use crate::case::plan::{Op, Operand, Plan, Step};
use crate::event::{BytesDiffer, CaseResult, Results};
use crate::protocol::StepResult;
use crate::runtime::select::Choice;
use crate::runtime::{Cancel, Record, Runtime as _, Spawned};
use crate::value::Value;
use crate::verdict::agreement::StepKey;

/// The size of what one digest of a digest with `pages` stands for, in bytes.
const PAGE: u64 = 64 * 1024;
/// How many bytes are shown before and after the first that differs.
const AROUND: usize = 16;

/// Adds to each diverging case where its bytes differ, as far as that can be found out.
pub(super) fn locate(results: &mut Results, choices: &[Choice], options: &Options, cancel: &Cancel) {
    let mut again = Again { choices, options, cancel, running: BTreeMap::new() };
    for result in &mut results.cases {
        let [left, right, ..] = result.comparison.groups.as_slice() else { continue };
        let (Some(&left), Some(&right)) = (left.first(), right.first()) else { continue };
        let differing = &result.comparison.differing;
        let read = differing.iter().find_map(|key| differing_reads(result, *key, left, right));
        if let Some(read) = read {
            result.bytes.push(read);
            continue;
        }
        let key = differing.iter().copied().find(|key| both_digests(result, *key, left, right));
        let Some(key) = key else { continue };
        result.bytes.extend(again.first_difference(&result.case.plan, key, left, right));
    }
}

fn record_of(result: &CaseResult, place: usize) -> Option<&Record> {
    result.runs.iter().find(|run| run.runtime == place).map(|run| &run.record)
}

fn differing_reads(result: &CaseResult, key: StepKey, left: usize, right: usize) -> Option<BytesDiffer> {
    let a = bytes(record_of(result, left)?, key)?;
    let b = bytes(record_of(result, right)?, key)?;
    let begin = range(&result.case.plan, key.0).map_or(0, |(begin, _)| begin);
    difference(key, begin, (left, a), (right, b))
}

/// The first difference of two ranges of bytes that begin at `begin`.
fn difference(
    step: StepKey,
    begin: u64,
    (left, a): (usize, &[u8]),
    (right, b): (usize, &[u8]),
) -> Option<BytesDiffer> {
    let first = a.iter().zip(b).position(|(a, b)| a != b)?;
    let from = first.saturating_sub(AROUND);
    let shown = |bytes: &[u8]| bytes[from..bytes.len().min(first + AROUND)].to_vec();
    let sides = [(left, shown(a)), (right, shown(b))];
    Some(BytesDiffer { step, offset: begin + first as u64, shown_from: begin + from as u64, sides })
}

fn both_digests(result: &CaseResult, key: StepKey, left: usize, right: usize) -> bool {
    [left, right].into_iter().all(|place| {
        let record = record_of(result, place);
        record.is_some_and(|record| digests(record, key).is_some_and(|digests| !digests.is_empty()))
    })
}

fn values(record: &Record, (step, invocation): StepKey) -> Option<impl Iterator<Item = &Value>> {
    let observation = record.observations.iter().find(|o| o.step == step && o.invocation == invocation)?;
    match &observation.result {
        StepResult::Returned { values } => Some(values.iter().map(|seen| &seen.value)),
        _ => None,
    }
}

fn digests(record: &Record, key: StepKey) -> Option<Vec<&str>> {
    values(record, key)?
        .map(|value| match value {
            Value::Digest(text) => Some(text.as_str()),
            _ => None,
        })
        .collect()
}

fn bytes(record: &Record, key: StepKey) -> Option<&[u8]> {
    match values(record, key)?.next()? {
        Value::Bytes(bytes) => Some(bytes),
        _ => None,
    }
}

struct Again<'a> {
    choices: &'a [Choice],
    options: &'a Options,
    cancel: &'a Cancel,
    running: BTreeMap<usize, Option<Spawned>>,
}

impl Again<'_> {
    fn run(&mut self, place: usize, plan: &Plan) -> Option<Record> {
        let (choices, options, cancel) = (self.choices, self.options, self.cancel);
        let start = || choices[place].start(options.limits, cancel).ok();
        let executor = self.running.entry(place).or_insert_with(start).as_mut()?;
        Some(executor.run(plan, options.timeout, cancel))
    }

    fn first_difference(
        &mut self,
        plan: &Plan,
        key: StepKey,
        left: usize,
        right: usize,
    ) -> Option<BytesDiffer> {
        let (begin, length) = range(plan, key.0)?;
        let by_page = changed(plan, key.0, &|op| {
            if let Op::Digest { pages, .. } = op {
                *pages = true;
            }
        });
        let (a, b) = (self.run(left, &by_page)?, self.run(right, &by_page)?);
        let (a, b) = (digests(&a, key)?, digests(&b, key)?);
        let page = a.iter().zip(&b).position(|(a, b)| a != b)? as u64;
        let at = begin + page * PAGE;
        let count = length.map_or(PAGE, |length| PAGE.min(length.saturating_sub(page * PAGE)));
        let reading = changed(plan, key.0, &|op| {
            if let Op::Digest { buffer, .. } = op {
                let number = |value: u64| Operand::Literal(Value::number(value as f64));
                *op = Op::Read { buffer: buffer.clone(), at: number(at), count: number(count) };
            }
        });
        let (a, b) = (self.run(left, &reading)?, self.run(right, &reading)?);
        let (a, b) = (bytes(&a, key)?, bytes(&b, key)?);
        difference(key, at, (left, a), (right, b))
    }
}

/// Where the range of a digest or a read begins, and its length where the case states one. None for what is
/// neither, or begins where an earlier result says.
fn range(plan: &Plan, number: u32) -> Option<(u64, Option<u64>)> {
    let stated = |operand: &Operand| match operand {
        Operand::Literal(value) => value.as_number().map(|number| number as u64),
        Operand::Kept(_) | Operand::Converting(_) => None,
    };
    let mut found = None;
    visit(plan, &mut |step| {
        let (at, count) = match &step.op {
            _ if step.number != number => return,
            Op::Digest { at, count, .. } => (at.as_ref(), count.as_ref()),
            Op::Read { at, count, .. } => (Some(at), Some(count)),
            _ => return,
        };
        found = at.map_or(Some(0), stated).map(|begin| (begin, count.and_then(stated)));
    });
    found
}

fn visit(plan: &Plan, look: &mut dyn FnMut(&Step)) {
    fn all(steps: &[Step], look: &mut dyn FnMut(&Step)) {
        for step in steps {
            look(step);
            step.op.blocks().into_iter().for_each(|steps| all(steps, look));
        }
    }
    all(&plan.steps, look);
    plan.callbacks.iter().for_each(|callback| all(&callback.steps, look));
}

/// The plan with one step changed.
fn changed(plan: &Plan, number: u32, change: &dyn Fn(&mut Op)) -> Plan {
    fn all(steps: &mut [Step], number: u32, change: &dyn Fn(&mut Op)) {
        for step in steps {
            if step.number == number {
                change(&mut step.op);
            } else {
                step.op.blocks_mut().into_iter().for_each(|steps| all(steps, number, change));
            }
        }
    }
    let mut plan = plan.clone();
    all(&mut plan.steps, number, change);
    plan.callbacks.iter_mut().for_each(|callback| all(&mut callback.steps, number, change));
    plan
}
