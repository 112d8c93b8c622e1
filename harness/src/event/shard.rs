//! One of several parts of a run.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// One of several parts of a run: `2/8`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shard {
    /// Which, from 1.
    pub number: u32,
    /// Of how many.
    pub of: u32,
}

impl Shard {
    /// Its items. Neighbours come into different parts, since the cases of one document take about as
    /// long as each other.
    pub fn of_all<T>(self, items: Vec<T>) -> Vec<T> {
        items.into_iter().skip(self.number as usize - 1).step_by(self.of as usize).collect()
    }
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || "a shard is written as PART/ALL, such as 2/8, the first being 1".to_owned();
        let (number, of) = text.split_once('/').ok_or_else(wrong)?;
        let parse = |text: &str| text.parse::<u32>().map_err(|_| wrong());
        let (number, of) = (parse(number)?, parse(of)?);
        if (1..=of).contains(&number) { Ok(Self { number, of }) } else { Err(wrong()) }
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.number, self.of)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shards_are_parts_of_the_whole() {
        let part = |text: &str| text.parse::<Shard>();
        assert_eq!(part("2/8").expect("valid").to_string(), "2/8");
        for wrong in ["0/2", "3/2", "1", "a/b", "1/0", "-1/2"] {
            assert!(part(wrong).is_err(), "{wrong}");
        }
        let mut all: Vec<u32> =
            (1..=3).flat_map(|n| Shard { number: n, of: 3 }.of_all((0..10).collect())).collect();
        all.sort_unstable();
        assert_eq!(all, (0..10).collect::<Vec<_>>());
    }
}
