//! Everything over a transport that differs from v1 in everything. Code that assumes 24 bytes
//! before a payload, or that messages can be sent at once, fails here.

use std::sync::Arc;

use fake_peer::check::Catalogue;
use fake_peer::core::message::{GetAddr, Headers, Inv, Ping, Pong};
use fake_peer::drive::{ErrorKind, Wait, play};
use fake_peer::script::Script;
use fake_peer::script::model::{Content, Lie, Part, Step};
use fake_peer::script::player::{PlayConfig, Prepared};
use fake_peer::{Network, Peer, PeerConfig, PeerError};
use fake_peer_fixtures::toy::MakeToy;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};

use crate::peer::{bare_with, pair_with};

fn config() -> PeerConfig {
    PeerConfig {
        transport: Some(Arc::new(MakeToy)),
        ..PeerConfig::new(Network::REGTEST)
    }
}

fn pair(size: usize) -> (Peer, Peer) {
    pair_with(&config(), size)
}

fn bare() -> (Peer, DuplexStream) {
    bare_with(config())
}

#[tokio::test(start_paused = true)]
async fn two_peers_talk_through_a_pipe_of_one_byte() {
    let (mut near, mut far) = pair(1);
    let (ours, theirs) = tokio::join!(near.handshake(), far.handshake());
    assert_eq!(ours.unwrap().version, theirs.unwrap().version);
    near.send(Ping { nonce: 7 }).await.unwrap();
    near.send(GetAddr {}).await.unwrap();
    far.wait_for::<GetAddr>().await.unwrap();
    far.send(Inv::default()).await.unwrap();
    assert_eq!(near.wait_for::<Pong>().await.unwrap(), Pong { nonce: 7 });
}

#[tokio::test(start_paused = true)]
async fn megabytes_pass_both_ways_at_once() {
    let (mut near, mut far) = pair(1 << 16);
    let headers = Headers {
        headers: vec![Network::REGTEST.params.genesis; 2_000],
    };
    let say = async |peer: &mut Peer| {
        for _ in 0..20 {
            peer.send(headers.clone()).await.unwrap();
        }
        let mut came = 0;
        while came < 20 {
            assert_eq!(peer.read().await.unwrap(), headers.clone().into());
            came += 1;
        }
    };
    tokio::join!(say(&mut near), say(&mut far));
}

#[tokio::test(start_paused = true)]
async fn a_peer_without_the_transport_is_told_from_one_that_leaves() {
    let (mut near, mut far) = bare();
    far.write_all(b"version").await.unwrap();
    let error = near.handshake().await.unwrap_err();
    insta::assert_snapshot!(error, @"byte 0: expected the greeting of a toy");
    assert_eq!(error.kind(), ErrorKind::Protocol);

    let (mut near, mut far) = bare();
    far.write_all(b"TO").await.unwrap();
    far.shutdown().await.unwrap();
    let error = near.handshake().await.unwrap_err();
    assert!(
        matches!(
            error,
            PeerError::ClosedMidMessage {
                offset: 0,
                have: 2,
                need: 5
            }
        ),
        "{error:?}"
    );

    let (near, _far) = bare();
    let mut near = near;
    let error = near.send(GetAddr {}).await.unwrap_err();
    assert!(
        matches!(
            error,
            PeerError::Timeout {
                wait: Wait::Transport,
                ..
            }
        ),
        "{error:?}"
    );
}

/// What the transport itself sends is written without any call.
#[tokio::test(start_paused = true)]
async fn a_peer_greets_before_anything_is_sent() {
    let (_near, mut far) = bare();
    let mut greeting = [0; 5];
    far.read_exact(&mut greeting).await.unwrap();
    assert_eq!(greeting[..3], *b"TOY");
    far.write_all(b"TOYxy").await.unwrap();
    let mut decoy = [0; 10];
    far.read_exact(&mut decoy).await.unwrap();
}

/// Returns whether a script sends nothing that exists over v1 only.
fn is_neutral(script: &Script) -> bool {
    script.steps.iter().map(Part::Step).all(is_neutral_part)
}

fn is_neutral_part(part: Part<'_>) -> bool {
    let is_neutral = match part {
        Part::Step(Step::Send(send)) => {
            let is_raw = matches!(send.content, Content::Raw(_));
            let about_v1 =
                |lie: &Lie| matches!(lie, Lie::Magic(_) | Lie::Length(_) | Lie::Checksum(_));
            !is_raw && send.delivery.truncate.is_none() && !send.lies.iter().any(about_v1)
        }
        Part::Step(_) | Part::Branch(_) => true,
    };
    is_neutral && part.parts().all(is_neutral_part)
}

/// The verdicts on the model peer are the same over another transport as over v1.
#[test]
fn each_neutral_case_has_the_same_verdict_over_both() {
    let catalogue = Catalogue::embedded().unwrap();
    let mut played = 0;
    for case in catalogue
        .cases()
        .iter()
        .filter(|case| is_neutral(case.script()))
    {
        let script = case.script();
        let v1 = PlayConfig {
            unix_time: 1_795_000_000,
            ..PlayConfig::new(play::role_for(script))
        };
        let toy = PlayConfig {
            transport: Some(Arc::new(MakeToy)),
            ..v1.clone()
        };
        let verdicts = [v1, toy].map(|config| {
            let prepared =
                Prepared::new(Script::clone(script), config.unix_time, &|_| None).unwrap();
            let mut node = play::model_peer(&prepared, &[], &config);
            play::in_memory(Arc::new(prepared), config, &mut node).verdict
        });
        assert_eq!(verdicts[0], verdicts[1], "{}", case.id());
        played += 1;
    }
    assert!(played > 500, "{played}");
}
