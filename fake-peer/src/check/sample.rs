//! Runs for the tests of reports: every verdict, every ending, and a malicious target.

use std::time::Duration;

use fake_peer_core::Network;
use fake_peer_core::message::Services;

use super::facts::{Answer, Fact, Latency, Portrait, Unasked};
use super::result::{
    CaseResult, ControlOutcome, Direction, Ending, Expectation, FORMAT, Line, Run, Seen, Target,
    Verdict,
};
use super::summary::Summary;
use crate::script::Script;
use crate::script::model::{FactName, Level, Role};

/// Text that a hostile target or script could put into any field.
pub(crate) const HOSTILE: &str =
    "/</script><script>alert(1)</script><img src=x onerror=alert(2)>'\"&{{7*7}}\u{1b}[31m\u{202e}/";

pub(crate) fn run() -> Run {
    let cases = cases_of_the_wire().into_iter().chain(cases_of_the_chain());
    of(cases.map(|case| case.0).collect())
}

fn cases_of_the_wire() -> Vec<Sample> {
    vec![
        case(
            "addr/count/1",
            Level::Reference,
            Verdict::Pass,
            "1,001 addresses are one too many",
        )
        .ending(Ending::Closed),
        case(
            "envelope/checksum/1",
            Level::Must,
            Verdict::Pass,
            "a wrong checksum is not answered",
        ),
        case(
            "envelope/length/1",
            Level::Reference,
            Verdict::Fail,
            "a length above the limit ends the connection before the payload comes",
        )
        .ending(Ending::Died)
        .failed(
            "4",
            "the end of the connection within 2 s",
            "the process ended with signal 6 (SIGABRT) after 24 bytes",
        ),
        case(
            "envelope/length/2",
            Level::Reference,
            Verdict::Fail,
            "no memory is reserved for bytes that never come",
        )
        .ending(Ending::Unresponsive)
        .failed(
            "5.2",
            "a pong within 5 s",
            "no byte in 5 s; the connection stays open, and two more were taken and not answered",
        ),
        case(
            "filters/bloom/1",
            Level::Must,
            Verdict::Unsupported,
            "filterload without the service bit BLOOM ends the connection (BIP111)",
        )
        .note("its services do not have BLOOM"),
        case(
            "handshake/nonce/1",
            Level::Reference,
            Verdict::Weaker,
            "a connection to ourselves is ended",
        )
        .ending(Ending::Reset)
        .note("reset instead of closed"),
        case(
            "handshake/order/2",
            Level::Reference,
            Verdict::Varies,
            "a second version message",
        )
        .ending(Ending::Closed)
        .note("disconnects"),
    ]
}

fn cases_of_the_chain() -> Vec<Sample> {
    vec![
        case(
            "headers/limit/1",
            Level::Must,
            Verdict::Pass,
            "2,001 headers are one too many, and the count alone shows it",
        )
        .ending(Ending::Closed)
        .control(ControlOutcome::Shown {
            after: Duration::from_micros(3_200),
        }),
        case(
            "headers/limit/2",
            Level::Reference,
            Verdict::Pass,
            "2,000 headers are taken, and more are asked for",
        )
        .expectation(Expectation::UnexpectedPass {
            reason: "issue 1234, fixed in 2.1".into(),
        }),
        case(
            "headers/pow/1",
            Level::Must,
            Verdict::Fail,
            "a header whose hash is above its target ends the connection",
        )
        .failed(
            "4",
            "the end of the connection within 5 s",
            "it asks for more headers after the invalid one",
        )
        .expectation(Expectation::ExpectedFailure {
            reason: "scrypt is its proof of work".into(),
        }),
        case(
            "headers/pow/2",
            Level::Must,
            Verdict::Inconclusive,
            "a header whose hash is above its target is not followed",
        )
        .note("without the fault, the target does not act either")
        .control(ControlOutcome::NotShown {
            expected: Some("getdata within 5 s".into()),
            found: Some("timed out after 5 s".into()),
            ending: Some(Ending::Open),
        }),
        case(
            "headers/pow/10",
            Level::Must,
            Verdict::Skipped,
            "a hash that equals the target is enough",
        )
        .note("scrypt is its proof of work"),
        case(
            "inv/count/1",
            Level::Must,
            Verdict::Error,
            "50,001 inventory items are one too many",
        )
        .failed(
            "2",
            "a connection to the target",
            "the port 18444 is taken by another process",
        ),
        case(
            "ping/pong/1",
            Level::Must,
            Verdict::Pass,
            "a ping is answered with its nonce (BIP31)",
        ),
        case(
            "ping/pong/2",
            Level::Varies,
            Verdict::Varies,
            "a ping without a nonce, as before BIP31",
        )
        .note("ignores it"),
        case(
            "resources/slots/1",
            Level::Reference,
            Verdict::Fail,
            "the 126th connection makes the target end another one, and take it",
        )
        .ending(Ending::Refused)
        .failed(
            "7",
            "a version message within 5 s",
            "the connection was refused",
        )
        .flaky(),
    ]
}

