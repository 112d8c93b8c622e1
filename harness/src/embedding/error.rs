//! How an operation of the embedding ends other than well.

use crate::engine::{Failure, Interruption};
use crate::protocol::{ObservedBy, StepResult};

/// An error that the embedding throws, as JavaScript would.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Thrown {
    /// Its class.
    pub error: String,
    /// Its message.
    pub message: String,
}

impl Thrown {
    pub fn new(error: &str, message: impl Into<String>) -> Self {
        Self { error: error.to_owned(), message: message.into() }
    }

    pub fn type_error(message: impl Into<String>) -> Self {
        Self::new("TypeError", message)
    }

    pub fn range_error(message: impl Into<String>) -> Self {
        Self::new("RangeError", message)
    }
}

/// Why a step has no values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stop {
    /// The embedding threw.
    Thrown(Thrown),
    /// The engine was asked and did not complete.
    Engine(Failure),
    /// The step could not be tried.
    Skipped(String),
    /// The embedding cannot do this.
    Unsupported(String),
    /// The agent is to end; nothing is observed.
    Ended,
}

impl Stop {
    /// What is observed; nothing where the agent ends.
    pub fn observation(self) -> Option<(ObservedBy, StepResult)> {
        Some(match self {
            Self::Thrown(Thrown { error, message }) => {
                (ObservedBy::Embedding, StepResult::Threw { error, message })
            }
            Self::Skipped(reason) => (ObservedBy::Embedding, StepResult::Skipped { reason }),
            Self::Unsupported(reason) => (ObservedBy::Embedding, StepResult::Unsupported { reason }),
            Self::Engine(Failure::Interrupted(Interruption::Stopped)) | Self::Ended => return None,
            Self::Engine(failure) => (ObservedBy::Engine, engine(failure)),
        })
    }
}

/// What JavaScript would see of an engine's failure; the JS API names each class.
fn engine(failure: Failure) -> StepResult {
    let threw = |error: &str, message| StepResult::Threw { error: error.to_owned(), message };
    match failure {
        Failure::Compile { message } => threw("CompileError", message),
        Failure::Link { message } => threw("LinkError", message),
        Failure::Refused { message } => threw("RangeError", message),
        Failure::Missing { message } => threw("TypeError", message),
        Failure::Trap { kind, message } => StepResult::Trap { kind: kind.map(str::to_owned), message },
        Failure::Exhaustion { message } => StepResult::Exhaustion { message },
        Failure::Interrupted(Interruption::Thrown { error, message }) => StepResult::Threw { error, message },
        Failure::Interrupted(Interruption::Stopped) => threw("Error", "the agent was stopped".to_owned()),
        Failure::Unsupported { reason } => StepResult::Unsupported { reason },
    }
}

impl From<Thrown> for Stop {
    fn from(thrown: Thrown) -> Self {
        Self::Thrown(thrown)
    }
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Self {
        Self::Engine(failure)
    }
}
