//! What every end of a conversation is: a state machine fed with bytes and times.
//!
//! The player of scripts and the model peer are [`Machine`]s. They own no socket and no clock, so
//! one driver serves both: one over sockets in the package that owns them, and [`memory`] between
//! two machines on virtual time.

#![forbid(unsafe_code)]

pub mod memory;

use std::time::Duration;

use fake_peer_core::wire::Bytes;

/// One end of any number of connections.
///
/// A driver hands in what happens, with the time since the machine was started, which never runs
/// backwards; then it takes the actions, in order, until there are none. It sends [`Input::Tick`]
/// at the deadline or soon after, and the machine answers with an action or a later deadline.
pub trait Machine {
    /// Takes what happened at `now`.
    fn handle(&mut self, input: Input<'_>, now: Duration);

    /// The next thing to be done.
    fn next_action(&mut self) -> Option<Action>;

    /// When [`Input::Tick`] is due, if nothing else happens before.
    fn deadline(&self) -> Option<Duration>;

    /// Whether there is nothing left to do: the driver takes the last actions and stops.
    fn is_over(&self) -> bool {
        false
    }
}

/// A connection, as one machine calls it. The two ends have names of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ConnId {
    /// The machine opened it, and chose the number.
    Dialled(u32),
    /// The other end opened it, and the driver chose the number.
    Accepted(u32),
}

/// What happens to a machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Input<'a> {
    /// A connection is there: one that was asked for, or one that came.
    Opened(ConnId),
    /// A connection that was asked for could not be made.
    Refused(ConnId),
    /// The next bytes of the stream: any number of them, cut anywhere.
    Bytes(ConnId, &'a [u8]),
    /// Nothing more will come from the other end. After a [`End::Reset`] nothing can be sent
    /// either.
    Ended(ConnId, End),
    /// Nothing happened but that time went on.
    Tick,
}

/// How the other end's direction of a connection ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum End {
    /// In order (FIN).
    Closed,
    /// By a reset (RST), or as the system tells of a broken connection.
    Reset,
}

/// What a machine wants done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Open a connection to the target, as [`ConnId::Dialled`].
    Open(ConnId),
    /// Send these bytes, in one piece as far as the transport has pieces.
    Write(ConnId, Bytes),
    /// Read, or leave what comes where it is.
    Reading(ConnId, bool),
    /// Send FIN behind what was written, and read on.
    HalfClose(ConnId),
    /// Send FIN behind what was written, and forget the connection.
    Close(ConnId),
    /// Send RST, and forget the connection.
    Reset(ConnId),
    /// Die, as a process that crashes: every connection ends, and no more are accepted.
    Die,
}
