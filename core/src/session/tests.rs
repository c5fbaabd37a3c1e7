use super::*;
use crate::message::{Feature, GetAddr, SendHeaders, SendTxRcncl};
use crate::wire::Bytes;

const NOW: Duration = Duration::from_secs(1);

fn version(nonce: u64) -> Version {
    Version {
        nonce,
        ..Version::default()
    }
}

fn session(role: Role) -> Session {
    Session::new(role, Config::new(version(1)))
}

fn sent(session: &mut Session) -> Vec<String> {
    std::iter::from_fn(|| session.next_outgoing())
        .map(|m| m.command().to_string())
        .collect()
}

fn ready(role: Role) -> Session {
    let mut session = session(role);
    session.receive(version(2).into(), NOW).unwrap();
    assert_eq!(session.receive(Verack {}.into(), NOW), Ok(Event::Ready));
    sent(&mut session);
    session
}

#[test]
fn who_dials_speaks_first() {
    let mut dialler = session(Role::Outbound);
    assert_eq!(sent(&mut dialler), ["version"]);
    assert_eq!(dialler.receive(version(2).into(), NOW), Ok(Event::Handled));
    assert_eq!(sent(&mut dialler), ["wtxidrelay", "sendaddrv2", "verack"]);

    let mut listener = session(Role::Inbound);
    assert!(sent(&mut listener).is_empty());
    assert_eq!(listener.receive(version(2).into(), NOW), Ok(Event::Handled));
    assert_eq!(
        sent(&mut listener),
        ["version", "wtxidrelay", "sendaddrv2", "verack"]
    );
    assert_eq!(listener.receive(Verack {}.into(), NOW), Ok(Event::Ready));
    assert_eq!(listener.peer_version(), Some(&version(2)));
}

#[test]
fn verack_may_come_before_version() {
    for role in [Role::Outbound, Role::Inbound] {
        let mut session = session(role);
        assert_eq!(session.receive(Verack {}.into(), NOW), Ok(Event::Handled));
        assert!(!session.is_ready());
        assert_eq!(session.receive(version(2).into(), NOW), Ok(Event::Ready));
    }
}

#[test]
fn an_early_verack_can_be_passed_over() {
    let mut config = Config::new(version(1));
    config.early_verack = false;
    let mut session = Session::new(Role::Inbound, config);
    let early = session.receive(Verack {}.into(), NOW);
    assert_eq!(early, Ok(Event::Ignored(Violation::BeforeVersion)));
    session.receive(version(2).into(), NOW).unwrap();
    assert!(!session.is_ready());
    assert_eq!(session.receive(Verack {}.into(), NOW), Ok(Event::Ready));
}

#[test]
fn who_dialled_does_not_mind_an_echo_of_its_nonce() {
    let mut session = session(Role::Outbound);
    assert_eq!(session.receive(version(1).into(), NOW), Ok(Event::Handled));
}

#[test]
fn two_honest_sessions_get_ready_together() {
    let mut ends = [
        session(Role::Outbound),
        Session::new(Role::Inbound, Config::new(version(2))),
    ];
    for turn in 0..20 {
        let (from, to) = (turn % 2, 1 - turn % 2);
        while let Some(message) = ends[from].next_outgoing() {
            ends[to].receive(message, NOW).unwrap();
        }
    }
    for end in &ends {
        assert!(end.is_ready());
        let all = Features {
            wtxidrelay: true,
            sendaddrv2: true,
            sendheaders: false,
        };
        assert_eq!(end.features(), all);
    }
}

#[test]
fn nothing_is_offered_to_old_peers_nor_taken_from_them() {
    let mut session = session(Role::Inbound);
    session
        .receive(
            Version {
                version: 70015,
                ..version(2)
            }
            .into(),
            NOW,
        )
        .unwrap();
    assert_eq!(sent(&mut session), ["version", "verack"]);
    session.receive(WtxidRelay {}.into(), NOW).unwrap();
    session.receive(SendAddrV2 {}.into(), NOW).unwrap();
    let features = session.features();
    assert!(!features.wtxidrelay && features.sendaddrv2);
}

