//! Nested steps, laid out one after the other.

use std::collections::HashMap;

use crate::model::{Element, Name, Outcome, Script, Step, StepPath};

/// The steps of a script as a list, with jumps in place of blocks: a play needs no stack for nested
/// blocks, however deep they are, and no memory for the rounds of a `repeat`, however many there
/// are.
#[derive(Debug, Default)]
pub(super) struct Program {
    pub(super) ops: Vec<Op>,
    /// The names of the connections.
    pub(super) connections: Vec<Name>,
}

#[derive(Debug)]
pub(super) enum Op {
    /// Does the step at `path` on the connection with this index.
    Do { connection: usize, path: StepPath },
    /// Waits for an outcome, and continues where its steps start.
    Choose {
        connection: usize,
        path: StepPath,
        starts: Box<[usize]>,
    },
    /// Does the following operations, up to `end`, `count` times.
    Loop { count: u32, end: usize },
    /// The end of a loop.
    Again,
    /// Continues at this operation.
    Jump(usize),
}

impl Op {
    /// The step that it does.
    pub(super) fn path(&self) -> Option<&StepPath> {
        match self {
            Self::Do { path, .. } | Self::Choose { path, .. } => Some(path),
            Self::Loop { .. } | Self::Again | Self::Jump(_) => None,
        }
    }
}

impl Program {
    pub(super) fn new(script: &Script) -> Self {
        let main = Name::main();
        let mut layout = Layout::default();
        layout.program.ops.reserve_exact(script.steps.len());
        let connection = layout.connection(&main);
        layout.open.push(Block {
            steps: &script.steps,
            done: 0,
            depth: 0,
            connection,
            after: After::Nothing,
        });
        while let Some(block) = layout.open.pop() {
            layout.next_step(block);
        }
        layout.program
    }
}

/// Lays out steps. Blocks that are not finished wait in `open`, the innermost last.
#[derive(Default)]
struct Layout<'a> {
    program: Program,
    open: Vec<Block<'a>>,
    path: Vec<u32>,
    /// The indexes of the connections.
    connections: HashMap<&'a Name, usize>,
}

struct Block<'a> {
    steps: &'a [Step],
    done: usize,
    /// The number of places in its path.
    depth: usize,
    connection: usize,
    after: After<'a>,
}

/// What is to be done at the end of a block.
enum After<'a> {
    Nothing,
    /// Closes the loop that starts there.
    Loop(usize),
    /// Lays out the outcomes that are left.
    Outcomes(Outcomes<'a>),
}

struct Outcomes<'a> {
    all: &'a [Outcome],
    /// The index of the choice.
    choice: usize,
    done: usize,
    /// The index at which the steps of each outcome start.
    starts: Vec<usize>,
    /// The indexes of the jumps that end each outcome.
    jumps: Vec<usize>,
}

impl<'a> Layout<'a> {
    /// Lays out the next step of a block, or ends it.
    fn next_step(&mut self, mut block: Block<'a>) {
        self.path.truncate(block.depth);
        let Some(step) = block.steps.get(block.done) else {
            return self.end(block);
        };
        block.done += 1;
        self.path.push(place(block.done));
        let connection = block.connection;
        self.open.push(block);
        self.step(step, connection);
    }

    /// Lays out a step: a block is replaced by the steps inside it.
    fn step(&mut self, step: &'a Step, mut connection: usize) {
        let here = self.program.ops.len();
        let mut after = After::Nothing;
        for element in step.elements() {
            match element {
                Element::Connection(name) => connection = self.connection(name),
                Element::Times(count) => {
                    let (count, end) = (*count, 0);
                    self.program.ops.push(Op::Loop { count, end });
                    after = After::Loop(here);
                }
                Element::Steps(steps) => return self.enter(steps, connection, after),
                Element::Branches(branches) => {
                    if let Some(outcomes) = branches.outcomes() {
                        return self.choose(outcomes, connection);
                    }
                }
                Element::Connections(_)
                | Element::Pause(_)
                | Element::Switch(_)
                | Element::Version(_)
                | Element::Offers(_)
                | Element::Commands(_)
                | Element::Send(_)
                | Element::Chain(_)
                | Element::Observation(_) => {}
            }
        }
        let path = StepPath::new(&self.path);
        self.program.ops.push(Op::Do { connection, path });
    }

    fn choose(&mut self, outcomes: &'a [Outcome], connection: usize) {
        let outcomes = Outcomes {
            all: outcomes,
            choice: self.program.ops.len(),
            done: 0,
            starts: Vec::new(),
            jumps: Vec::new(),
        };
        self.program.ops.push(Op::Choose {
            connection,
            path: StepPath::new(&self.path),
            starts: Box::default(),
        });
        self.enter(&[], connection, After::Outcomes(outcomes));
    }

    fn enter(&mut self, steps: &'a [Step], connection: usize, after: After<'a>) {
        self.open.push(Block {
            steps,
            done: 0,
            depth: self.path.len(),
            connection,
            after,
        });
    }

    fn end(&mut self, block: Block<'a>) {
        let here = self.program.ops.len();
        match block.after {
            After::Nothing => {}
            // An empty loop would take time and do nothing.
            After::Loop(start) if here == start + 1 => self.program.ops.truncate(start),
            After::Loop(start) => {
                self.program.ops.push(Op::Again);
                if let Some(Op::Loop { end, .. }) = self.program.ops.get_mut(start) {
                    *end = here + 1;
                }
            }
            After::Outcomes(outcomes) => self.outcome(block.connection, outcomes),
        }
    }

    /// Ends the last outcome, and lays out the next, or ends the choice.
    fn outcome(&mut self, connection: usize, mut outcomes: Outcomes<'a>) {
        if outcomes.done > 0 {
            outcomes.jumps.push(self.program.ops.len());
            self.program.ops.push(Op::Jump(0));
        }
        let here = self.program.ops.len();
        let Some(outcome) = outcomes.all.get(outcomes.done) else {
            for jump in outcomes.jumps {
                self.program.ops[jump] = Op::Jump(here);
            }
            if let Some(Op::Choose { starts, .. }) = self.program.ops.get_mut(outcomes.choice) {
                *starts = outcomes.starts.into_boxed_slice();
            }
            return;
        };
        outcomes.starts.push(here);
        outcomes.done += 1;
        let number = place(outcomes.done);
        self.enter(&[], connection, After::Outcomes(outcomes));
        self.path.push(number);
        self.enter(&outcome.then, connection, After::Nothing);
    }

    fn connection(&mut self, name: &'a Name) -> usize {
        let known = &mut self.program.connections;
        *self.connections.entry(name).or_insert_with(|| {
            known.push(name.clone());
            known.len() - 1
        })
    }
}

fn place(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
