//! Connecting to the target.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};

/// The pause before a retry, if the system lacks a resource that it will have again.
const PAUSE: Duration = Duration::from_millis(20);

/// `ENFILE` and `EMFILE` of Unix, `WSAEMFILE` of Windows: no more file descriptors.
const TOO_MANY_FILES: [i32; 3] = [23, 24, 10_024];

/// Connects within the limit, or returns the error.
pub(super) async fn connect(target: SocketAddr, limit: Duration) -> io::Result<TcpStream> {
    timeout(limit, persist(target)).await?
}

async fn persist(target: SocketAddr) -> io::Result<TcpStream> {
    loop {
        match TcpStream::connect(target).await {
            Err(error) if passes(&error) => {
                tracing::debug!(%target, "connecting again: {error}");
                sleep(PAUSE).await;
            }
            // The local port is the target's: the connection is to itself, and nobody listens.
            Ok(stream) if stream.local_addr()? == stream.peer_addr()? => {
                return Err(io::ErrorKind::ConnectionRefused.into());
            }
            result => return result,
        }
    }
}

/// Returns whether the system lacks a local port (all are in `TIME_WAIT`) or a file descriptor.
fn passes(error: &io::Error) -> bool {
    let code = error.raw_os_error();
    error.kind() == io::ErrorKind::AddrNotAvailable
        || code.is_some_and(|code| TOO_MANY_FILES.contains(&code))
}
