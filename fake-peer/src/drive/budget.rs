//! Limits on the bytes in a queue.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The room in a queue in bytes, shared by its senders and receivers.
#[derive(Debug, Clone)]
pub(super) struct Budget {
    free: Arc<Semaphore>,
    capacity: u32,
}

/// Room that is reserved until this is dropped.
pub(super) type Room = OwnedSemaphorePermit;

/// The bytes that an item takes in addition to its contents, so that empty messages count.
const OVERHEAD: usize = 128;

impl Budget {
    pub(super) fn new(bytes: usize) -> Self {
        let capacity = u32::try_from(bytes.max(1)).unwrap_or(u32::MAX);
        let permits = (capacity as usize).min(Semaphore::MAX_PERMITS);
        Self {
            free: Arc::new(Semaphore::new(permits)),
            capacity,
        }
    }

    /// Waits for room. An item that is larger than the budget waits for all of it.
    ///
    /// Never returns `None`, since the semaphore is never closed. Callers treat it as the end of the
    /// connection.
    pub(super) async fn take(&self, bytes: usize) -> Option<Room> {
        let wanted = u32::try_from(bytes.saturating_add(OVERHEAD)).unwrap_or(u32::MAX);
        let free = Arc::clone(&self.free);
        free.acquire_many_owned(wanted.min(self.capacity))
            .await
            .ok()
    }
}
