//! By which ports a script's agents reach each other, and how their turns are cut out of the plan.

use std::collections::BTreeMap;

use super::literal::identifier;
use crate::case::plan::{MAIN, Op, Plan, Via};
use crate::repro::parts::all_steps;

/// A run of steps of one agent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segment {
    /// Whose.
    pub agent: String,
    /// The indices of the plan's steps.
    pub steps: Vec<usize>,
}

/// The ways between agents.
pub struct Routes {
    /// The pairs that have a channel of their own, in the order in which they are first used. The
    /// first one has its first port.
    channels: Vec<(String, String, Via)>,
    /// The agents that a step makes, with data.
    made: Vec<String>,
    /// The turns.
    pub segments: Vec<Segment>,
    /// The words by which started steps say that they ended, by the steps' numbers.
    joins: BTreeMap<u32, usize>,
}

impl Routes {
    /// Those of a plan.
    pub fn new(plan: &Plan) -> Self {
        let mut routes =
            Self { channels: Vec::new(), made: Vec::new(), segments: Vec::new(), joins: BTreeMap::new() };
        for step in all_steps(plan) {
            match &step.op {
                Op::Post { to, via: Via::WorkerData, .. } => routes.made.push(to.clone()),
                Op::Post { to, via, .. } => routes.add_channel(&step.agent, to, *via),
                _ => {}
            }
            if step.start.is_some_and(|start| start.join.is_some()) {
                let word = routes.joins.len() + 1;
                routes.joins.insert(step.number, word);
            }
        }
        let mut after_start = false;
        for (index, step) in plan.steps.iter().enumerate() {
            match routes.segments.last_mut() {
                Some(last) if last.agent == step.agent && !after_start => last.steps.push(index),
                _ => routes.segments.push(Segment { agent: step.agent.clone(), steps: vec![index] }),
            }
            after_start = step.start.is_some();
        }
        routes
    }

    fn add_channel(&mut self, from: &str, to: &str, via: Via) {
        let is_parent = from == MAIN || to == MAIN;
        if (via == Via::Message && is_parent) || self.channel(from, to, via).is_some() {
            return;
        }
        let (first, second) = if to == MAIN { (to, from) } else { (from, to) };
        self.channels.push((first.to_owned(), second.to_owned(), via));
    }

    /// The number of a pair's channel, and whether the agent has its first port.
    fn channel(&self, agent: &str, peer: &str, via: Via) -> Option<(usize, bool)> {
        self.channels.iter().enumerate().find_map(|(index, (first, second, by))| match () {
            () if *by != via => None,
            () if first == agent && second == peer => Some((index, true)),
            () if first == peer && second == agent => Some((index, false)),
            () => None,
        })
    }

    fn channel_name(&self, index: usize) -> String {
        match self.channels.len() {
            1 => "channel".to_owned(),
            _ => format!("channel{}", index + 1),
        }
    }

    /// The port by which an agent sends to another and receives from it.
    pub fn port(&self, agent: &str, peer: &str, via: Via) -> String {
        match self.channel(agent, peer, via) {
            Some((index, _)) if agent == MAIN => format!("{}.port1", self.channel_name(index)),
            Some((index, _)) => self.channel_name(index),
            None if agent == MAIN => self.worker(peer),
            None => "parentPort".to_owned(),
        }
    }

    /// The function by which an agent receives from another.
    pub fn reader(&self, agent: &str, peer: &str, via: Via) -> String {
        let name = capitalised(identifier(peer).trim_end_matches('_'));
        match self.channel(agent, peer, via) {
            Some((index, _)) => format!("from{}", capitalised(&self.channel_name(index))),
            None => format!("from{name}"),
        }
    }

    /// The variable of a worker, in the main thread.
    pub fn worker(&self, agent: &str) -> String {
        match agent {
            "worker" => "worker".to_owned(),
            other => format!("worker{}", capitalised(&identifier(other))),
        }
    }

    /// The channels that the main thread makes.
    pub fn channel_names(&self) -> Vec<String> {
        (0..self.channels.len()).map(|index| self.channel_name(index)).collect()
    }

    /// A worker's ports: the names that it knows them by, and the expressions of the main thread.
    pub fn ports_of(&self, agent: &str) -> Vec<(String, String)> {
        let own = self.channels.iter().enumerate().filter_map(|(index, (first, second, _))| {
            let name = self.channel_name(index);
            match () {
                () if first == agent => Some((name.clone(), format!("{name}.port1"))),
                () if second == agent => Some((name.clone(), format!("{name}.port2"))),
                () => None,
            }
        });
        own.collect()
    }

    /// Are there channels?
    pub fn has_channels(&self) -> bool {
        !self.channels.is_empty()
    }

    /// Is a worker made with data?
    pub fn has_worker_data(&self) -> bool {
        !self.made.is_empty()
    }

    /// Is this worker made by a step?
    pub fn is_made(&self, agent: &str) -> bool {
        self.made.iter().any(|made| made == agent)
    }

    /// How many words of control there are.
    pub fn words(&self) -> usize {
        1 + self.joins.len()
    }

    /// The word by which a started step says that it ended.
    pub fn word(&self, step: u32) -> Option<usize> {
        self.joins.get(&step).copied()
    }
}

fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_ascii_uppercase().to_string() + chars.as_str())
}
