//! Writes every golden payload as a seed for the fuzz targets that read messages, and every case as
//! one for the target that plays scripts.
//!
//!     cargo run -p fake-peer-fuzz --example seeds

use std::error::Error;
use std::path::Path;
use std::{fs, io};

use fake_peer::check::Catalogue;
use fake_peer_fixtures::messages::messages;

fn main() -> Result<(), Box<dyn Error>> {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    for golden in messages() {
        let file = format!("{}-{}", golden.command, golden.name);
        let (command, payload) = (golden.command.to_bytes(), golden.payload);
        write(
            &corpus.join("message").join(&file),
            &[&command[..], &payload].concat(),
        )?;
        if let Ok(length) = u16::try_from(payload.len()) {
            let seed = [&command[..], &length.to_le_bytes(), &payload].concat();
            write(&corpus.join("envelope_assisted").join(&file), &seed)?;
        }
    }
    for case in Catalogue::embedded()?.cases() {
        let file = case.id().replace('/', "-");
        write(&corpus.join("script").join(file), case.text().as_bytes())?;
    }
    Ok(())
}

fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    fs::create_dir_all(path.parent().unwrap_or(path))?;
    fs::write(path, bytes)
}
