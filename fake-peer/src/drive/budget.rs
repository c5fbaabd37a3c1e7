//! How many bytes a queue may hold.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Room for bytes, shared by those who fill a queue and those who empty it.
#[derive(Debug, Clone)]
pub(super) struct Budget {
    free: Arc<Semaphore>,
    capacity: u32,
}

/// Room that is taken, until this is dropped.
pub(super) type Room = OwnedSemaphorePermit;

/// What an item takes in a queue beside its own bytes, so that empty messages are not free.
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

    /// Waits for room. What is larger than the whole budget gets all of it, alone.
    ///
    /// `None` cannot be, since nobody closes the semaphore; the caller treats it as the end.
    pub(super) async fn take(&self, bytes: usize) -> Option<Room> {
        let wanted = u32::try_from(bytes.saturating_add(OVERHEAD)).unwrap_or(u32::MAX);
        let free = Arc::clone(&self.free);
        free.acquire_many_owned(wanted.min(self.capacity))
            .await
            .ok()
    }
}
