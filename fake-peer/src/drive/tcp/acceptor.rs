//! The task that takes what comes.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio::time::sleep;

use super::wire::Event;

/// A connection that came, and its place among those that may be open.
pub(super) struct Arrival {
    pub(super) stream: TcpStream,
    pub(super) place: OwnedSemaphorePermit,
}

/// Accepts until nobody wants to know. One connection more than `max` is closed at once.
pub(super) async fn accept(listener: Arc<TcpListener>, max: usize, events: mpsc::Sender<Event>) {
    let places = Arc::new(Semaphore::new(max.min(Semaphore::MAX_PERMITS)));
    loop {
        let (stream, from) = match listener.accept().await {
            Ok(accepted) => accepted,
            Err(error) => {
                pause_after(&error).await;
                continue;
            }
        };
        let Ok(place) = Arc::clone(&places).try_acquire_owned() else {
            tracing::warn!(%from, limit = max, "refused: too many connections");
            continue;
        };
        tracing::info!(%from, "connected");
        let arrival = Arrival { stream, place };
        if events.send(Event::accepted(arrival)).await.is_err() {
            return;
        }
    }
}

/// Running out of file descriptors, say, passes; until it does, accepting would fail at once again.
async fn pause_after(error: &io::Error) {
    tracing::warn!("cannot accept a connection: {error}");
    sleep(Duration::from_millis(100)).await;
}
