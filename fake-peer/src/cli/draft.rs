//! Files that are written while their contents still grow.

use std::io;
use std::path::Path;
use std::thread;

use super::failure::Failure;
use super::save::SaveFile;

/// A file whose contents are written several times before they are complete. It takes its name when
/// they are, or if fake-peer panics after the first draft. If it is dropped before, it leaves nothing
/// behind; if the process is killed, the last draft is left under a temporary name.
#[derive(Debug)]
pub(crate) struct DraftFile {
    /// The file, until it has taken its name.
    file: Option<SaveFile>,
    has_text: bool,
}

impl DraftFile {
    /// As [`SaveFile::create`].
    pub(crate) fn create(path: &Path) -> Result<Self, Failure> {
        let file = Some(SaveFile::create(path)?);
        let has_text = false;
        Ok(Self { file, has_text })
    }

    /// Replaces the contents, without giving the file its name.
    pub(crate) fn draft(&mut self, bytes: &[u8]) -> io::Result<()> {
        if let Some(file) = &mut self.file {
            file.replace(bytes)?;
            self.has_text = true;
        }
        Ok(())
    }

    /// Replaces the contents, and gives the file its name.
    pub(crate) fn finish(mut self, bytes: &[u8]) -> io::Result<()> {
        match self.file.take() {
            Some(mut file) => file.replace(bytes).and_then(|()| file.rename()),
            None => Ok(()),
        }
    }
}

impl Drop for DraftFile {
    fn drop(&mut self) {
        if thread::panicking()
            && self.has_text
            && let Some(file) = self.file.take()
        {
            // A second panic would abort the process.
            let _ = file.rename();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::panic::{AssertUnwindSafe, catch_unwind};

    use super::*;

    fn count(folder: &Path) -> usize {
        fs::read_dir(folder).unwrap().count()
    }

    #[test]
    fn a_draft_has_no_name_until_it_is_complete() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("report.json");
        fs::write(&path, "of the last run").unwrap();
        let mut file = DraftFile::create(&path).unwrap();
        file.draft(b"a long draft").unwrap();
        file.draft(b"a draft").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"of the last run");
        let draft = fs::read_dir(folder.path()).unwrap();
        let mut draft = draft.map(|entry| entry.unwrap().path());
        let draft = draft.find(|found| *found != path).unwrap();
        assert_eq!(fs::read(&draft).unwrap(), b"a draft");
        let name = draft.file_name().unwrap().to_string_lossy().into_owned();
        assert!(name.starts_with(".report.json-"), "{name}");
        file.finish(b"all").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"all");
        assert_eq!(count(folder.path()), 1);
        // Without an end, the last report stays.
        DraftFile::create(&path).unwrap().draft(b"more").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"all");
        assert_eq!(count(folder.path()), 1);
    }

    #[test]
    fn a_panic_keeps_the_last_draft() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("report.json");
        let panics = |has_text| {
            let mut file = DraftFile::create(&path).unwrap();
            if has_text {
                file.draft(b"so far").unwrap();
            }
            panic!("a test");
        };
        for (has_text, found) in [(false, None), (true, Some(b"so far".to_vec()))] {
            assert!(catch_unwind(AssertUnwindSafe(|| panics(has_text))).is_err());
            assert_eq!(fs::read(&path).ok(), found);
            assert_eq!(count(folder.path()), usize::from(has_text));
        }
    }
}
