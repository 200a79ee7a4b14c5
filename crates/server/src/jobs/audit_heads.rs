//! Writes down where the audit chain ends, outside the database: whoever can write the tables could make a new chain,
//! but not one that fits heads which are kept elsewhere. The folder belongs on another machine or on storage that only
//! grows.

use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::Path;

use gatehouse_core::time::Timestamp;
use gatehouse_store::audit::{self, Head};

use super::JobError;
use crate::context::Context;

const FILE: &str = "audit-heads.jsonl";
const LONGEST_LINE: u64 = 1_024;

/// One line of the file.
#[derive(serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    at: String,
    seq: i64,
    hash: String,
}

pub(super) async fn run(ctx: &Context, folder: &Path) -> Result<(), JobError> {
    let head = ctx.db.read(async |tx| audit::head(tx).await).await?;
    let (now, folder) = (ctx.now(), folder.to_owned());
    let path = folder.join(FILE);
    let written = tokio::task::spawn_blocking(move || append(&folder, head, now)).await;
    written.unwrap_or_else(|error| Err(io::Error::other(error))).map_err(|error| JobError::File { path, error })
}

/// Every head in the folder's `.jsonl` files. A last line that a crash cut short is left out.
pub fn read(folder: &Path) -> Result<Vec<Head>, JobError> {
    let failed = |path: &Path, error: io::Error| JobError::File { path: path.to_owned(), error };
    let mut heads = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(|error| failed(folder, error))? {
        let path = entry.map_err(|error| failed(folder, error))?.path();
        if path.extension().is_none_or(|extension| extension != "jsonl") {
            continue;
        }
        let text = std::fs::read_to_string(&path).map_err(|error| failed(&path, error))?;
        for (number, line) in text.split_inclusive('\n').enumerate() {
            match head(line) {
                Some(head) => heads.push(head),
                None if !line.ends_with('\n') || line.trim().is_empty() => {}
                None => {
                    let error = io::Error::new(io::ErrorKind::InvalidData, format!("line {} is no head", number + 1));
                    return Err(failed(&path, error));
                }
            }
        }
    }
    Ok(heads)
}

fn append(folder: &Path, head: Head, now: Timestamp) -> io::Result<()> {
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    let mut file =
        std::fs::OpenOptions::new().read(true).append(true).create(true).mode(0o600).open(folder.join(FILE))?;
    let hash = head.hash.iter().map(|byte| format!("{byte:02x}")).collect();
    let line = serde_json::to_string(&Line { at: now.to_iso_millis(), seq: head.seq, hash })?;
    drop_cut_line(&mut file)?;
    file.write_all(format!("{line}\n").as_bytes())?;
    file.sync_all()
}

/// A line that a crash cut short was never a head, and would swallow the next one.
fn drop_cut_line(file: &mut std::fs::File) -> io::Result<()> {
    let length = file.metadata()?.len();
    let start = length.saturating_sub(LONGEST_LINE);
    file.seek(SeekFrom::Start(start))?;
    let mut tail = Vec::new();
    file.read_to_end(&mut tail)?;
    let whole = tail.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at as u64 + 1);
    if start + whole != length {
        file.set_len(start + whole)?;
    }
    Ok(())
}

fn head(line: &str) -> Option<Head> {
    let line: Line = serde_json::from_str(line).ok()?;
    let mut hash = [0; 32];
    if line.hash.len() != 64 || !line.hash.is_ascii() {
        return None;
    }
    for (at, byte) in hash.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&line.hash[at * 2..at * 2 + 2], 16).ok()?;
    }
    Some(Head { seq: line.seq, hash })
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    const ONE: Head = Head { seq: 1, hash: [0xab; 32] };
    const TWO: Head = Head { seq: 2, hash: [1; 32] };

    #[test]
    fn heads_come_back_also_after_a_cut_line() {
        let parent = tempfile::tempdir().unwrap();
        let folder = parent.path().join("heads");
        append(&folder, ONE, Timestamp::default()).unwrap();
        let path = folder.join(FILE);
        let mut text = std::fs::read_to_string(&path).unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        text.push_str("{\"at\":\"2026");
        std::fs::write(&path, text).unwrap();
        assert_eq!(read(&folder).unwrap(), [ONE]);
        append(&folder, TWO, Timestamp::default()).unwrap();
        assert_eq!(read(&folder).unwrap(), [ONE, TWO]);
        let damaged = std::fs::read_to_string(&path).unwrap().replace("\"seq\":1", "\"seq\":x");
        std::fs::write(&path, damaged).unwrap();
        let error = read(&folder).unwrap_err().to_string();
        assert!(error.contains("line 1 is no head"), "{error}");
    }

    #[test]
    fn files_of_several_nodes_are_read_together() {
        let folder = tempfile::tempdir().unwrap();
        append(folder.path(), ONE, Timestamp::default()).unwrap();
        std::fs::rename(folder.path().join(FILE), folder.path().join("other.jsonl")).unwrap();
        std::fs::write(folder.path().join("README.txt"), "not a head").unwrap();
        append(folder.path(), TWO, Timestamp::default()).unwrap();
        let mut heads = read(folder.path()).unwrap();
        heads.sort_by_key(|head| head.seq);
        assert_eq!(heads, [ONE, TWO]);
    }
}
