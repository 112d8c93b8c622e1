//! How the program ends. This is the one place that says so.

use std::process;

/// The exit codes. Where several apply, the one that stands last here wins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum ExitCode {
    /// 0: everything is as expected; known failures count as expected, and are shown.
    #[default]
    Expected,
    /// 1: an unexpected failure, an unexpected pass, or a divergence that nobody knew.
    News,
    /// 3: a runtime that was asked for is not to be had.
    NoRuntime,
    /// 2: bad usage, or a bad case.
    BadInput,
    /// 130: interrupted.
    Interrupted,
}

impl ExitCode {
    /// The number.
    pub fn number(self) -> u8 {
        match self {
            Self::Expected => 0,
            Self::News => 1,
            Self::BadInput => 2,
            Self::NoRuntime => 3,
            Self::Interrupted => 130,
        }
    }
}

impl From<ExitCode> for process::ExitCode {
    fn from(code: ExitCode) -> Self {
        Self::from(code.number())
    }
}

#[cfg(test)]
mod tests {
    use super::ExitCode::{BadInput, Expected, Interrupted, News, NoRuntime};

    #[test]
    fn the_gravest_of_several_exit_codes_wins() {
        let wins = |codes: &[super::ExitCode]| codes.iter().max().map(|code| code.number());
        assert_eq!(wins(&[Expected, News]), Some(1));
        assert_eq!(wins(&[News, NoRuntime]), Some(3));
        assert_eq!(wins(&[NoRuntime, BadInput, News]), Some(2));
        assert_eq!(wins(&[BadInput, Interrupted]), Some(130));
    }
}
