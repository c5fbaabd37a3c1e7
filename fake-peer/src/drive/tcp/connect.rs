//! One connection to the target.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};

/// Until it is tried again, where the system lacks something that others give back.
const PAUSE: Duration = Duration::from_millis(20);

/// `ENFILE` and `EMFILE` of Unix, `WSAEMFILE` of Windows: no more file descriptors.
const TOO_MANY_FILES: [i32; 3] = [23, 24, 10_024];

/// Connects, or tells why it cannot be done by then.
pub(super) async fn connect(target: SocketAddr, limit: Duration) -> io::Result<TcpStream> {
    timeout(limit, persist(target)).await?
}

async fn persist(target: SocketAddr) -> io::Result<TcpStream> {
    loop {
        match TcpStream::connect(target).await {
            Err(error) if passes(&error) => {
                tracing::debug!(%target, "tries again to connect: {error}");
                sleep(PAUSE).await;
            }
            // A free local port that is also the target's: nobody listens there but ourselves.
            Ok(stream) if stream.local_addr()? == stream.peer_addr()? => {
                return Err(io::ErrorKind::ConnectionRefused.into());
            }
            result => return result,
        }
    }
}

/// Whether it is for lack of a local port (all wait in `TIME_WAIT`) or of a file descriptor.
fn passes(error: &io::Error) -> bool {
    let code = error.raw_os_error();
    error.kind() == io::ErrorKind::AddrNotAvailable
        || code.is_some_and(|code| TOO_MANY_FILES.contains(&code))
}