#[test]
fn messages_out_of_place_are_passed_over() {
    let mut session = session(Role::Inbound);
    let mut receive = |message: Message| session.receive(message, NOW).unwrap();
    assert_eq!(
        receive(Ping { nonce: 9 }.into()),
        Event::Ignored(Violation::BeforeVersion)
    );
    assert_eq!(
        receive(WtxidRelay {}.into()),
        Event::Ignored(Violation::BeforeVersion)
    );
    receive(version(2).into());
    assert_eq!(
        receive(Ping { nonce: 9 }.into()),
        Event::Ignored(Violation::BeforeVerack)
    );
    assert_eq!(
        receive(version(2).into()),
        Event::Ignored(Violation::DuplicateVersion)
    );
    receive(Verack {}.into());
    assert_eq!(
        receive(Verack {}.into()),
        Event::Ignored(Violation::DuplicateVerack)
    );
    assert_eq!(
        sent(&mut session),
        ["version", "wtxidrelay", "sendaddrv2", "verack"]
    );
}

#[test]
fn what_ends_a_session_is_named() {
    let error = |session: &mut Session, message: Message| {
        session.receive(message, NOW).unwrap_err().to_string()
    };
    let late = error(&mut ready(Role::Inbound), WtxidRelay {}.into());
    insta::assert_snapshot!(late, @"wtxidrelay came after verack, expected before it");
    let old = Version {
        version: 31_799,
        ..version(2)
    };
    insta::assert_snapshot!(error(&mut session(Role::Inbound), old.into()), @"found protocol version 31799, expected at least 31800");
    insta::assert_snapshot!(error(&mut session(Role::Inbound), version(1).into()), @"connected to ourselves: the peer's nonce is our own, 0x0000000000000001");
}

#[test]
fn negotiation_that_is_not_ours_is_handed_on_in_its_place() {
    let offer: Message = SendTxRcncl::default().into();
    let mut session = session(Role::Inbound);
    let early = session.receive(offer.clone(), NOW);
    assert_eq!(early, Ok(Event::Ignored(Violation::BeforeVersion)));
    session.receive(version(2).into(), NOW).unwrap();
    assert_eq!(
        session.receive(offer.clone(), NOW),
        Ok(Event::Message(offer.clone()))
    );
    session.receive(Verack {}.into(), NOW).unwrap();
    assert_eq!(
        session.receive(offer.clone(), NOW),
        Ok(Event::Message(offer))
    );
    let late: Message = Feature {
        id: "name".into(),
        data: Bytes::default(),
    }
    .into();
    let command = late.command();
    let violation = Violation::LateNegotiation { command };
    assert_eq!(
        session.receive(late, NOW),
        Err(SessionError::Violation(violation))
    );
}

#[test]
fn reactions_are_data() {
    let mut config = Config::new(version(1));
    config.reactions.duplicate_version = Reaction::Disconnect;
    let mut session = Session::new(Role::Inbound, config);
    session.receive(version(2).into(), NOW).unwrap();
    let error = session.receive(version(2).into(), NOW).unwrap_err();
    assert_eq!(error, SessionError::Violation(Violation::DuplicateVersion));
}

#[test]
fn housekeeping_is_done_and_the_rest_is_handed_on() {
    let mut session = ready(Role::Outbound);
    assert_eq!(
        session.receive(Ping { nonce: 77 }.into(), NOW),
        Ok(Event::Handled)
    );
    assert_eq!(session.next_outgoing(), Some(Pong { nonce: 77 }.into()));
    assert_eq!(
        session.receive(SendHeaders {}.into(), NOW),
        Ok(Event::Handled)
    );
    assert!(session.features().sendheaders);
    let unasked: Message = Pong { nonce: 1 }.into();
    assert_eq!(
        session.receive(unasked.clone(), NOW),
        Ok(Event::Message(unasked))
    );
    let getaddr: Message = GetAddr {}.into();
    assert_eq!(
        session.receive(getaddr.clone(), NOW),
        Ok(Event::Message(getaddr))
    );
}

