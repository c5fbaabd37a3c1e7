//! The task that accepts connections.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio::time::sleep;

use super::wire::Event;

/// An accepted connection, and its place among those that may be open.
pub(super) struct Arrival {
    pub(super) stream: TcpStream,
    pub(super) place: OwnedSemaphorePermit,
}

/// Accepts connections until the machine's task has ended. Those beyond `max` are closed at once.
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

/// Pauses after an error that may pass, such as running out of file descriptors.
async fn pause_after(error: &io::Error) {
    tracing::warn!("cannot accept a connection: {error}");
    sleep(Duration::from_millis(100)).await;
}
