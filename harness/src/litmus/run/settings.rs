//! How a test is run: what does not change which outcomes are allowed, but which are likely.

use serde::Serialize;

/// The settings of one run of one test. Equal settings make equal code, tables and delays; what the
/// machine does with them is its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Settings {
    /// Instances that an agent walks between two barriers.
    pub batch: u32,
    /// Bytes from one instance of a location to the next; made larger where a location needs it.
    pub stride: u32,
    /// Bytes by which each location's array is moved against the one before it, beyond a page.
    pub offset: u32,
    /// In which order the instances are walked.
    pub shuffle: Shuffle,
    /// Whether each agent keeps to one processor, where the runtime can do that.
    pub pin: bool,
    /// At most how many rounds of an empty loop an agent lets pass before a batch.
    pub delay: u32,
    /// What permutations and delays are drawn from.
    pub seed: u64,
}

/// In which order instances are walked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Shuffle {
    /// As they lie in memory.
    None,
    /// All agents in one order, which is not that of memory.
    Together,
    /// Each agent in an order of its own, within groups of eight instances.
    Apart,
}

impl Default for Settings {
    fn default() -> Self {
        Self { batch: 2048, stride: 16, offset: 64, shuffle: Shuffle::None, pin: true, delay: 0, seed: 0 }
    }
}

impl Settings {
    /// The settings that a search tries, these first.
    pub fn candidates(&self) -> Vec<Self> {
        let of = |batch, stride, offset, shuffle, delay| Self {
            batch,
            stride,
            offset,
            shuffle,
            delay,
            ..self.clone()
        };
        let all = [
            self.clone(),
            of(2048, 8, 0, Shuffle::None, 0),
            of(256, 64, 64, Shuffle::None, 0),
            of(256, 128, 192, Shuffle::Together, 40),
            of(2048, 64, 64, Shuffle::Apart, 0),
            of(2048, 128, 0, Shuffle::Together, 0),
            of(8192, 64, 64, Shuffle::None, 200),
            of(8192, 64, 192, Shuffle::Apart, 0),
        ];
        let mut distinct: Vec<Self> = Vec::new();
        for settings in all {
            if !distinct.contains(&settings) {
                distinct.push(settings);
            }
        }
        distinct
    }

    /// The settings on one line.
    pub fn text(&self) -> String {
        let shuffle = match self.shuffle {
            Shuffle::None => "none",
            Shuffle::Together => "together",
            Shuffle::Apart => "apart",
        };
        let Self { batch, stride, offset, pin, delay, seed, .. } = self;
        format!(
            "batch {batch}, stride {stride}, offset {offset}, shuffle {shuffle}, pin {pin}, delay {delay}, seed {seed}"
        )
    }
}

/// Numbers that look random and follow from a seed (splitmix64).
#[derive(Clone, Debug)]
pub(super) struct Random(pub u64);

impl Random {
    /// The golden ratio of 64 bits.
    pub(super) const STEP: u64 = 0x9e37_79b9_7f4a_7c15;

    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(Self::STEP);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `limit`, which is not 0.
    fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() % limit.max(1) as u64).unwrap_or(0)
    }

    /// Puts a list into another order.
    fn shuffle(&mut self, list: &mut [u32]) {
        for last in (1..list.len()).rev() {
            list.swap(last, self.below(last + 1));
        }
    }
}

impl Settings {
    /// For each agent the order in which it walks the instances; nothing where that is memory's.
    pub(super) fn orders(&self, agents: usize, batch: u32) -> Option<Vec<Vec<u32>>> {
        let mut random = Random(self.seed);
        let memory: Vec<u32> = (0..batch).collect();
        match self.shuffle {
            Shuffle::None => None,
            Shuffle::Together => {
                let mut order = memory;
                random.shuffle(&mut order);
                Some(vec![order; agents])
            }
            Shuffle::Apart => Some(
                (0..agents)
                    .map(|_| {
                        let mut order = memory.clone();
                        order.chunks_mut(8).for_each(|group| random.shuffle(group));
                        order
                    })
                    .collect(),
            ),
        }
    }
}