/// A run in which the target, the scripts and the transcripts are malicious.
pub(crate) fn hostile() -> Run {
    let case = case(HOSTILE, Level::Must, Verdict::Fail, HOSTILE)
        .failed(HOSTILE, HOSTILE, HOSTILE)
        .note(HOSTILE)
        .expectation(Expectation::UnexpectedPass {
            reason: HOSTILE.into(),
        });
    let mut case = case.0;
    case.sources = vec![HOSTILE.into()];
    case.reproduce = HOSTILE.into();
    for line in &mut case.transcript {
        line.connection = HOSTILE.into();
        line.text = HOSTILE.into();
        line.command = Some(HOSTILE.into());
    }
    let mut run = of(vec![case]);
    run.version = HOSTILE.into();
    run.target.name = HOSTILE.into();
    run.target.profile = Some(HOSTILE.into());
    if let Some(seen) = &mut run.target.seen {
        seen.user_agent = HOSTILE.into();
    }
    if let Some(portrait) = &mut run.target.portrait {
        portrait.unasked[0].command = HOSTILE.into();
        portrait.facts[0].detail = Some(HOSTILE.into());
    }
    run
}

/// A run of another implementation, which agrees with the first one in part.
pub(crate) fn other_run() -> Run {
    let mut cases = run().cases;
    cases.retain(|case| case.id != "inv/count/1");
    for case in &mut cases {
        match &*case.id {
            "envelope/length/1" => {
                (case.verdict, case.ending) = (Verdict::Pass, Some(Ending::Closed));
            }
            "handshake/order/2" => case.note = Some("ignores it".into()),
            "headers/pow/1" => case.expectation = None,
            _ => {}
        }
    }
    let mut run = of(cases);
    run.target.name = "litecoind".into();
    run.target.seen = Some(Seen {
        user_agent: "/LitecoinCore:0.21.4/".into(),
        version: 70017,
        services: Services::NETWORK | Services::WITNESS,
        start_height: None,
        relay: None,
    });
    run.target.portrait = None;
    run
}

pub(crate) fn of(cases: Vec<CaseResult>) -> Run {
    Run {
        format: FORMAT,
        version: "0.1.0".into(),
        target: Target {
            name: "127.0.0.1:18444".into(),
            role: Role::Listens,
            seen: Some(Seen {
                user_agent: "/Satoshi:31.0.0/".into(),
                version: 70016,
                services: Services::NETWORK | Services::WITNESS | Services::NETWORK_LIMITED,
                start_height: Some(0),
                relay: Some(true),
            }),
            portrait: Some(portrait()),
            profile: Some("bitcoin-core".into()),
        },
        network: Network::REGTEST.name,
        seed: 7,
        started: 1_767_225_600,
        elapsed: Duration::from_micros(12_345_678),
        summary: Summary::of(&cases),
        cases,
    }
}

