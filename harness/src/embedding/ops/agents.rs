//! The operations between agents.

use super::{Done, nothing};
use crate::case::plan::{HandleRef, Message, Pattern};
use crate::embedding::error::Stop;
use crate::embedding::message::{self, Packet};
use crate::embedding::realm::Realm;
use crate::embedding::run::Terminated;
use crate::engine::Agent;
use crate::protocol::ObservedBy::Embedding;

impl Realm {
    /// A message that cannot be posted is told to its receiver, which must not wait for it.
    pub fn post(
        &self,
        agent: &mut dyn Agent,
        step: u32,
        message: &Message,
        transfer: &[HandleRef],
    ) -> Result<Done, Stop> {
        let (packet, done) = match self.packet(agent, message, transfer) {
            Ok(packet) => (Some(packet), nothing(Embedding)),
            Err(stop) => (None, Err(stop)),
        };
        self.run.post(step, packet);
        done
    }

    fn packet(
        &self,
        agent: &mut dyn Agent,
        message: &Message,
        transfer: &[HandleRef],
    ) -> Result<Packet, Stop> {
        let transfer =
            transfer.iter().map(|reference| self.object(reference)).collect::<Result<Vec<_>, _>>()?;
        message::serialize(agent, &self.structure(message)?, &transfer)
    }

    pub fn receive(&self, agent: &mut dyn Agent, pattern: &Pattern, post: u32) -> Result<Done, Stop> {
        let packet = self.run.receive(self.me, post).ok_or(Stop::Ended)?;
        let packet = packet.ok_or_else(|| Stop::Skipped("nothing was posted".to_owned()))?;
        let handle = message::deserialize(&packet, |shared, address64| self.adopt(agent, shared, address64))?;
        self.take_apart(pattern, &handle)?;
        nothing(Embedding)
    }

    pub fn terminate(&self, target: &str) -> Result<Done, Stop> {
        if target == self.run.agent_name(self.me) {
            return Err(Stop::Unsupported("an agent cannot terminate itself".to_owned()));
        }
        match self.run.terminate(target) {
            Some(Terminated::Ended) => nothing(Embedding),
            Some(Terminated::Left) => Err(Stop::Unsupported(format!(
                "{target} did not stop: the engine cannot stop an agent that waits"
            ))),
            None => Err(Stop::Skipped(format!("there is no agent {target}"))),
        }
    }

    pub fn join(&self, started: u32) -> Result<Done, Stop> {
        match self.run.join(self.me, started) {
            Some(true) => nothing(Embedding),
            Some(false) => Err(Stop::Skipped("the agent was terminated".to_owned())),
            None => Err(Stop::Ended),
        }
    }
}
