use std::collections::VecDeque;

use fake_peer_core::wire::Bytes;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::*;
use crate::machine::ConnId::{Accepted, Dialled};
use crate::machine::memory;
use crate::machine::{Action, ConnId, End, Input};

/// A machine that performs given actions when it receives given inputs, and logs its inputs.
#[derive(Debug, Default)]
struct Reacts {
    rules: Vec<(String, Vec<Action>)>,
    actions: VecDeque<Action>,
    heard: Vec<String>,
    /// The connection and the number of bytes in the last log entry, if it is about bytes. These
    /// may arrive in any number of pieces.
    run: Option<(ConnId, usize)>,
    /// The last input.
    until: String,
    tick: Option<Duration>,
    now: Duration,
}

impl Reacts {
    fn until(last: &str) -> Self {
        Self {
            until: last.to_owned(),
            ..Self::default()
        }
    }

    fn at_start(mut self, actions: Vec<Action>) -> Self {
        self.actions = actions.into();
        self
    }

    fn on(mut self, heard: &str, actions: Vec<Action>) -> Self {
        self.rules.push((heard.to_owned(), actions));
        self
    }

    fn heard(&self) -> String {
        self.heard.join("\n")
    }

    fn note(&mut self, input: Input<'_>) {
        if let Input::Bytes(id, bytes) = input {
            let before = self.run.filter(|(last, _)| *last == id);
            if before.is_some() {
                self.heard.pop();
            }
            let count = bytes.len() + before.map_or(0, |(_, count)| count);
            self.run = Some((id, count));
            self.heard.push(format!("{count} bytes on {id:?}"));
        } else {
            self.run = None;
            self.heard.push(format!("{input:?}"));
        }
    }
}

impl Machine for Reacts {
    fn handle(&mut self, input: Input<'_>, now: Duration) {
        assert!(now >= self.now, "time runs backwards");
        assert!(!self.is_over(), "{input:?} after the end");
        self.now = now;
        if input == Input::Tick {
            self.tick = None;
        }
        self.note(input);
        let last = self.heard.last().unwrap();
        if let Some(rule) = self.rules.iter().position(|(heard, _)| heard == last) {
            self.actions.extend(self.rules.remove(rule).1);
        }
    }

    fn next_action(&mut self) -> Option<Action> {
        self.actions.pop_front()
    }

    fn deadline(&self) -> Option<Duration> {
        self.tick
    }

    fn is_over(&self) -> bool {
        self.heard.last() == Some(&self.until)
    }
}

fn bytes(count: usize) -> Bytes {
    vec![7; count].into()
}

fn say(id: ConnId, count: usize) -> Action {
    Action::Write(id, bytes(count))
}

/// Longer than any of these tests takes, so that one that does not end fails.
const LONG: Duration = Duration::from_secs(20);

async fn free_port() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address)
}

/// Runs both ends over loopback until ours is over.
async fn over_tcp(ours: Reacts, theirs: Reacts) -> (Reacts, Reacts) {
    let (listener, address) = free_port().await;
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let sockets = Sockets {
        listener: Some(Arc::new(listener)),
        ..Sockets::default()
    };
    let theirs = tokio::spawn(run(theirs, sockets, async {
        let _ = stopped.await;
    }));
    let ours = timeout(LONG, dial(ours, address)).await.expect("an end");
    // The task may have ended already.
    let _ = stop.send(());
    (ours.machine, theirs.await.unwrap().machine)
}

/// Runs the same conversation in memory and over TCP.
async fn alike(make: impl Fn() -> (Reacts, Reacts)) -> (String, String) {
    let (mut ours, mut theirs) = make();
    memory::run(&mut ours, &mut theirs);
    let in_memory = (ours.heard(), theirs.heard());
    let (ours, theirs) = make();
    let (ours, theirs) = over_tcp(ours, theirs).await;
    assert_eq!((ours.heard(), theirs.heard()), in_memory);
    in_memory
}

