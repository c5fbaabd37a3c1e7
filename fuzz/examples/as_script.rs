//! Prints the script that the target `script` plays for a file that it found.
//!
//!     cargo run -p fake-peer-fuzz --example as_script FINDING > finding.kdl

use std::error::Error;
use std::{env, fs};

use fake_peer::script::text::print;

fn main() -> Result<(), Box<dyn Error>> {
    let file = env::args_os().nth(1).ok_or("which file?")?;
    let script = fake_peer_fuzz::script_of(&fs::read(file)?);
    print!("{}", print(&script.ok_or("these bytes make no script")?));
    Ok(())
}
