//! Executions as Graphviz draws them: a column an agent, arrows for its order (black), reads-from
//! (red) and synchronizes-with (blue); the number in each box is its place in the total order.

use std::fmt::Write as _;

use super::{action, letter, sources, values};
use crate::litmus::model::{Execution, Outcomes, Verdict, Who};
use crate::litmus::program::Test;

/// One graph for each allowed outcome that is of interest; for each allowed outcome if none is.
pub fn graph(test: &Test, outcomes: &Outcomes) -> String {
    let allowed = || {
        outcomes.verdicts.iter().filter_map(|(outcome, verdict)| match verdict {
            Verdict::Allowed(execution) => Some((outcome, execution.as_ref())),
            Verdict::Forbidden(_) => None,
        })
    };
    let interesting = allowed().any(|(outcome, _)| test.interest.holds(outcome));
    allowed()
        .filter(|(outcome, _)| !interesting || test.interest.holds(outcome))
        .map(|(outcome, execution)| one(test, &format!("{}: {}", test.id, values(test, outcome)), execution))
        .collect()
}

fn one(test: &Test, title: &str, execution: &Execution) -> String {
    let mut text = String::new();
    let out = &mut text;
    let _ = writeln!(out, "digraph {} {{", quoted(title));
    let _ = writeln!(out, "  label={}; labelloc=t; node [shape=box, fontname=monospace];", quoted(title));
    let columns = std::iter::once((Who::Beginning, "beginning"))
        .chain(
            test.agents.iter().enumerate().map(|(number, agent)| (Who::Agent(number), agent.name.as_str())),
        )
        .chain([(Who::End, "end")]);
    for (who, name) in columns {
        let mine: Vec<usize> =
            (0..execution.events.len()).filter(|&event| execution.events[event].who == who).collect();
        if mine.is_empty() {
            continue;
        }
        let _ = writeln!(out, "  subgraph {} {{", quoted(&format!("cluster_{name}")));
        let _ = writeln!(out, "    label={};", quoted(name));
        for &event in &mine {
            let place = execution.order.iter().position(|&other| other == event).unwrap_or_default();
            let label = format!("{}: {}\n#{place}", letter(event), action(test, &execution.events[event]));
            let _ = writeln!(out, "    {} [label={}];", letter(event), quoted(&label));
        }
        let _ = writeln!(out, "  }}");
        if let Who::Agent(_) = who {
            for pair in mine.windows(2) {
                let _ = writeln!(out, "  {} -> {};", letter(pair[0]), letter(pair[1]));
            }
        }
    }
    let mut reads: Vec<(usize, usize)> =
        execution.sources.iter().map(|source| (source.write, source.read)).collect();
    reads.dedup();
    reads.sort_unstable();
    reads.dedup();
    for (write, read) in reads {
        let all = sources(execution, read);
        // Where bytes come from several writes, the label says which.
        let label = if all.contains('[') { format!("rf {all}") } else { "rf".to_owned() };
        let (from, to) = (letter(write), letter(read));
        let _ = writeln!(out, "  {from} -> {to} [color=red, constraint=false, label={}];", quoted(&label));
    }
    for &(write, read) in &execution.synchronizes_with {
        let (from, to) = (letter(write), letter(read));
        let _ = writeln!(out, "  {from} -> {to} [color=blue, style=bold, label=\"sw\"];");
    }
    text.push_str("}\n");
    text
}

/// A text as Graphviz reads it in quotes.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for char in text.chars() {
        match char {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            char => out.push(char),
        }
    }
    out.push('"');
    out
}
