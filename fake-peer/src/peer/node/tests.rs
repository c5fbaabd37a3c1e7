//! The node fed by hand.

mod conversation;
mod reactions;

use conversation::Talk;
use fake_peer_core::message::{GetHeaders, Ping, Pong};

#[test]
fn a_handshake_ends_with_what_the_reference_says() {
    let mut talk = Talk::new();
    assert_eq!(
        talk.say(Talk::version()),
        ["version", "wtxidrelay", "sendaddrv2", "verack"]
    );
    assert_eq!(
        talk.say(fake_peer_core::message::Verack {}),
        ["sendcmpct", "ping", "getheaders", "feefilter"]
    );
    assert_eq!(talk.say(Ping { nonce: 7 }), ["pong"]);
    assert_eq!(talk.last(), Pong { nonce: 7 }.into());
    assert_eq!(talk.say(GetHeaders::default()), [""; 0]);
}
