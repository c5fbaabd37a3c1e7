use super::*;
use crate::ConnId::{Accepted, Dialled};

/// A machine that performs planned actions at planned times, and records the events.
struct Planned {
    plan: VecDeque<(Duration, Vec<Action>)>,
    actions: VecDeque<Action>,
    seen: Vec<String>,
    until: Duration,
    now: Duration,
    /// The answer to any bytes.
    echo: Option<Bytes>,
}

impl Planned {
    fn new(plan: Vec<(u64, Vec<Action>)>) -> Self {
        let timed = |(at, actions)| (Duration::from_millis(at), actions);
        Self {
            plan: plan.into_iter().map(timed).collect(),
            actions: VecDeque::new(),
            seen: Vec::new(),
            until: Duration::from_secs(1),
            now: Duration::ZERO,
            echo: None,
        }
    }

    fn seen(&self) -> String {
        self.seen.join("\n")
    }
}

impl Machine for Planned {
    fn handle(&mut self, input: Input<'_>, now: Duration) {
        assert!(now >= self.now, "time runs backwards");
        self.now = now;
        match input {
            Input::Tick => {
                while self.plan.front().is_some_and(|(at, _)| *at <= now) {
                    self.actions
                        .extend(self.plan.pop_front().into_iter().flat_map(|(_, does)| does));
                }
            }
            Input::Bytes(id, bytes) => {
                let answer = self.echo.clone().map(|bytes| Action::Write(id, bytes));
                self.actions.extend(answer);
                let count = bytes.len();
                self.seen.push(format!("{now:?} {count} bytes on {id:?}"));
            }
            input => self.seen.push(format!("{now:?} {input:?}")),
        }
    }

    fn next_action(&mut self) -> Option<Action> {
        self.actions.pop_front()
    }

    fn deadline(&self) -> Option<Duration> {
        let next = self.plan.front().map(|(at, _)| *at);
        Some(next.unwrap_or(self.until))
    }

    fn is_over(&self) -> bool {
        self.now >= self.until
    }
}

fn bytes(count: usize) -> Bytes {
    vec![7; count].into()
}

fn listener() -> Planned {
    Planned::new(Vec::new())
}

#[test]
fn bytes_arrive_in_order_and_before_the_close() {
    let mut ours = Planned::new(vec![(
        1,
        vec![
            Action::Open(Dialled(7)),
            Action::Write(Dialled(7), bytes(3)),
            Action::Write(Dialled(7), bytes(4)),
            Action::Close(Dialled(7)),
        ],
    )]);
    let mut theirs = listener();
    run(&mut ours, &mut theirs);
    insta::assert_snapshot!(theirs.seen(), @"
    1.05ms Opened(Accepted(0))
    1.05ms 3 bytes on Accepted(0)
    1.05ms 4 bytes on Accepted(0)
    1.05ms Ended(Accepted(0), Closed)
    ");
    insta::assert_snapshot!(ours.seen(), @"");
}

#[test]
fn a_half_closed_connection_stays_open_the_other_way() {
    let open = vec![Action::Open(Dialled(0)), Action::HalfClose(Dialled(0))];
    let mut ours = Planned::new(vec![(0, open)]);
    let answer = vec![
        Action::Write(Accepted(0), bytes(2)),
        Action::Reset(Accepted(0)),
    ];
    let mut theirs = Planned::new(vec![(5, answer)]);
    run(&mut ours, &mut theirs);
    insta::assert_snapshot!(theirs.seen(), @"
    50.001µs Opened(Accepted(0))
    50.001µs Ended(Accepted(0), Closed)
    ");
    insta::assert_snapshot!(ours.seen(), @"
    50.001µs Opened(Dialled(0))
    5.05ms 2 bytes on Dialled(0)
    5.05ms Ended(Dialled(0), Reset)
    ");
}

#[test]
fn a_machine_that_does_not_read_receives_nothing_and_is_blocked_by_a_full_window() {
    let first = vec![
        Action::Open(Dialled(0)),
        Action::Reading(Dialled(0), false),
        Action::Write(Dialled(0), bytes(1)),
    ];
    let again = vec![Action::Write(Dialled(0), bytes(2))];
    let read = vec![Action::Reading(Dialled(0), true)];
    let mut ours = Planned::new(vec![(0, first), (1, again), (2, read)]);
    let mut theirs = listener();
    theirs.echo = Some(bytes(WINDOW + 1));
    run(&mut ours, &mut theirs);
    insta::assert_snapshot!(theirs.seen(), @"
    50.001µs Opened(Accepted(0))
    50.001µs 1 bytes on Accepted(0)
    2ms 2 bytes on Accepted(0)
    ");
    insta::assert_snapshot!(ours.seen(), @"
    50.001µs Opened(Dialled(0))
    2ms 1048577 bytes on Dialled(0)
    2.05ms 1048577 bytes on Dialled(0)
    ");
}

#[test]
fn a_crashed_machine_closes_its_connections_and_accepts_no_more() {
    let open = |id| vec![Action::Open(Dialled(id)), Action::Open(Dialled(id + 1))];
    let mut ours = Planned::new(vec![(0, open(0)), (10, open(2))]);
    let mut theirs = Planned::new(vec![(5, vec![Action::Die])]);
    run(&mut ours, &mut theirs);
    insta::assert_snapshot!(theirs.seen(), @"
    50.001µs Opened(Accepted(0))
    50.001µs Opened(Accepted(1))
    ");
    insta::assert_snapshot!(ours.seen(), @"
    50.001µs Opened(Dialled(0))
    50.001µs Opened(Dialled(1))
    5.05ms Ended(Dialled(0), Closed)
    5.05ms Ended(Dialled(1), Closed)
    10ms Refused(Dialled(2))
    10ms Refused(Dialled(3))
    ");
}

/// Two machines that answer each other endlessly still finish, because time passes.
#[test]
fn an_endless_conversation_ends() {
    let open = vec![
        Action::Open(Dialled(0)),
        Action::Write(Dialled(0), bytes(1)),
    ];
    let mut ours = Planned::new(vec![(0, open)]);
    let mut theirs = listener();
    ours.echo = Some(bytes(1));
    theirs.echo = Some(bytes(1));
    assert_eq!(run(&mut ours, &mut theirs), Duration::from_secs(1));
    assert_eq!(ours.seen.len(), 10_000);
}
