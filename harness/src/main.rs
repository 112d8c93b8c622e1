//! The program `samebytes`; everything it does is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    samebytes::cli::main(std::env::args_os())
}
