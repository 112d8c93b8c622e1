//! An embedded engine in this process, with the embedding around it: what `cargo test` runs.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::{Cancel, Crash, CrashKind, End, Record, Runtime};
use crate::case::plan::Plan;
use crate::embedding::{Embedding, Ended, Limits};
use crate::engine::Engine;
use crate::executor;
use crate::protocol::{Handshake, Observation};

/// An engine that runs plans in this process.
pub struct InProcess {
    engine: Arc<dyn Engine>,
    embedding: Embedding,
    handshake: Handshake,
    variant: Option<String>,
}

impl InProcess {
    /// Around an engine.
    pub fn new(engine: Arc<dyn Engine>) -> Self {
        let embedding = Embedding::new(Arc::clone(&engine));
        let handshake = executor::handshake(&embedding);
        Self { engine, embedding, handshake, variant: None }
    }

    /// The same, as a variant of the runtime.
    #[must_use]
    pub fn of_variant(self, variant: Option<&str>) -> Self {
        Self { variant: variant.map(str::to_owned), ..self }
    }
}

impl Runtime for InProcess {
    fn handshake(&self) -> &Handshake {
        &self.handshake
    }

    fn variant(&self) -> Option<&str> {
        self.variant.as_deref()
    }

    fn run(&mut self, plan: &Plan, deadline: Duration, cancel: &Cancel) -> Record {
        let observations: Arc<Mutex<Vec<Observation>>> = Arc::default();
        let seen = Arc::clone(&observations);
        let limits = Limits { deadline: Some(deadline), interrupt: Some(cancel.flag()) };
        let ended = self.embedding.run(
            plan.clone(),
            &limits,
            Arc::new(move |observation| {
                seen.lock().unwrap_or_else(PoisonError::into_inner).push(observation);
            }),
        );
        let fresh = !matches!(ended, Ended::Done { retire: false });
        let end = match ended {
            Ended::Done { .. } => End::Done,
            Ended::TimedOut => {
                End::TimedOut { after_ms: u64::try_from(deadline.as_millis()).unwrap_or(u64::MAX) }
            }
            Ended::Interrupted => End::Cancelled,
            Ended::Failed { message } => {
                End::Crashed(Crash { kind: CrashKind::ExecutorError, message, stderr: String::new() })
            }
        };
        if fresh {
            // A thread may have been left behind in the old one.
            self.embedding = Embedding::new(Arc::clone(&self.engine));
        }
        let observations = std::mem::take(&mut *observations.lock().unwrap_or_else(PoisonError::into_inner));
        Record { observations, end }
    }
}
