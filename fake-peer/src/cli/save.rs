//! Files that take their names only when they are complete.

use std::fs::{File, Permissions};
use std::io::{self, Seek, Write};
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
    /// 80 bytes per header, one after the other
    Raw,
    /// Less than 38 bytes per header, with a checksum
    Compact,
}

/// A file of headers that is being written.
#[derive(Debug)]
pub(crate) struct SaveHeaders {
    format: Format,
    file: SaveFile,
}

impl SaveHeaders {
    /// Like [`SaveFile::create`], in `format` or in the format that the path's extension implies.
    pub(crate) fn create(path: &Path, format: Option<Format>) -> Result<Self, Failure> {
        Ok(Self {
            format: format.unwrap_or_else(|| format_of(path)),
            file: SaveFile::create(path)?,
        })
    }

    /// Writes the headers, which start at block 0, and gives the file its name.
    pub(crate) fn finish(self, network: Network, headers: &[Header]) -> Result<(), Failure> {
        let bytes = match self.format {
            Format::Raw => raw::encode(headers),
            Format::Compact => compact::encode(Some(network.magic), 0, headers)
                .map_err(|error| Failure::Internal(io::Error::other(error)))?,
        };
        self.file.finish(&bytes)
    }
}

/// A file that is being written. It takes its name only when it is complete and on disk; if it is
/// dropped before, it leaves nothing behind.
#[derive(Debug)]
pub(crate) struct SaveFile {
    /// The final path. Symbolic links are resolved, since a rename would replace the link itself.
    target: PathBuf,
    file: NamedTempFile,
}

impl SaveFile {
    /// Makes sure that the file can be written, before any work goes into its contents.
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
        let file = temporary(&target, permissions).map_err(|error| fail(&error.kind()))?;
        Ok(Self { target, file })
    }

    /// Writes the contents and gives the file its name.
    pub(crate) fn finish(mut self, bytes: &[u8]) -> Result<(), Failure> {
        self.replace(bytes)
            .and_then(|()| self.rename())
            .map_err(Failure::Internal)
    }

    /// Replaces the contents.
    pub(super) fn replace(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.rewind()?;
        self.file.as_file().set_len(0)?;
        self.file.write_all(bytes)
    }

    /// Gives the file its name.
    pub(super) fn rename(self) -> io::Result<()> {
        self.file.as_file().sync_all()?;
        self.file.persist(&self.target)?;
        sync_folder(folder_of(&self.target))
    }
}

/// Why an existing file cannot be replaced.
#[derive(Debug, thiserror::Error)]
enum NotReplaceable {
    #[error("it is a folder")]
    Folder,
    #[error("it is not a regular file")]
    NotRegular,
    #[error("it is a dangling symbolic link")]
    Dangling,
    #[error("it is read-only")]
    ReadOnly,
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// Returns the path and the permissions of the existing file, if there is one.
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
    // A rename needs write permission for the folder only, and would replace a read-only file.
    if found.permissions().readonly() {
        return Err(NotReplaceable::ReadOnly);
    }
    Ok(Some((path.canonicalize()?, found.permissions())))
}

/// Returns the folder of a path. The temporary file has to be in the same file system to be renamed.
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

/// Creates the temporary file beside the file that it will replace. It gets the permissions of that
/// file, or the usual ones for a new file instead of the private ones of temporary files.
fn temporary(target: &Path, permissions: Option<Permissions>) -> io::Result<NamedTempFile> {
    let name = target.file_name().unwrap_or_default().to_string_lossy();
    let prefix = format!(".{name}-");
    let mut builder = tempfile::Builder::new();
    builder.prefix(&prefix).suffix(".part");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(Permissions::from_mode(0o666)); // less the umask
    }
    let file = builder.tempfile_in(folder_of(target))?;
    if let Some(permissions) = permissions {
        file.as_file().set_permissions(permissions)?;
    }
    Ok(file)
}

/// Writes a folder's entries to disk, so that a new name survives a crash.
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
    fn the_extension_selects_the_format() {
        assert_eq!(format_of(Path::new("a.fpchain")), Format::Compact);
        assert_eq!(format_of(Path::new("a/b.bin")), Format::Raw);
        assert_eq!(format_of(Path::new("b")), Format::Raw);
        assert_eq!(folder_of(Path::new("b")), Path::new("."));
    }
}
