//! Which write each byte of each read comes from: all ways that the values allow, and for each of
//! them happens-before, coherence, tearing, and the total order.
//!
//! Not every way is tried. Where the same writes cover several bytes of a read, and a write that
//! some of these bytes come from has the values of all of them, then taking all of them from it is allowed
//! whenever the mixture is: every axiom looks at a byte only through the writes that cover it, and fewer writes to
//! read from are fewer reasons to forbid. So mixtures of such writes are left out.

use super::event::Event;
use super::order::total_order;
use super::relation::Relation;
use super::{Axiom, Execution, Source};

/// Bytes of a read that the same writes cover, and the ways to fill them.
pub(super) struct Part {
    read: usize,
    ways: Vec<Vec<(u8, usize)>>,
}

/// The ways to fill the reads of these events; `None` if some byte of a read has no write that gives
/// its value.
pub(super) fn parts(events: &[Event]) -> Option<Vec<Part>> {
    let mut parts = Vec::new();
    for read in 0..events.len() {
        if events[read].read.is_some() {
            parts.extend(parts_of(events, read)?);
        }
    }
    // Those with the fewest ways first: they decide most.
    parts.sort_by_key(|part| part.ways.len());
    Some(parts)
}

/// Looks for an execution of these events. The axioms that forbade candidates are noted in
/// `violated`.
pub(super) fn execution(
    events: &[Event],
    parts: &[Part],
    before: &Relation,
    violated: &mut [u64; Axiom::COUNT],
) -> Option<Execution> {
    Search { events, parts, violated }.walk(0, before, &mut Vec::new())
}

fn parts_of(events: &[Event], read: usize) -> Option<Vec<Part>> {
    let range = events[read].range?;
    let mut groups: Vec<(Vec<usize>, Vec<u8>)> = Vec::new();
    for byte in range.start..range.start + range.bytes {
        let covering: Vec<usize> = (0..events.len())
            .filter(|&write| write != read && events[write].writes_to(range.location, byte))
            .collect();
        match groups.iter_mut().find(|(writes, _)| *writes == covering) {
            Some((_, bytes)) => bytes.push(byte),
            None => groups.push((covering, vec![byte])),
        }
    }
    let mut parts = Vec::new();
    for (writes, bytes) in groups {
        let gives = |write: usize, byte: u8| events[write].byte_written(byte) == events[read].byte_read(byte);
        let (whole, partial): (Vec<usize>, Vec<usize>) =
            writes.iter().partition(|&&write| bytes.iter().all(|&byte| gives(write, byte)));
        let mut ways: Vec<Vec<(u8, usize)>> =
            whole.iter().map(|&write| bytes.iter().map(|&byte| (byte, write)).collect()).collect();
        let mut mixtures = vec![Vec::new()];
        for &byte in &bytes {
            let givers: Vec<usize> = partial.iter().copied().filter(|&write| gives(write, byte)).collect();
            let extend = |way: &Vec<(u8, usize)>| {
                let way = way.clone();
                givers
                    .iter()
                    .map(move |&write| {
                        let mut way = way.clone();
                        way.push((byte, write));
                        way
                    })
                    .collect::<Vec<_>>()
            };
            mixtures = mixtures.iter().flat_map(extend).collect();
        }
        ways.extend(mixtures);
        if ways.is_empty() {
            return None;
        }
        parts.push(Part { read, ways });
    }
    Some(parts)
}

struct Search<'a> {
    events: &'a [Event],
    parts: &'a [Part],
    violated: &'a mut [u64; Axiom::COUNT],
}

impl Search<'_> {
    fn walk(&mut self, part: usize, before: &Relation, sources: &mut Vec<Source>) -> Option<Execution> {
        let Some(Part { read, ways }) = self.parts.get(part) else {
            return self.complete(before, sources);
        };
        let read = *read;
        for way in ways {
            let mut after = before.clone();
            let kept = sources.len();
            for &(byte, write) in way {
                if synchronizes(self.events, write, read) {
                    after.add(write, read);
                }
                sources.push(Source { read, byte, write });
            }
            // Whatever is added later, an order that breaks these stays broken.
            let found = if after.has_cycle() {
                self.violated[Axiom::HappensBefore as usize] += 1;
                None
            } else if !self.coherent(&after, sources) {
                self.violated[Axiom::CoherentReads as usize] += 1;
                None
            } else {
                self.walk(part + 1, &after, sources)
            };
            if found.is_some() {
                return found;
            }
            sources.truncate(kept);
        }
        None
    }

    fn complete(&mut self, before: &Relation, sources: &[Source]) -> Option<Execution> {
        let mut reads_from: Vec<(usize, usize)> = sources.iter().map(|s| (s.read, s.write)).collect();
        reads_from.sort_unstable();
        reads_from.dedup();
        if !self.tear_free(&reads_from) {
            self.violated[Axiom::TearFreeReads as usize] += 1;
            return None;
        }
        let synchronizes = |write, read| synchronizes(self.events, write, read);
        let Some(order) = total_order(self.events, before, &reads_from, &synchronizes) else {
            self.violated[Axiom::SequentiallyConsistentAtomics as usize] += 1;
            return None;
        };
        let pairs = reads_from.iter().map(|&(read, write)| (write, read));
        let mut sources = sources.to_vec();
        sources.sort_by_key(|source| (source.read, source.byte));
        Some(Execution {
            events: self.events.to_vec(),
            synchronizes_with: pairs.filter(|&(write, read)| synchronizes(write, read)).collect(),
            sources,
            happens_before: before.clone(),
            order,
        })
    }

    fn coherent(&self, before: &Relation, sources: &[Source]) -> bool {
        sources.iter().all(|&Source { read, byte, write }| {
            let location = self.events[read].range.map_or(usize::MAX, |range| range.location);
            let overwritten = (0..self.events.len()).any(|other| {
                let v = &self.events[other];
                let visible = !self.events[read].stale || v.who == self.events[read].who;
                visible
                    && v.writes_to(location, byte)
                    && before.holds(write, other)
                    && before.holds(other, read)
            });
            !before.holds(read, write) && !overwritten
        })
    }

    fn tear_free(&self, reads_from: &[(usize, usize)]) -> bool {
        (0..self.events.len()).filter(|&read| self.events[read].no_tear).all(|read| {
            let whole = reads_from.iter().filter(|(r, write)| {
                *r == read
                    && self.events[*write].no_tear
                    && self.events[*write].range == self.events[read].range
            });
            whole.count() <= 1
        })
    }
}

fn synchronizes(events: &[Event], write: usize, read: usize) -> bool {
    let (w, r) = (&events[write], &events[read]);
    w.is_seqcst() && r.is_seqcst() && w.range == r.range
}