/// The portrait of a node that neither relays transactions nor can be started again.
pub(crate) fn portrait() -> Portrait {
    let unasked = |command: &str, after| Unasked {
        command: command.to_owned(),
        after: Duration::from_micros(after),
    };
    let fact = |name, answer, detail: Option<&str>, after| Fact {
        name,
        answer,
        detail: detail.map(Into::into),
        after,
        probe: "handshake".into(),
        source: "BIP152, sendcmpct".into(),
    };
    let after = Some(Latency(Duration::from_micros(3_250)));
    Portrait {
        unasked: vec![unasked("sendcmpct", 150), unasked("getheaders", 2_500)],
        facts: vec![
            fact(FactName::SpeaksFirst, Answer::No, None, None),
            fact(
                FactName::RelaysTransactions,
                Answer::No,
                Some("it ended the connection"),
                None,
            ),
            fact(
                FactName::AsksForHeaders,
                Answer::Yes,
                Some("getheaders"),
                after,
            ),
            fact(
                FactName::FollowsChain,
                Answer::Unknown,
                Some("a target that we do not start would keep the chain"),
                None,
            ),
        ],
    }
}

/// A case that is being built.
pub(crate) struct Sample(pub(crate) CaseResult);

pub(crate) fn case(id: &str, level: Level, verdict: Verdict, about: &str) -> Sample {
    let script = Script {
        name: id.into(),
        about: Some(about.into()),
        level: Some(level),
        sources: vec![
            "reference: Bitcoin Core, net_processing.cpp".into(),
            "BIP31".into(),
        ],
        ..Script::default()
    };
    let mut case = CaseResult::skipped(&script, "");
    case.verdict = verdict;
    case.note = None;
    case.reproduce = format!("fake-peer check --connect 127.0.0.1:18444 --seed 7 {id}");
    if verdict != Verdict::Skipped {
        case.elapsed = Duration::from_micros(2_345);
        case.ending = Some(Ending::Open);
        case.transcript = transcript();
    }
    Sample(case)
}

impl Sample {
    pub(crate) fn ending(mut self, ending: Ending) -> Self {
        self.0.ending = Some(ending);
        self
    }

    fn control(mut self, control: ControlOutcome) -> Self {
        self.0.control = Some(control);
        self
    }

    pub(crate) fn note(mut self, note: &str) -> Self {
        self.0.note = Some(note.into());
        self
    }

    pub(crate) fn failed(mut self, step: &str, expected: &str, found: &str) -> Self {
        self.0.step = Some(step.into());
        self.0.expected = Some(expected.into());
        self.0.found = Some(found.into());
        self
    }

    pub(crate) fn flaky(mut self) -> Self {
        self.0.flaky = vec![Verdict::Fail, Verdict::Pass];
        self
    }

    pub(crate) fn expectation(mut self, expectation: Expectation) -> Self {
        self.0.expectation = Some(expectation);
        self
    }
}

fn transcript() -> Vec<Line> {
    let line = |at, direction, command: Option<&str>, bytes: &[u8], text: &str| Line {
        at: Duration::from_micros(at),
        direction,
        connection: "main".into(),
        command: command.map(Into::into),
        size: bytes.len(),
        bytes: Line::kept(bytes),
        text: text.into(),
    };
    let ping =
        const_hex::decode("fabfb5da70696e670000000000000000080000008c820c800700000000000000")
            .unwrap();
    let verack = const_hex::decode("fabfb5da76657261636b000000000000000000005df6e0e2").unwrap();
    let headers = line(
        1_702,
        Direction::Sent,
        Some("headers"),
        &vec![0xfd; 162_108],
        "headers=[2001: {version=536870912 prev_block=0f9188f1…2206 …} … {…}]",
    );
    vec![
        line(
            0,
            Direction::Note,
            None,
            &[],
            "connected to 127.0.0.1:18444",
        ),
        line(904, Direction::Received, Some("verack"), &verack, ""),
        line(1_201, Direction::Sent, Some("ping"), &ping, "nonce=7"),
        headers,
        line(2_345, Direction::Note, None, &[], "no answer within 2 s"),
    ]
}
