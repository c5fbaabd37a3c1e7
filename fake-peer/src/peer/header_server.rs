//! An honest node that has headers and nothing else.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use fake_peer_core::Message;
use fake_peer_core::chain::HeaderTree;
use fake_peer_core::message::{GetHeaders, Headers, NotFound};
use fake_peer_core::session::{Config, Event, Role, Session, SessionError};

/// One connection of a node that serves the headers of a [`HeaderTree`].
///
/// | message | answer |
/// |---|---|
/// | the handshake, `ping` | the session's |
/// | `getheaders` | `headers`: up to 2,000 that follow the fork point of the locator, up to the stop hash |
/// | `getheaders` without a locator | the header with the stop hash; nothing if it is unknown |
/// | `getdata` | `notfound`, with all that was asked for |
/// | `inv` and all others | nothing |
///
/// Each message makes at most one answer, and a driver that sends it before it takes the next
/// message in holds no more than that.
#[derive(Debug, Clone)]
pub struct HeaderServer {
    session: Session,
    chain: Arc<HeaderTree>,
    answers: VecDeque<Message>,
}

impl HeaderServer {
    /// A connection that starts now, at time zero.
    pub fn new(role: Role, config: Config, chain: Arc<HeaderTree>) -> Self {
        Self {
            session: Session::new(role, config),
            chain,
            answers: VecDeque::new(),
        }
    }

    /// The next message to send.
    pub fn next_outgoing(&mut self) -> Option<Message> {
        self.session
            .next_outgoing()
            .or_else(|| self.answers.pop_front())
    }

    /// Takes a message that came at `now`.
    ///
    /// # Errors
    /// The session's: the connection is to be closed.
    pub fn receive(&mut self, message: Message, now: Duration) -> Result<(), SessionError> {
        match self.session.receive(message, now)? {
            Event::Message(message) => self.answers.extend(self.answer(message)),
            Event::Ignored(violation) => tracing::debug!("passed over: {violation}"),
            Event::Handled | Event::Ready => {}
        }
        Ok(())
    }

    /// When [`HeaderServer::tick`] has to be called at the latest.
    pub fn deadline(&self) -> Duration {
        self.session.deadline()
    }

    /// Lets time pass.
    ///
    /// # Errors
    /// As [`Session::tick`]: the connection is to be closed.
    pub fn tick(&mut self, now: Duration) -> Result<(), SessionError> {
        self.session.tick(now)
    }

    /// The state of the handshake.
    pub fn session(&self) -> &Session {
        &self.session
    }

    fn answer(&self, message: Message) -> Option<Message> {
        match message {
            Message::GetHeaders(request) => self.headers_for(&request).map(Into::into),
            Message::GetData(request) => {
                let inventory = request.inventory;
                Some(NotFound { inventory }.into())
            }
            _ => None,
        }
    }

    fn headers_for(&self, request: &GetHeaders) -> Option<Headers> {
        let GetHeaders { locator, stop, .. } = request;
        if locator.is_empty() && self.chain.get(stop).is_none() {
            return None;
        }
        let headers = self.chain.headers_after(locator, stop, Headers::MAX);
        Some(Headers { headers })
    }
}

#[cfg(test)]
mod tests {
    use fake_peer_core::chain::Params;
    use fake_peer_core::message::{
        GetAddr, GetData, Inv, InvItem, InvType, Ping, Pong, Unknown, Verack, Version,
    };
    use fake_peer_core::wire::Bytes;
    use fake_peer_core::{Hash256, Network};

    use super::*;

    const NOW: Duration = Duration::from_secs(1);

    fn chain() -> Arc<HeaderTree> {
        let mut tree = HeaderTree::new(Params::mainnet());
        for header in &fake_peer_fixtures::mainnet()[1..=4_100] {
            tree.insert(header, u64::from(header.time)).unwrap();
        }
        Arc::new(tree)
    }

    fn ready(chain: Arc<HeaderTree>) -> HeaderServer {
        let version = |nonce| Version {
            nonce,
            ..Version::default()
        };
        let mut server = HeaderServer::new(Role::Inbound, Config::new(version(1)), chain);
        server.receive(version(2).into(), NOW).unwrap();
        server.receive(Verack {}.into(), NOW).unwrap();
        while server.next_outgoing().is_some() {}
        server
    }

    fn ask(server: &mut HeaderServer, message: impl Into<Message>) -> Vec<Message> {
        server.receive(message.into(), NOW).unwrap();
        std::iter::from_fn(|| server.next_outgoing()).collect()
    }

    /// The heights of the first and the last header of the answer.
    fn range(server: &mut HeaderServer, locator: &[Hash256], stop: Hash256) -> Option<(u32, u32)> {
        let locator = locator.to_vec();
        let answers = ask(
            server,
            GetHeaders {
                locator,
                stop,
                ..GetHeaders::default()
            },
        );
        let [Message::Headers(Headers { headers })] = &answers[..] else {
            panic!("{answers:?}")
        };
        let height =
            |header: &fake_peer_core::Header| server.chain.get(&header.hash()).unwrap().height;
        Some((height(headers.first()?), height(headers.last()?)))
    }

    #[test]
    fn headers_follow_the_first_known_hash_of_the_locator() {
        let chain = chain();
        let at = |height: u32| chain.at_height(height).unwrap().hash;
        let (unknown, none) = (Hash256([7; 32]), Hash256::ZERO);
        let server = &mut ready(Arc::clone(&chain));
        assert_eq!(range(server, &[at(0)], none), Some((1, 2000)));
        assert_eq!(range(server, &[unknown], none), Some((1, 2000)));
        assert_eq!(
            range(server, &[unknown, at(2000), at(0)], none),
            Some((2001, 4000))
        );
        assert_eq!(range(server, &[at(4000)], none), Some((4001, 4100)));
        assert_eq!(range(server, &[at(4100)], none), None);
        assert_eq!(range(server, &[at(10)], at(12)), Some((11, 12)));
        assert_eq!(range(server, &[at(10)], at(10)), Some((11, 2010)));
        assert_eq!(range(server, &[], at(4050)), Some((4050, 4050)));
        let lost = GetHeaders {
            stop: unknown,
            ..GetHeaders::default()
        };
        assert_eq!(ask(server, lost), []);
    }

    #[test]
    fn what_is_asked_for_is_not_found_and_the_rest_is_passed_over() {
        let server = &mut ready(Arc::new(HeaderTree::new(Params::regtest())));
        let hash = Network::Regtest.genesis().hash();
        let inventory = vec![
            InvItem {
                kind: InvType::BLOCK,
                hash
            };
            3
        ];
        let asked = GetData {
            inventory: inventory.clone(),
        };
        assert_eq!(
            ask(server, asked),
            [NotFound {
                inventory: inventory.clone()
            }
            .into()]
        );
        assert_eq!(ask(server, Inv { inventory }), []);
        assert_eq!(ask(server, GetAddr {}), []);
        let unknown = Unknown {
            command: "feature".parse().unwrap(),
            payload: Bytes::default(),
        };
        assert_eq!(ask(server, Message::Unknown(unknown)), []);
        assert_eq!(ask(server, Ping { nonce: 5 }), [Pong { nonce: 5 }.into()]);
    }

    #[test]
    fn nothing_is_served_before_the_handshake() {
        let config = Config::new(Version {
            nonce: 1,
            ..Version::default()
        });
        let tree = Arc::new(HeaderTree::new(Params::regtest()));
        let mut server = HeaderServer::new(Role::Inbound, config, tree);
        assert_eq!(ask(&mut server, GetHeaders::default()), []);
    }
}
