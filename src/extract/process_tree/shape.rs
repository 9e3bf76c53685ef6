//! The shape of the trees: who has which children, how deep, in which order; cycles are cut.

use super::NONE;

/// Trees over processes, by their numbers.
#[derive(Debug, Default)]
pub(super) struct Shape {
    parents: Vec<u32>,
    /// The children of all processes, one after the other.
    children: Vec<u32>,
    /// Where those of each process begin; one more at the end.
    starts: Vec<u32>,
    depths: Vec<u32>,
    /// Each process after its parent and before its next sibling.
    pub(super) order: Vec<u32>,
    /// The processes that were cut from their parents, ascending.
    pub(super) cut: Vec<u32>,
}

impl Shape {
    /// The shape of what these parents make, [`NONE`] for those without.
    pub(super) fn of(mut parents: Vec<u32>) -> Self {
        let cut = cut_cycles(&mut parents);
        let (children, starts) = children(&parents);
        let mut shape = Self {
            depths: vec![0; parents.len()],
            order: Vec::with_capacity(parents.len()),
            children,
            starts,
            parents,
            cut,
        };
        shape.walk();
        shape
    }

    pub(super) fn parent(&self, process: u32) -> Option<u32> {
        self.parents.get(process as usize).copied().filter(|parent| *parent != NONE)
    }

    pub(super) fn children(&self, process: u32) -> &[u32] {
        let process = process as usize;
        let (Some(start), Some(end)) = (self.starts.get(process), self.starts.get(process + 1)) else { return &[] };
        self.children.get(*start as usize..*end as usize).unwrap_or_default()
    }

    pub(super) fn depth(&self, process: u32) -> u32 {
        self.depths.get(process as usize).copied().unwrap_or_default()
    }

    pub(super) fn is_cut(&self, process: u32) -> bool {
        self.cut.binary_search(&process).is_ok()
    }

    fn walk(&mut self) {
        let count = u32::try_from(self.parents.len()).unwrap_or(NONE);
        let mut waiting: Vec<u32> = (0..count).rev().filter(|process| self.parent(*process).is_none()).collect();
        while let Some(process) = waiting.pop() {
            let depth = self.parent(process).map_or(0, |parent| self.depth(parent) + 1);
            if let Some(slot) = self.depths.get_mut(process as usize) {
                *slot = depth;
            }
            self.order.push(process);
            waiting.extend(self.children(process).iter().rev());
        }
    }
}

/// Cuts each cycle at its earliest member, and gives these in order.
fn cut_cycles(parents: &mut [u32]) -> Vec<u32> {
    // By whom each process was visited first: a walk up that meets itself has gone round a cycle.
    let mut visited = vec![NONE; parents.len()];
    let mut cut = Vec::new();
    for start in (0_u32..).take(parents.len()) {
        let mut process = start;
        while let Some(mark) = visited.get_mut(process as usize) {
            if *mark == start {
                cut.push(earliest(parents, process));
            }
            if *mark != NONE {
                break;
            }
            *mark = start;
            process = parents.get(process as usize).copied().unwrap_or(NONE);
        }
    }
    cut.sort_unstable();
    for process in &cut {
        if let Some(parent) = parents.get_mut(*process as usize) {
            *parent = NONE;
        }
    }
    cut
}

/// The lowest number on the cycle through a process.
fn earliest(parents: &[u32], process: u32) -> u32 {
    let up = |process: &u32| parents.get(*process as usize).copied().filter(|parent| *parent != NONE);
    let others = std::iter::successors(up(&process), up).take_while(|other| *other != process);
    others.chain([process]).min().unwrap_or(process)
}

/// The children of each process, in the order of their numbers: counted, then put in their places.
fn children(parents: &[u32]) -> (Vec<u32>, Vec<u32>) {
    let mut starts = vec![0_u32; parents.len() + 1];
    for parent in parents {
        if let Some(count) = starts.get_mut((*parent as usize).saturating_add(1)) {
            *count += 1;
        }
    }
    let mut total = 0;
    for start in &mut starts {
        total += *start;
        *start = total;
    }
    let mut next = starts.clone();
    let mut children = vec![0; total as usize];
    for (process, parent) in (0_u32..).zip(parents) {
        let Some(place) = next.get_mut(*parent as usize) else { continue };
        if let Some(slot) = children.get_mut(*place as usize) {
            *slot = process;
        }
        *place += 1;
    }
    (children, starts)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn cycles_are_cut_at_their_earliest_member() {
        let shape = Shape::of(vec![2, 0, 1, 2, 5, 4, 6, NONE]);
        assert_eq!(shape.cut, [0, 4, 6]);
        assert_eq!(shape.order, [0, 1, 2, 3, 4, 5, 6, 7]);
        assert_eq!((shape.depth(3), shape.parent(4), shape.children(2)), (3, None, &[3][..]));
        assert!(shape.is_cut(6) && !shape.is_cut(7));
    }

    #[test]
    fn a_chain_as_long_as_a_table_is_walked() {
        let shape = Shape::of((0..1_000_000).map(|process| if process == 0 { NONE } else { process - 1 }).collect());
        assert_eq!(shape.depth(999_999), 999_999);
    }

    proptest! {
        #[test]
        fn everybody_is_in_one_tree_after_their_parent(parents in prop::collection::vec(prop_oneof![Just(NONE), 0_u32..40], 0..40)) {
            let count = u32::try_from(parents.len()).unwrap();
            let parents: Vec<_> = parents.into_iter().map(|parent| if parent < count { parent } else { NONE }).collect();
            let shape = Shape::of(parents.clone());
            let mut seen = vec![false; parents.len()];
            for process in &shape.order {
                prop_assert!(!seen[*process as usize]);
                prop_assert!(shape.parent(*process).is_none_or(|parent| seen[parent as usize]));
                seen[*process as usize] = true;
            }
            prop_assert!(seen.iter().all(|seen| *seen));
            for process in 0..count {
                let own = shape.parent(process);
                prop_assert!(own == Some(parents[process as usize]) || own.is_none());
                prop_assert!(own.is_none_or(|parent| shape.children(parent).contains(&process)));
                prop_assert_eq!(shape.is_cut(process), own.is_none() && parents[process as usize] != NONE);
            }
        }
    }
}
