//! Writing a file that is whole or not there.

use std::fs::{File, Permissions};
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

/// A file of headers in the making.
#[derive(Debug)]
pub(crate) struct SaveHeaders {
    format: Format,
    file: SaveFile,
}

impl SaveHeaders {
    /// As [`SaveFile::create`].
    pub(crate) fn create(path: &Path, format: Option<Format>) -> Result<Self, Failure> {
        Ok(Self {
            format: format.unwrap_or_else(|| format_of(path)),
            file: SaveFile::create(path)?,
        })
    }

    /// Writes the headers, from block 0 on, and gives the file its name.
    pub(crate) fn finish(self, network: Network, headers: &[Header]) -> Result<(), Failure> {
        let bytes = match self.format {
            Format::Raw => raw::encode(headers),
            Format::Compact => compact::encode(Some(network.magic), 0, headers)
                .map_err(|error| Failure::Internal(io::Error::other(error)))?,
        };
        self.file.finish(&bytes)
    }
}

/// A file in the making. It takes its name only when it is complete and on the disk; dropped
/// before, it leaves nothing behind.
#[derive(Debug)]
pub(crate) struct SaveFile {
    /// No symbolic link, or it would be replaced instead of what it leads to.
    target: PathBuf,
    file: NamedTempFile,
}

impl SaveFile {
    /// Makes sure that the file can be written, before any work goes into what it will hold.
    pub(crate) fn create(path: &Path) -> Result<Self, Failure> {
        let fail = |error: &dyn std::fmt::Display| {
            Failure::Input(format!("cannot save to {}: {error}", path.display()))
        };
        let existing = existing(path).map_err(|error| fail(&error))?;
        let (target, permissions) = existing.unzip();
        let target = target.unwrap_or_else(|| path.to_owned());
        let folder = folder_of(&target);
        folder.metadata().map_err(|error| fail(&error))?;
        // The error's own text names the temporary file, which means nothing to the user.
        let file = temporary(folder, permissions).map_err(|error| fail(&error.kind()))?;
        Ok(Self { target, file })
    }

    /// Writes all that it holds, and gives the file its name.
    pub(crate) fn finish(mut self, bytes: &[u8]) -> Result<(), Failure> {
        self.write(bytes)
            .and_then(|()| self.rename())
            .map_err(Failure::Internal)
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.write_all(bytes)?;
        self.file.as_file().sync_all()
    }

    fn rename(self) -> io::Result<()> {
        self.file.persist(&self.target)?;
        sync_folder(folder_of(&self.target))
    }
}

/// Why what has the name already must stay.
#[derive(Debug, thiserror::Error)]
enum NotReplaceable {
    #[error("it is a folder")]
    Folder,
    #[error("it is no regular file")]
    NotRegular,
    #[error("it is a symbolic link that leads nowhere")]
    Dangling,
    #[error("it is read-only")]
    ReadOnly,
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// The file that has the name already, if there is one, and its permissions.
fn existing(path: &Path) -> Result<Option<(PathBuf, Permissions)>, NotReplaceable> {
    let found = match path.metadata() {
        Ok(found) => found,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return if path.is_symlink() {
                Err(NotReplaceable::Dangling)
            } else {
                Ok(None)
            };
        }
        Err(error) => return Err(error.into()),
    };
    if found.is_dir() {
        return Err(NotReplaceable::Folder);
    }
    if !found.is_file() {
        return Err(NotReplaceable::NotRegular);
    }
    // Renaming would pass over the write protection, which asks for the folder's alone.
    if found.permissions().readonly() {
        return Err(NotReplaceable::ReadOnly);
    }
    Ok(Some((path.canonicalize()?, found.permissions())))
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

/// A temporary file may be read by nobody else; the file that it becomes is like any other, or
/// like the one that it replaces.
fn temporary(folder: &Path, permissions: Option<Permissions>) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".fake-peer-").suffix(".part");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(Permissions::from_mode(0o666)); // less the umask
    }
    let file = builder.tempfile_in(folder)?;
    if let Some(permissions) = permissions {
        file.as_file().set_permissions(permissions)?;
    }
    Ok(file)
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
    use std::fs;

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
        let headers = [Network::REGTEST.params.genesis];

        drop(SaveHeaders::create(&path, None).unwrap());
        assert!(names(folder.path()).is_empty());

        let file = SaveHeaders::create(&path, None).unwrap();
        assert!(!path.exists());
        file.finish(Network::REGTEST, &headers).unwrap();
        assert_eq!(names(folder.path()), ["headers.bin"]);
        assert_eq!(fs::read(&path).unwrap(), raw::encode(&headers));
    }

    #[cfg(unix)]
    #[test]
    fn a_link_is_followed_and_the_old_permissions_stay() {
        use std::os::unix::fs::{PermissionsExt, symlink};
        let folder = tempfile::tempdir().unwrap();
        let [path, link] = ["headers.bin", "link"].map(|name| folder.path().join(name));
        fs::write(&path, "old").unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o602)).unwrap();
        symlink("headers.bin", &link).unwrap();

        let headers = [Network::REGTEST.params.genesis];
        let file = SaveHeaders::create(&link, None).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"old");
        file.finish(Network::REGTEST, &headers).unwrap();

        assert!(link.is_symlink());
        assert_eq!(fs::read(&path).unwrap(), raw::encode(&headers));
        let mode = path.metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o602);
        assert_eq!(names(folder.path()).len(), 2);
    }

    #[test]
    fn the_extension_tells_the_form_unless_told_otherwise() {
        assert_eq!(format_of(Path::new("a.fpchain")), Format::Compact);
        assert_eq!(format_of(Path::new("a/b.bin")), Format::Raw);
        assert_eq!(format_of(Path::new("b")), Format::Raw);
        assert_eq!(folder_of(Path::new("b")), Path::new("."));
    }
}
