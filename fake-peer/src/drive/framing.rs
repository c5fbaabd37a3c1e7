//! The transport of a connection, shared by the task that reads and the tasks that send.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use fake_peer_core::transport::{Frame, Transport, TransportError, Unread};
use fake_peer_core::wire::RawEnvelope;
use tokio::sync::mpsc::{UnboundedSender, WeakUnboundedSender};

use super::budget::Room;
use super::pump::Departure;

/// A shared transport. Its output is queued while it is locked, so that bytes are written in the
/// order in which they were made.
#[derive(Debug, Clone)]
pub(super) struct Framing(Arc<Mutex<Box<dyn Transport>>>);

impl Framing {
    pub(super) fn new(transport: Box<dyn Transport>) -> Self {
        Self(Arc::new(Mutex::new(transport)))
    }

    pub(super) fn is_ready(&self) -> bool {
        self.lock().is_ready()
    }

    pub(super) fn push(&self, bytes: &[u8]) {
        self.lock().push(bytes);
    }

    /// Returns the next frame, and queues the transport's answer to it.
    pub(super) fn next_frame(
        &self,
        queue: &WeakUnboundedSender<Departure>,
    ) -> Result<Option<Frame>, TransportError> {
        let mut transport = self.lock();
        let frame = transport.next_frame();
        flush(transport.as_mut(), || queue.upgrade());
        frame
    }

    /// Calls `look` with the received bytes that are in no frame.
    pub(super) fn unread<T>(&self, look: impl FnOnce(Unread<'_>) -> T) -> T {
        look(self.lock().unread())
    }

    /// Queues the bytes that the transport itself wants to send.
    pub(super) fn flush(&self, queue: &UnboundedSender<Departure>) {
        flush(self.lock().as_mut(), || Some(queue.clone()));
    }

    /// Queues the bytes of an envelope, and returns their number, or `None` if the transport is not
    /// ready or the task that writes has ended.
    pub(super) fn send(
        &self,
        envelope: &mut RawEnvelope,
        room: Room,
        queue: &UnboundedSender<Departure>,
    ) -> Option<usize> {
        let mut transport = self.lock();
        flush(transport.as_mut(), || Some(queue.clone()));
        let bytes = transport.encode(envelope)?;
        let size = bytes.len();
        let room = Some(room);
        queue.send(Departure { bytes, room }).ok()?;
        Some(size)
    }

    fn lock(&self) -> MutexGuard<'_, Box<dyn Transport>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn flush(
    transport: &mut dyn Transport,
    queue: impl FnOnce() -> Option<UnboundedSender<Departure>>,
) {
    let bytes = transport.take_pending();
    if !bytes.is_empty()
        && let Some(queue) = queue()
    {
        // The task that writes may have ended.
        let _ = queue.send(Departure { bytes, room: None });
    }
}