#[tokio::test]
async fn a_conversation_goes_over_tcp_as_in_memory() {
    let (one, two) = (Dialled(0), Dialled(5));
    let (first, second) = (Accepted(0), Accepted(1));
    let ours = || {
        Reacts::until("Ended(Dialled(5), Closed)")
            .at_start(vec![Action::Open(one), say(one, 10)])
            .on(
                "Ended(Dialled(0), Closed)",
                vec![Action::Close(one), Action::Open(two)],
            )
            .on(
                "Opened(Dialled(5))",
                vec![say(two, 100_000), Action::HalfClose(two)],
            )
    };
    let theirs = || {
        Reacts::default()
            .on(
                "10 bytes on Accepted(0)",
                vec![say(first, 3), Action::Close(first)],
            )
            .on(
                "Ended(Accepted(1), Closed)",
                vec![say(second, 1_000_000), Action::Close(second)],
            )
    };
    let (ours, theirs) = alike(|| (ours(), theirs())).await;
    insta::assert_snapshot!(ours, @"
    Opened(Dialled(0))
    3 bytes on Dialled(0)
    Ended(Dialled(0), Closed)
    Opened(Dialled(5))
    1000000 bytes on Dialled(5)
    Ended(Dialled(5), Closed)
    ");
    insta::assert_snapshot!(theirs, @"
    Opened(Accepted(0))
    10 bytes on Accepted(0)
    Opened(Accepted(1))
    100000 bytes on Accepted(1)
    Ended(Accepted(1), Closed)
    ");
}

#[tokio::test]
async fn what_was_said_before_a_reset_is_heard() {
    let ours =
        || Reacts::until("Ended(Dialled(0), Reset)").at_start(vec![Action::Open(Dialled(0))]);
    let does = vec![say(Accepted(0), 10_000), Action::Reset(Accepted(0))];
    let theirs = || Reacts::until("Opened(Accepted(0))").on("Opened(Accepted(0))", does.clone());
    let (ours, theirs) = over_tcp(ours(), theirs()).await;
    insta::assert_snapshot!(ours.heard(), @"
    Opened(Dialled(0))
    10000 bytes on Dialled(0)
    Ended(Dialled(0), Reset)
    ");
    insta::assert_snapshot!(theirs.heard(), @"Opened(Accepted(0))");
}

/// A socket that is closed with unread bytes sends a reset, and the other end may lose the last
/// bytes.
#[tokio::test]
async fn who_closes_without_having_read_closes_in_order() {
    let one = Accepted(0);
    let ours = Reacts::until("Ended(Dialled(0), Closed)")
        .at_start(vec![Action::Open(Dialled(0)), say(Dialled(0), 50_000)]);
    let theirs = Reacts::until("Opened(Accepted(0))").on(
        "Opened(Accepted(0))",
        vec![Action::Reading(one, false), say(one, 7), Action::Close(one)],
    );
    let (ours, _) = over_tcp(ours, theirs).await;
    insta::assert_snapshot!(ours.heard(), @"
    Opened(Dialled(0))
    7 bytes on Dialled(0)
    Ended(Dialled(0), Closed)
    ");
}

#[tokio::test]
async fn a_reset_is_heard_by_who_does_not_read() {
    let one = Dialled(0);
    let ours = Reacts::until("Ended(Dialled(0), Reset)").at_start(vec![
        Action::Open(one),
        Action::Reading(one, false),
        say(one, 1),
    ]);
    let theirs = Reacts::until("1 bytes on Accepted(0)")
        .on("1 bytes on Accepted(0)", vec![Action::Reset(Accepted(0))]);
    let (ours, _) = over_tcp(ours, theirs).await;
    insta::assert_snapshot!(ours.heard(), @"
    Opened(Dialled(0))
    Ended(Dialled(0), Reset)
    ");
}

/// More bytes than a window and the buffers of both systems hold.
const TOO_MUCH: usize = 24 << 20;

/// The second connection shows when the machine could have received something on the first.
#[tokio::test]
async fn who_does_not_read_is_not_read_from() {
    let (one, two) = (Dialled(0), Dialled(1));
    let ours = Reacts::until(&format!("{} bytes on Dialled(0)", TOO_MUCH + 1))
        .at_start(vec![
            Action::Open(one),
            Action::Reading(one, false),
            say(one, 1),
            Action::Open(two),
        ])
        .on("1 bytes on Dialled(1)", vec![say(one, 2), say(two, 1)])
        .on("2 bytes on Dialled(1)", vec![Action::Reading(one, true)]);
    let (first, second) = (Accepted(0), Accepted(1));
    let theirs = Reacts::default()
        .on(
            "1 bytes on Accepted(0)",
            vec![say(first, TOO_MUCH), say(second, 1)],
        )
        .on("1 bytes on Accepted(1)", vec![say(second, 1)])
        .on("2 bytes on Accepted(0)", vec![say(first, 1)]);
    let (ours, theirs) = over_tcp(ours, theirs).await;
    insta::assert_snapshot!(ours.heard(), @"
    Opened(Dialled(0))
    Opened(Dialled(1))
    2 bytes on Dialled(1)
    25165825 bytes on Dialled(0)
    ");
    insta::assert_snapshot!(theirs.heard(), @"
    Opened(Accepted(0))
    Opened(Accepted(1))
    1 bytes on Accepted(0)
    1 bytes on Accepted(1)
    2 bytes on Accepted(0)
    ");
}

#[tokio::test]
async fn who_takes_nothing_for_too_long_is_reset() {
    let (listener, address) = free_port().await;
    let theirs = Reacts::until("Ended(Accepted(0), Reset)")
        .on("Opened(Accepted(0))", vec![say(Accepted(0), TOO_MUCH)]);
    let sockets = Sockets {
        listener: Some(Arc::new(listener)),
        limits: Limits {
            send: Some(Duration::from_millis(50)),
            ..Limits::default()
        },
        ..Sockets::default()
    };
    let mut stream = TcpStream::connect(address).await.unwrap();
    let finished = timeout(LONG, run(theirs, sockets, pending()))
        .await
        .unwrap();
    assert_eq!(finished.stop, Stop::Over);
    let error = stream.read_to_end(&mut Vec::new()).await.unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset);
}

#[tokio::test]
async fn a_dead_machine_ends_its_connections_and_listens_no_more() {
    let (listener, address) = free_port().await;
    let theirs = Reacts::default().on(
        "2 bytes on Accepted(1)",
        vec![say(Accepted(0), 3), Action::Die, say(Accepted(0), 4)],
    );
    let talk = async {
        let mut first = TcpStream::connect(address).await.unwrap();
        let mut second = TcpStream::connect(address).await.unwrap();
        second.write_all(&[1, 2]).await.unwrap();
        let mut heard = Vec::new();
        first.read_to_end(&mut heard).await.unwrap();
        assert_eq!(heard, [7; 3]);
        assert_eq!(second.read(&mut [0]).await.unwrap(), 0);
    };
    let both = async { tokio::join!(listen(theirs, listener), talk) };
    let (finished, ()) = timeout(LONG, both).await.unwrap();
    assert_eq!(finished.stop, Stop::Died);
    insta::assert_snapshot!(finished.machine.heard(), @"
    Opened(Accepted(0))
    Opened(Accepted(1))
    2 bytes on Accepted(1)
    ");
    let ours = Reacts::until("Refused(Dialled(0))").at_start(vec![Action::Open(Dialled(0))]);
    let refused = timeout(LONG, dial(ours, address)).await.unwrap();
    assert_eq!(refused.stop, Stop::Over);
    insta::assert_snapshot!(refused.machine.heard(), @"Refused(Dialled(0))");
}

#[tokio::test]
async fn hundreds_of_connections_of_one_machine() {
    const COUNT: u32 = 300;
    let start = (0..COUNT).flat_map(|id| [Action::Open(Dialled(id)), say(Dialled(id), 5)]);
    let mut ours = Reacts::default().at_start(start.collect());
    let mut theirs = Reacts::default();
    for id in 0..COUNT {
        let heard = format!("5 bytes on {:?}", Accepted(id));
        theirs = theirs.on(&heard, vec![say(Accepted(id), 6)]);
        let heard = format!("6 bytes on {:?}", Dialled(id));
        ours = ours.on(&heard, vec![Action::Close(Dialled(id))]);
        let heard = format!("{:?}", Input::Ended(Accepted(id), End::Closed));
        theirs = theirs.on(&heard, vec![Action::Close(Accepted(id))]);
    }
    let (listener, address) = free_port().await;
    let sockets = Sockets {
        listener: Some(Arc::new(listener)),
        ..Sockets::default()
    };
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let stopped = async {
        let _ = stopped.await;
    };
    let serving = tokio::spawn(run(theirs, sockets, stopped));
    let ours = timeout(LONG, dial(ours, address)).await.unwrap();
    // After it has closed all connections, there is nothing left to wait for.
    assert_eq!(ours.stop, Stop::Idle);
    assert_eq!(ours.machine.heard.len(), 2 * COUNT as usize);
    stop.send(()).unwrap();
    let theirs = timeout(LONG, serving).await.unwrap().unwrap();
    assert_eq!(theirs.stop, Stop::Requested);
}

#[tokio::test]
async fn one_connection_too_many_is_closed_and_the_place_is_given_again() {
    let (listener, address) = free_port().await;
    let sockets = Sockets {
        listener: Some(Arc::new(listener)),
        limits: Limits {
            max_accepted: 1,
            ..Limits::default()
        },
        ..Sockets::default()
    };
    let theirs = Reacts::until("2 bytes on Accepted(1)")
        .on("Opened(Accepted(0))", vec![say(Accepted(0), 1)])
        .on(
            "Ended(Accepted(0), Closed)",
            vec![Action::Close(Accepted(0))],
        );
    let serving = tokio::spawn(run(theirs, sockets, pending()));
    let mut first = TcpStream::connect(address).await.unwrap();
    assert_eq!(first.read(&mut [0; 8]).await.unwrap(), 1);
    let mut second = TcpStream::connect(address).await.unwrap();
    assert_eq!(second.read(&mut [0]).await.unwrap(), 0);
    first.shutdown().await.unwrap();
    assert_eq!(first.read(&mut [0]).await.unwrap(), 0);
    drop(first);
    // The place is free when the other end has closed too, of which the machine is not notified.
    loop {
        let mut third = TcpStream::connect(address).await.unwrap();
        let _ = third.write_all(&[1, 2]).await;
        if !matches!(third.read(&mut [0]).await, Ok(0)) || serving.is_finished() {
            break;
        }
    }
    let theirs = timeout(LONG, serving).await.unwrap().unwrap().machine;
    insta::assert_snapshot!(theirs.heard(), @"
    Opened(Accepted(0))
    Ended(Accepted(0), Closed)
    Opened(Accepted(1))
    2 bytes on Accepted(1)
    ");
}

#[tokio::test]
async fn a_tick_comes_when_it_is_due() {
    let mut ours = Reacts::until("Tick");
    ours.tick = Some(Duration::from_millis(20));
    let (listener, _) = free_port().await;
    let finished = timeout(LONG, listen(ours, listener)).await.unwrap();
    assert_eq!(finished.stop, Stop::Over);
    assert!(finished.machine.now >= Duration::from_millis(20));
}

/// An id may be used again, and then identifies the new connection.
#[tokio::test]
async fn a_name_may_be_used_again() {
    let one = Dialled(0);
    let ours = Reacts::until("9 bytes on Dialled(0)").at_start(vec![
        Action::Open(one),
        say(one, 1),
        Action::Close(one),
        Action::Open(one),
        say(one, 2),
    ]);
    let theirs = Reacts::default()
        .on("2 bytes on Accepted(1)", vec![say(Accepted(1), 9)])
        .on("2 bytes on Accepted(0)", vec![say(Accepted(0), 9)]);
    let (ours, _) = over_tcp(ours, theirs).await;
    insta::assert_snapshot!(ours.heard(), @"
    Opened(Dialled(0))
    9 bytes on Dialled(0)
    ");
}
