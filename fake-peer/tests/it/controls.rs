//! Cases that conclude from absence are judged beside the same conversation without the fault.

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use fake_peer::check::result::{CaseResult, ControlOutcome};
use fake_peer::check::{Catalogue, Checker, Selection, Verdict};
use fake_peer::core::Message;
use fake_peer::core::message::{GetData, GetHeaders, Headers, InvItem, InvType, Pong, Verack};
use fake_peer::core::message::{Payload as _, Version};
use fake_peer::script::control::Control;
use fake_peer::target::{Model, Target};

use crate::tiny_node::{read, say};

/// A node that answers pings before it looks at headers, as light clients with a network thread do.
#[derive(Clone, Copy)]
struct Node {
    /// How long it takes until it requests the blocks of headers; `None` if it ignores headers.
    follows_after: Option<Duration>,
    /// Whether it looks at the proof of work.
    checks_work: bool,
    /// Whether it disconnects on any headers.
    leaves: bool,
}

const HONEST: Node = Node {
    follows_after: Some(Duration::from_millis(60)),
    checks_work: true,
    leaves: false,
};

impl Node {
    /// Serves in threads that end with their connections.
    fn serve(self) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        thread::spawn(move || {
            for stream in listener.incoming() {
                thread::spawn(move || self.converse(stream.unwrap()));
            }
        });
        address
    }

    fn converse(self, mut stream: TcpStream) -> Option<()> {
        let writer = Arc::new(Mutex::new(stream.try_clone().ok()?));
        let answer = |message: Message| say(&mut writer.lock().unwrap(), message);
        loop {
            let (command, payload) = read(&mut stream)?;
            match &*command {
                "version" => {
                    answer(Version::default().into());
                    answer(Verack {}.into());
                }
                "verack" => answer(GetHeaders::default().into()),
                "ping" => {
                    let nonce = payload.try_into().map_or(0, u64::from_le_bytes);
                    answer(Pong { nonce }.into());
                }
                "headers" if self.leaves => return None,
                "headers" => {
                    let Ok(Message::Headers(headers)) = Message::decode(Headers::COMMAND, &payload)
                    else {
                        continue;
                    };
                    let writer = Arc::clone(&writer);
                    thread::spawn(move || self.follow(&headers, &mut writer.lock().unwrap()));
                }
                _ => {}
            }
        }
    }

    fn follow(self, headers: &Headers, stream: &mut TcpStream) {
        let Some(delay) = self.follows_after else {
            return;
        };
        let Some(last) = headers.headers.last() else {
            return;
        };
        thread::sleep(delay);
        let has_work = last.hash().0.last() < Some(&0x80);
        if has_work || !self.checks_work {
            let inventory = vec![InvItem {
                kind: InvType::BLOCK,
                hash: last.hash(),
            }];
            say(stream, GetData { inventory });
        }
    }

    async fn check(self, id: &str) -> CaseResult {
        let catalogue = Catalogue::embedded().unwrap();
        let case = Selection::of_ids([id]).unwrap().of(&catalogue).unwrap()[0].clone();
        let checker = Checker::new(Target::Connect(self.serve()));
        checker
            .timeout(Duration::from_millis(700))
            .case(&case)
            .await
    }
}

const CASE: &str = "headers/pow/1";

#[tokio::test]
async fn a_case_waits_longer_than_its_control_took() {
    let result = HONEST.check(CASE).await;
    assert_eq!(result.verdict, Verdict::Weaker, "{result:?}");
    let Some(ControlOutcome::Shown { after }) = result.control else {
        panic!("{result:?}");
    };
    assert!(after >= Duration::from_millis(60));
    assert!(result.elapsed >= 3 * after);
}

#[tokio::test]
async fn a_fault_is_seen_although_the_pong_comes_first() {
    let node = Node {
        checks_work: false,
        ..HONEST
    };
    let result = node.check(CASE).await;
    assert_eq!(result.verdict, Verdict::Fail, "{result:?}");
}

#[tokio::test]
async fn a_target_that_never_follows_shows_nothing() {
    let node = Node {
        follows_after: None,
        ..HONEST
    };
    let result = node.check(CASE).await;
    assert_eq!(result.verdict, Verdict::Inconclusive, "{result:?}");
    let reason = result.note.unwrap();
    let expected = "without the fault, the target does not act either: timed out after ";
    assert!(reason.starts_with(expected), "{reason}");
}

#[tokio::test]
async fn a_target_that_always_leaves_shows_nothing() {
    let node = Node {
        leaves: true,
        ..HONEST
    };
    let result = node.check(CASE).await;
    assert_eq!(result.verdict, Verdict::Inconclusive, "{result:?}");
    insta::assert_snapshot!(result.note.unwrap(), @"without the fault, the target disconnects as well");
}

/// The cases whose control the honest model peer does not show are judged without one: what they
/// forbid is not what a target does without the fault.
#[tokio::test]
async fn the_honest_model_peer_shows_the_controls() {
    let catalogue = Catalogue::embedded().unwrap();
    let cases: Vec<_> = catalogue.cases().iter().collect();
    let target = Target::Model(Model::default());
    let run = Checker::new(target).run(&cases).await;
    let (mut shown, mut others) = (0, Vec::new());
    for (case, result) in cases.iter().zip(&run.cases) {
        match result.control {
            Some(ControlOutcome::Shown { .. }) => shown += 1,
            Some(ControlOutcome::NotShown { .. }) => panic!("{}", case.id()),
            None if Control::of(case.script()).is_none() => {}
            // It is for a target that dials, and was not played.
            None if result.verdict == Verdict::Unsupported => {}
            None => others.push(case.id()),
        }
    }
    assert!(shown > 100, "{shown}");
    insta::assert_snapshot!(others.join("\n"), @"
    compact-blocks/invalid/5
    compact-blocks/invalid/6
    compact-blocks/invalid/9
    compact-size/count/13
    envelope/empty/3
    headers/link/3
    ping/short/1
    ");
}