#[test]
fn a_silent_peer_is_given_up_at_the_deadline_and_not_before() {
    let mut session = session(Role::Outbound);
    let deadline = session.deadline();
    assert_eq!(deadline, Duration::from_mins(1));
    assert_eq!(
        session.tick(deadline.saturating_sub(Duration::from_nanos(1))),
        Ok(())
    );
    insta::assert_snapshot!(session.tick(deadline).unwrap_err(), @"handshake timed out after 60s");
}

#[test]
fn pings_are_sent_and_their_answers_awaited() {
    let mut session = ready(Role::Outbound);
    let due = session.deadline();
    assert_eq!(due, NOW + Duration::from_mins(2));
    session.tick(due).unwrap();
    let Some(Message::Ping(Ping { nonce })) = session.next_outgoing() else {
        panic!("no ping")
    };
    session.receive(Pong { nonce }.into(), due).unwrap();
    let due = session.deadline();
    session.tick(due).unwrap();
    assert_eq!(sent(&mut session), ["ping"]);
    assert_eq!(
        session.deadline(),
        NOW + Duration::from_mins(22),
        "nothing is due but its answer"
    );
    // The peer goes on talking, but never answers.
    session
        .receive(GetAddr {}.into(), due + Duration::from_secs(1_199))
        .unwrap();
    let late = due + Duration::from_mins(20);
    insta::assert_snapshot!(session.tick(late).unwrap_err(), @"ping timed out: no pong within 1200s");
}

#[test]
fn a_ready_peer_that_falls_silent_is_given_up() {
    let mut config = Config::new(version(1));
    config.timeouts.ping_interval = None;
    let mut session = Session::new(Role::Outbound, config);
    session.receive(version(2).into(), NOW).unwrap();
    session.receive(Verack {}.into(), NOW).unwrap();
    assert_eq!(session.deadline(), NOW + Duration::from_mins(20));
    insta::assert_snapshot!(session.tick(session.deadline()).unwrap_err(), @"timed out: nothing came for 1200s");
}

#[test]
fn what_comes_early_can_be_accepted() {
    let mut config = Config::new(version(1));
    config.reactions.before_version = Reaction::Accept;
    config.reactions.before_verack = Reaction::Accept;
    let mut session = Session::new(Role::Inbound, config);
    let ping = Ping { nonce: 7 };
    assert_eq!(session.receive(ping.into(), NOW), Ok(Event::Handled));
    assert_eq!(sent(&mut session), ["pong"]);
    session.receive(version(2).into(), NOW).unwrap();
    sent(&mut session);
    let getaddr = Message::from(GetAddr {});
    let event = session.receive(getaddr.clone(), NOW);
    assert_eq!(event, Ok(Event::Message(getaddr)));
    // A second version cannot be in place, whatever the reaction.
    session.config.reactions.duplicate_version = Reaction::Accept;
    let event = session.receive(version(2).into(), NOW);
    assert_eq!(event, Ok(Event::Ignored(Violation::DuplicateVersion)));
}

#[test]
fn a_late_feature_has_a_reaction_of_its_own() {
    let mut session = ready(Role::Inbound);
    session.config.reactions.late_feature = Reaction::Ignore;
    let feature = Feature {
        id: "test".into(),
        data: Bytes::default(),
    };
    let event = session.receive(feature.into(), NOW);
    assert!(matches!(
        event,
        Ok(Event::Ignored(Violation::LateNegotiation { .. }))
    ));
    assert!(session.receive(WtxidRelay {}.into(), NOW).is_err());
}

#[test]
fn the_first_ping_can_follow_at_once() {
    let mut config = Config::new(version(1));
    config.timeouts.ping_at_once = true;
    let mut session = Session::new(Role::Inbound, config);
    session.receive(version(2).into(), NOW).unwrap();
    session.receive(Verack {}.into(), NOW).unwrap();
    sent(&mut session);
    assert_eq!(session.deadline(), NOW);
    session.tick(NOW).unwrap();
    assert_eq!(sent(&mut session), ["ping"]);
}
