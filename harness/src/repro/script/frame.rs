//! How an agent of a script begins and ends: workers made and told of the case, ports handed out, the
//! result sent home and judged.

use std::collections::BTreeMap;

use super::Symptom;
use super::agent::Agent;
use super::literal::string;
use crate::case::plan::{MAIN, Op, Via};
use crate::repro::parts::all_steps;

impl Agent<'_> {
    /// The workers, made and ready.
    pub(super) fn starts(&self) -> Vec<String> {
        let script = self.script;
        let mut lines: Vec<String> = script
            .routes
            .channel_names()
            .into_iter()
            .map(|name| format!("const {name} = new MessageChannel();"))
            .collect();
        for agent in script.plan.agents.iter().filter(|agent| !script.routes.is_made(agent)) {
            lines.extend(self.start_of(agent, ""));
        }
        lines.extend(self.readers());
        lines
    }

    pub(super) fn start_of(&self, agent: &str, options: &str) -> Vec<String> {
        let routes = self.script.routes;
        let (worker, reader) = (routes.worker(agent), routes.reader(MAIN, agent, Via::Message));
        let ports = routes.ports_of(agent);
        let several = self.script.plan.agents.len() > 1;
        let start = match (ports.as_slice(), several) {
            ([], false) => "turns".to_owned(),
            (ports, several) => {
                let role = several.then(|| format!("agent: {}", string(agent)));
                let ports = ports.iter().map(|(name, port)| format!("{name}: {port}"));
                let parts: Vec<String> = role.into_iter().chain(["turns".to_owned()]).chain(ports).collect();
                format!("{{ {} }}", parts.join(", "))
            }
        };
        let given: Vec<String> = ports.into_iter().map(|(_, port)| port).collect();
        let given = if given.is_empty() { String::new() } else { format!(", [{}]", given.join(", ")) };
        vec![
            format!("const {worker} = new Worker(new URL(import.meta.url){options});"),
            format!("const {reader} = reader({worker});"),
            format!("{worker}.postMessage({start}{given});"),
            format!("await {reader}(); // it is ready"),
        ]
    }

    /// A worker's beginning.
    pub(super) fn started(&self) -> Vec<String> {
        let ports = self.script.routes.ports_of(self.name);
        let several = self.script.plan.agents.len() > 1;
        let mut lines = Vec::new();
        if !several {
            lines.push("const fromMain = reader(parentPort);".to_owned());
        }
        match (ports.is_empty(), several) {
            (true, false) => lines.push("turns = await fromMain(); // those of the main thread".to_owned()),
            (_, several) => {
                if !several {
                    lines.push("const start = await fromMain();".to_owned());
                }
                lines.push("turns = start.turns;".to_owned());
            }
        }
        if !ports.is_empty() {
            let names: Vec<String> = ports.into_iter().map(|(name, _)| name).collect();
            lines.push(format!("const {{ {} }} = start;", names.join(", ")));
        }
        lines.extend(self.readers());
        lines.push("parentPort.postMessage(\"ready\");".to_owned());
        lines
    }

    /// Readers of the channels by which this agent receives.
    fn readers(&self) -> Vec<String> {
        let routes = self.script.routes;
        let mut readers = BTreeMap::new();
        for step in self.own_steps() {
            if let Op::Receive { from, via, .. } = &step.op {
                readers.insert(routes.reader(self.name, from, *via), routes.port(self.name, from, *via));
            }
        }
        readers.retain(|_, port| port.starts_with("channel"));
        readers.into_iter().map(|(name, port)| format!("const {name} = reader({port});")).collect()
    }

    /// What follows the last step.
    pub(super) fn ends(&self) -> Vec<String> {
        let script = self.script;
        let expectation = &script.expectation;
        let wrong = script.subject.symptom == Symptom::Wrong;
        if self.name != MAIN {
            return match (self.sees(), wrong, expectation.kept) {
                (false, ..) => Vec::new(),
                (true, false, _) => vec!["parentPort.postMessage(\"done\");".to_owned()],
                (true, true, false) => vec!["parentPort.postMessage(actual);".to_owned()],
                (true, true, true) => {
                    let expected = format!("const expected = {};", expectation.shown);
                    vec![expected, "parentPort.postMessage({ expected, actual });".to_owned()]
                }
            };
        }
        let mut lines = Vec::new();
        if self.sees() {
            if expectation.kept && wrong {
                lines.push(format!("const expected = {};", expectation.shown));
            }
        } else if let Some(agent) = script.plan.agents.iter().find(|agent| Agent::new(script, agent).sees()) {
            let last = script.routes.segments.last();
            let reader = script.routes.reader(MAIN, agent, Via::Message);
            if last.is_some_and(|segment| segment.agent != MAIN) && script.subject.symptom != Symptom::Crash {
                lines.push(format!("until({});", script.routes.segments.len()));
            }
            lines.extend((0..self.unread(agent)).map(|_| format!("await {reader}();")));
            lines.push(match (wrong, expectation.kept) {
                (true, false) => format!("const actual = await {reader}();"),
                (true, true) => format!("const {{ expected, actual }} = await {reader}();"),
                (false, _) => format!("await {reader}();"),
            });
        }
        lines.extend(script.verdict());
        lines
    }

    /// How many messages of a worker the main thread leaves behind.
    fn unread(&self, agent: &str) -> usize {
        let steps = all_steps(self.script.plan);
        let posts = steps.iter().filter(|step| {
            step.agent == agent && matches!(&step.op, Op::Post { to, via: Via::Message, .. } if to == MAIN)
        });
        let taken = steps.iter().filter(|step| {
            step.agent == MAIN
                && matches!(&step.op, Op::Receive { from, via: Via::Message, .. } if from == agent)
        });
        posts.count().saturating_sub(taken.count())
    }
}
