//! Relations between the events of one execution, as rows of bits.

/// How many events an execution may have.
pub const MOST_EVENTS: usize = 64;

/// A transitively closed relation over at most [`MOST_EVENTS`] events. It may hold of an event and
/// itself, which then says that it has a cycle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Relation {
    after: Vec<u64>,
}

impl Relation {
    /// The empty relation over so many events.
    pub(super) fn new(events: usize) -> Self {
        debug_assert!(events <= MOST_EVENTS);
        Self { after: vec![0; events] }
    }

    /// Does `first` stand before `second`?
    pub fn holds(&self, first: usize, second: usize) -> bool {
        self.after[first] >> second & 1 == 1
    }

    /// Adds a pair and everything that follows from it.
    pub(super) fn add(&mut self, first: usize, second: usize) {
        if self.holds(first, second) {
            return;
        }
        let gained = self.after[second] | 1 << second;
        for event in 0..self.after.len() {
            if event == first || self.holds(event, first) {
                self.after[event] |= gained;
            }
        }
    }

    /// Does some event stand before itself?
    pub(super) fn has_cycle(&self) -> bool {
        self.after.iter().enumerate().any(|(event, after)| after >> event & 1 == 1)
    }

    /// All events in an order that the relation allows, the first ones first where it says nothing.
    /// The relation has no cycle.
    pub(super) fn some_order(&self) -> Vec<usize> {
        let mut order = Vec::with_capacity(self.after.len());
        let mut left: u64 = (0..self.after.len()).fold(0, |left, event| left | 1 << event);
        while left != 0 {
            let free = (0..self.after.len())
                .find(|&event| left >> event & 1 == 1 && !self.has_earlier(event, left))
                .unwrap_or(left.trailing_zeros() as usize);
            left &= !(1 << free);
            order.push(free);
        }
        order
    }

    fn has_earlier(&self, event: usize, among: u64) -> bool {
        (0..self.after.len()).any(|other| among >> other & 1 == 1 && self.holds(other, event))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_follows_from_two_pairs_is_there() {
        let mut relation = Relation::new(4);
        relation.add(2, 3);
        relation.add(0, 1);
        relation.add(1, 2);
        assert!(relation.holds(0, 3) && !relation.holds(3, 0) && !relation.has_cycle());
        assert_eq!(relation.some_order(), [0, 1, 2, 3]);
        relation.add(3, 0);
        assert!(relation.has_cycle() && relation.holds(1, 1));
    }
}
