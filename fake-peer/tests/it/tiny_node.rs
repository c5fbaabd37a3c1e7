//! A node of a few lines that does what tests need, in a process of its own. Each behaviour is
//! triggered by a message.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::thread;

use fake_peer::Network;
use fake_peer::core::Message;
use fake_peer::core::message::{Pong, Verack, Version};

/// The command line for `--spawn`.
pub(crate) fn command() -> String {
    let program = std::env::current_exe().unwrap();
    let program = program.display();
    format!("'{program}' --ignored --exact tiny_node::serve {{p2p}}")
}

/// Not a test: the node itself, which listens on the port that is the last argument.
#[test]
#[ignore = "a node for other tests, which start it"]
fn serve() {
    let Some(Ok(port)) = std::env::args().next_back().map(|port| port.parse::<u16>()) else {
        return;
    };
    let listener = TcpListener::bind(("127.0.0.1", port)).unwrap();
    for stream in listener.incoming() {
        thread::spawn(move || converse(stream.unwrap()));
    }
}

fn converse(mut stream: TcpStream) -> Option<()> {
    let (mut greeted, mut mute, mut crashes) = (false, false, false);
    loop {
        let (command, payload) = read(&mut stream)?;
        match &*command {
            "version" => {
                say(&mut stream, Version::default());
                say(&mut stream, Verack {});
                greeted = true;
            }
            _ if mute => {}
            // As btcd does.
            _ if !greeted => return close(stream),
            "ping" if crashes => crash(),
            "ping" => {
                let nonce = payload.try_into().map_or(0, u64::from_le_bytes);
                say(&mut stream, Pong { nonce });
            }
            "getaddr" => return close(stream),
            "mempool" => return reset(&stream),
            "filterclear" | "getcfheaders" => mute = true,
            "sendheaders" => crashes = true,
            // One address: its count, time, services, and the network, which is 5 for I2P (BIP155).
            "addrv2" if payload.get(6) == Some(&5) => return close(stream),
            _ => {}
        }
    }
}

pub(crate) fn read(stream: &mut TcpStream) -> Option<(String, Vec<u8>)> {
    let mut header = [0; 24];
    stream.read_exact(&mut header).ok()?;
    let command = String::from_utf8_lossy(&header[4..16]);
    let command = command.trim_end_matches('\0').to_owned();
    let length = u32::from_le_bytes(header[16..20].try_into().unwrap());
    let mut payload = vec![0; usize::try_from(length).unwrap()];
    stream.read_exact(&mut payload).ok()?;
    Some((command, payload))
}

pub(crate) fn say(stream: &mut TcpStream, message: impl Into<Message>) {
    let envelope = message.into().to_envelope();
    // The other end may have closed the connection.
    let _ = stream.write_all(&envelope.to_bytes(Network::REGTEST.magic));
}

/// Ends the connection with FIN, even if more bytes arrive.
fn close(mut stream: TcpStream) -> Option<()> {
    stream.shutdown(Shutdown::Write).ok()?;
    stream.read_to_end(&mut Vec::new()).ok().map(drop)
}

/// Ends the connection with RST, as a system does for bytes that a program has not read.
fn reset(stream: &TcpStream) -> Option<()> {
    stream.peek(&mut [0]).ok().map(drop)
}

/// Panics as a Rust program does. What is printed here is not captured by the test harness.
fn crash() -> ! {
    let _ = writeln!(std::io::stderr(), "tiny node: no headers to send");
    std::process::exit(101)
}
