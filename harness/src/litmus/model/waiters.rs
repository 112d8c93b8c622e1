//! The lists of waiters: in which orders the events at each of them may have come.

use super::event::{Does, Event, Who};

/// All orders in which the events at every list of waiters may have come, each as the pairs of
/// neighbours in it. None if what the agents saw fits no order.
pub(super) fn orders(events: &[Event]) -> Vec<Vec<(usize, usize)>> {
    let mut lists: Vec<(usize, u8)> = events.iter().filter_map(|event| Some(event.waiting?.at)).collect();
    lists.sort_unstable();
    lists.dedup();
    let mut orders = vec![Vec::new()];
    for at in lists {
        let mut found = Vec::new();
        let mine: Vec<usize> =
            (0..events.len()).filter(|&event| events[event].waiting.is_some_and(|w| w.at == at)).collect();
        walk(events, &mine, &mut List::default(), &mut found);
        orders = orders
            .iter()
            .flat_map(|before| {
                found.iter().map(|order: &Vec<usize>| {
                    let mut pairs: Vec<(usize, usize)> = before.clone();
                    pairs.extend(order.windows(2).map(|pair| (pair[0], pair[1])));
                    pairs
                })
            })
            .collect();
    }
    orders
}

/// A list of waiters while its events are put in order.
#[derive(Clone, Default)]
struct List {
    order: Vec<usize>,
    waiting: Vec<Who>,
    /// Who was woken and has not gone on: they are the next.
    woken: Vec<Who>,
}

fn walk(events: &[Event], mine: &[usize], list: &mut List, found: &mut Vec<Vec<usize>>) {
    if list.order.len() == mine.len() {
        // Whoever was woken goes on.
        if list.woken.is_empty() {
            found.push(list.order.clone());
        }
        return;
    }
    for &event in mine {
        let who = events[event].who;
        let earlier = |&&other: &&usize| other < event && events[other].who == who;
        let is_next = !list.order.contains(&event)
            && mine.iter().filter(earlier).all(|other| list.order.contains(other));
        if is_next && let Some(mut after) = list.after(&events[event]) {
            after.order.push(event);
            walk(events, mine, &mut after, found);
        }
    }
}

impl List {
    /// The list after such an event, if the event may come now.
    fn after(&self, event: &Event) -> Option<Self> {
        let mut after = self.clone();
        let does = event.waiting?.does;
        if !self.woken.is_empty() {
            let goes_on = does == Does::Wake && self.woken[0] == event.who;
            after.woken.remove(0);
            return goes_on.then_some(after);
        }
        match does {
            Does::Enlist => after.waiting.push(event.who),
            Does::Wake => return None,
            Does::Leave => {
                let place = self.waiting.iter().position(|who| *who == event.who)?;
                after.waiting.remove(place);
            }
            Does::Notify { woken, most } => {
                let count = woken as usize;
                if count > self.waiting.len() || (woken < most && count < self.waiting.len()) {
                    return None;
                }
                after.woken = after.waiting.drain(..count).collect();
            }
            Does::Look => {}
        }
        Some(after)
    }
}
