//! The interface of both ends of a conversation: a state machine driven by bytes and time.
//!
//! The script player and the model peer are [`Machine`]s. They own no sockets and no clock, so the
//! same drivers run both: one over TCP, in the package that owns the sockets, and [`memory`], which
//! connects two machines in virtual time.

#![forbid(unsafe_code)]

pub mod memory;

use std::time::Duration;

use fake_peer_core::wire::Bytes;

/// One end of any number of connections.
///
/// A driver passes in each event, with the time since the machine was started, which never runs
/// backwards. It then carries out the actions, in order, until there are none. At the deadline or
/// soon after it, the driver sends [`Input::Tick`], and the machine responds with an action or a
/// later deadline.
pub trait Machine {
    /// Handles an event at `now`, the time since the machine was started.
    fn handle(&mut self, input: Input<'_>, now: Duration);

    /// Returns the next action to carry out. `None`: there are no more for now.
    fn next_action(&mut self) -> Option<Action>;

    /// Returns when [`Input::Tick`] is due if nothing else happens before, as a time since the
    /// machine was started. `None`: never.
    fn deadline(&self) -> Option<Duration>;

    /// Returns whether the machine has finished. The driver carries out the remaining actions and
    /// stops.
    fn is_over(&self) -> bool {
        false
    }
}

/// The identifier of a connection at one machine. The other end has its own identifier for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ConnId {
    /// The machine opened the connection, and chose the number.
    Dialled(u32),
    /// The other end opened the connection, and the driver chose the number.
    Accepted(u32),
}

/// An event that a driver passes to a machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Input<'a> {
    /// A connection is open: one that the machine dialled, or one from the other end.
    Opened(ConnId),
    /// A connection that the machine dialled could not be opened.
    Refused(ConnId),
    /// The next bytes of the stream: any number of them, split anywhere.
    Bytes(ConnId, &'a [u8]),
    /// The other end sends nothing more. After [`End::Reset`] nothing can be sent to it either.
    Ended(ConnId, End),
    /// Nothing happened, except that time has passed.
    Tick,
}

/// How the other end's direction of a connection ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum End {
    /// Closed cleanly (FIN).
    Closed,
    /// Reset (RST), or broken in another way that the operating system reports.
    Reset,
}

/// An action that a driver carries out for a machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Open a connection to the target, as [`ConnId::Dialled`].
    Open(ConnId),
    /// Send these bytes, in one piece if the connection has such boundaries.
    Write(ConnId, Bytes),
    /// Start (`true`) or stop (`false`) reading. Bytes that arrive while reading is stopped are
    /// delivered later.
    Reading(ConnId, bool),
    /// Send FIN after the bytes already written, and keep reading.
    HalfClose(ConnId),
    /// Send FIN after the bytes already written, and forget the connection.
    Close(ConnId),
    /// Send RST, and forget the connection.
    Reset(ConnId),
    /// Crash, as a process does: every connection ends, and no more are accepted.
    Die,
}
