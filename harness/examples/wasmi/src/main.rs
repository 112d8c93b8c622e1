//! An executor: `samebytes run --runtime wasmi=...` runs the cases in this binary.

use std::process::ExitCode;

use samebytes_wasmi::Wasmi;

fn main() -> ExitCode {
    match samebytes::serve(Wasmi::new()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}
