//! When to dial, and again.

use std::collections::BTreeSet;
use std::time::Duration;

use super::NodeRole;
use fake_peer_machine::ConnId;

/// How long after the end of a connection the next is opened in its place.
const BACK_OFF: Duration = Duration::from_millis(500);

/// Keeps a number of connections open.
#[derive(Debug, Clone)]
pub(super) struct Dialler {
    /// When the next connections are due.
    due: Vec<Duration>,
    /// Those that were asked for and have not ended.
    open: BTreeSet<ConnId>,
    dialled: u32,
}

impl Dialler {
    pub(super) fn new(role: NodeRole) -> Self {
        let connections = match role {
            NodeRole::Listens => 0,
            NodeRole::Dials { connections } => connections,
        };
        Self {
            due: vec![Duration::ZERO; connections as usize],
            open: BTreeSet::new(),
            dialled: 0,
        }
    }

    /// The connections to open now.
    pub(super) fn due(&mut self, now: Duration) -> impl Iterator<Item = ConnId> + use<> {
        let waiting = self.due.len();
        self.due.retain(|due| *due > now);
        let first = self.dialled;
        self.dialled += u32::try_from(waiting - self.due.len()).unwrap_or(0);
        let opened = (first..self.dialled).map(ConnId::Dialled);
        self.open.extend(opened.clone());
        opened
    }

    pub(super) fn ended(&mut self, id: ConnId, now: Duration) {
        if self.open.remove(&id) {
            self.due.push(now + BACK_OFF);
        }
    }

    pub(super) fn deadline(&self) -> Option<Duration> {
        self.due.iter().copied().min()
    }
}
