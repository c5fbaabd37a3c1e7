//! Writing headers to a file that is whole or not there.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use fake_peer::Network;
use fake_peer_core::Header;
use fake_peer_fixtures::{compact, raw};
use tempfile::NamedTempFile;

use super::failure::Failure;

/// The form of a file of headers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// 80 bytes a header, one after the other
    Raw,
    /// Under 38 bytes a header, with a checksum
    Compact,
}

/// A file in the making. It takes its name only when it is complete and on the disk; dropped
/// before, it leaves nothing behind.
#[derive(Debug)]
pub(crate) struct SaveFile {
    path: PathBuf,
    format: Format,
    file: NamedTempFile,
}

impl SaveFile {
    /// Makes sure that the file can be written, before any work goes into what it will hold.
    pub(crate) fn create(path: &Path, format: Option<Format>) -> Result<Self, Failure> {
        let fail = |error: &dyn std::fmt::Display| {
            Failure::Input(format!("cannot save to {}: {error}", path.display()))
        };
        if path.is_dir() {
            return Err(fail(&"it is a folder"));
        }
        let folder = folder_of(path);
        folder.metadata().map_err(|error| fail(&error))?;
        // The error's own text names the temporary file, which means nothing to the user.
        let file = temporary(folder).map_err(|error| fail(&error.kind()))?;
        Ok(Self {
            path: path.to_owned(),
            format: format.unwrap_or_else(|| format_of(path)),
            file,
        })
    }

    /// Writes the headers, from block 0 on, and gives the file its name.
    pub(crate) fn finish(mut self, network: Network, headers: &[Header]) -> Result<(), Failure> {
        self.write(network, headers)
            .and_then(|()| self.rename())
            .map_err(Failure::Internal)
    }

    fn write(&mut self, network: Network, headers: &[Header]) -> io::Result<()> {
        let bytes = match self.format {
            Format::Raw => raw::encode(headers),
            Format::Compact => {
                compact::encode(Some(network), 0, headers).map_err(io::Error::other)?
            }
        };
        self.file.write_all(&bytes)?;
        self.file.as_file().sync_all()
    }

    fn rename(self) -> io::Result<()> {
        self.file.persist(&self.path)?;
        sync_folder(folder_of(&self.path))
    }
}

/// A nameless path would not be in the same file system, so that renaming could fail.
fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    }
}

fn format_of(path: &Path) -> Format {
    match path.extension() {
        Some(extension) if extension == "fpchain" => Format::Compact,
        _ => Format::Raw,
    }
}

/// A temporary file may be read by nobody else; the file that it becomes is like any other.
fn temporary(folder: &Path) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".fake-peer-").suffix(".part");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(fs::Permissions::from_mode(0o666)); // less the umask
    }
    builder.tempfile_in(folder)
}

/// Makes the new name last, too.
fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(unix) {
        File::open(folder)?.sync_all()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect()
    }

    #[test]
    fn a_file_has_its_name_only_when_it_is_complete() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("headers.bin");
        let headers = [Network::Regtest.genesis()];

        drop(SaveFile::create(&path, None).unwrap());
        assert!(names(folder.path()).is_empty());

        let file = SaveFile::create(&path, None).unwrap();
        assert!(!path.exists());
        file.finish(Network::Regtest, &headers).unwrap();
        assert_eq!(names(folder.path()), ["headers.bin"]);
        assert_eq!(fs::read(&path).unwrap(), raw::encode(&headers));
    }

    #[test]
    fn the_extension_tells_the_form_unless_told_otherwise() {
        assert_eq!(format_of(Path::new("a.fpchain")), Format::Compact);
        assert_eq!(format_of(Path::new("a/b.bin")), Format::Raw);
        assert_eq!(format_of(Path::new("b")), Format::Raw);
        assert_eq!(folder_of(Path::new("b")), Path::new("."));
    }
}
