//! The suite as tests of wasmi: `cargo test`, `cargo nextest run`.

use std::time::Duration;

use samebytes::Suite;
use samebytes_wasmi::Wasmi;

fn main() {
    // Some cases fill 4 GiB, which an interpreter's memories do not get from the system zeroed.
    Suite::bundled().with_engine(Wasmi::new()).timeout(Duration::from_secs(60)).run_tests()
}
