//! A file on its way to the CSV reader, which takes the blank lines before a row for its beginning, and a row of any length into
//! memory.

use std::io::{self, Read};

/// So long may a row be: a name, an address and a description have some hundreds of bytes. What is longer was mostly begun by a
/// quote that nothing closes.
const LONGEST_ROW: u64 = 1 << 20;

/// The lines of a row in its file, from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Lines {
    pub(super) first: u64,
    pub(super) last: u64,
}

/// Where a row begins that is longer than any may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TooLong(pub(super) u64);

/// Said of it.
pub(super) const TOO_LONG: &str =
    "the row is longer than 1 MiB, so the file was read no further: is a quote not closed?";

/// Passes a file on, piece by piece, and follows its lines. A row that is too long is where it ends, with an error.
pub(super) struct Followed<F> {
    file: F,
    /// What was read last, and where it stands in the file.
    piece: Vec<u8>,
    begin: u64,
    /// So much of the piece was followed.
    followed: usize,
    line: u64,
    /// The byte before.
    before: u8,
    /// The first byte of a row that was not finished yet, and its line.
    row: Option<(u64, u64)>,
    too_long: Option<TooLong>,
}

impl<F> Followed<F> {
    pub(super) const fn new(file: F) -> Self {
        Self {
            file,
            piece: Vec::new(),
            begin: 0,
            followed: 0,
            line: 1,
            before: 0,
            row: None,
            too_long: None,
        }
    }

    /// Where the row stands that the reader has finished at this byte of the file.
    pub(super) fn finish(&mut self, position: u64) -> Result<Lines, TooLong> {
        self.follow(usize::try_from(position.saturating_sub(self.begin)).unwrap_or(usize::MAX));
        let (begin, first) = self.row.take().unwrap_or((position, self.line));
        if position.saturating_sub(begin) > LONGEST_ROW {
            return Err(TooLong(first));
        }
        let last = self.line - u64::from(is_line_end(self.before));
        let last = last.max(first);
        Ok(Lines { first, last })
    }

    /// What ended the file, if it was that.
    pub(super) const fn too_long(&self) -> Option<TooLong> {
        self.too_long
    }

    /// Follows the piece up to here. The ends of lines before a row do not belong to it, as for the CSV reader; one line ends
    /// with LF, CR or both.
    fn follow(&mut self, end: usize) {
        let end = end.min(self.piece.len());
        let mut at = self.followed.min(end);
        let bytes = &self.piece[at..end];
        if self.row.is_none() {
            let skipped = bytes.iter().position(|byte| !is_line_end(*byte));
            let skipped = skipped.unwrap_or(bytes.len());
            self.count(at, at + skipped);
            at += skipped;
            self.row = (at < end).then_some((self.begin + at as u64, self.line));
        }
        self.count(at, end);
        self.followed = end;
    }

    fn count(&mut self, from: usize, to: usize) {
        let (mut line, mut before) = (self.line, self.before);
        for byte in &self.piece[from..to] {
            let is_end = *byte == b'\r' || (*byte == b'\n' && before != b'\r');
            line += u64::from(is_end);
            before = *byte;
        }
        (self.line, self.before) = (line, before);
    }
}

const fn is_line_end(byte: u8) -> bool {
    matches!(byte, b'\r' | b'\n')
}

impl<F: Read> Read for Followed<F> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        // The CSV reader asks for more when it has used up what it got.
        self.follow(self.piece.len());
        let end = self.begin + self.piece.len() as u64;
        if let Some((_, line)) = self.row.filter(|(begin, _)| end - begin > LONGEST_ROW) {
            self.too_long = Some(TooLong(line));
            return Err(io::Error::other(TOO_LONG));
        }
        let read = self.file.read(buffer)?;
        self.begin = end;
        self.piece.clear();
        self.piece.extend_from_slice(&buffer[..read]);
        self.followed = 0;
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::{Followed, LONGEST_ROW, Lines, TooLong};

    /// The lines of each row, where the reader gets so many bytes at once.
    fn rows(text: &[u8], piece: usize) -> Result<Vec<(u64, u64)>, TooLong> {
        let mut reader = csv::ReaderBuilder::new()
            .flexible(true)
            .has_headers(false)
            .buffer_capacity(piece)
            .from_reader(Followed::new(text));
        let (mut record, mut rows) = (csv::ByteRecord::new(), Vec::new());
        loop {
            match reader.read_byte_record(&mut record) {
                Ok(false) => return Ok(rows),
                Ok(true) => {}
                Err(_) => return Err(reader.get_ref().too_long().unwrap()),
            }
            let position = reader.position().byte();
            let Lines { first, last } = reader.get_mut().finish(position)?;
            rows.push((first, last));
        }
    }

    #[test]
    fn a_row_stands_where_an_editor_shows_it() {
        for (text, expected) in [
            ("a,b\nc,d\n", vec![(1, 1), (2, 2)]),
            ("a,b\r\nc,d\r\n", vec![(1, 1), (2, 2)]),
            ("a,b\rc,d\re,f", vec![(1, 1), (2, 2), (3, 3)]),
            ("\u{feff}a,b\r\nc,d", vec![(1, 1), (2, 2)]),
            ("a,b\n\n\nc,d\n\ne,f\n\n", vec![(1, 1), (4, 4), (6, 6)]),
            ("\r\n\r\na,b\r\n\r\nc,d\r\n", vec![(3, 3), (5, 5)]),
            ("a,\"b\nb\"\nc,\"\r\nd\r\n\"\r\ne,f", vec![(1, 2), (3, 5), (6, 6)]),
            ("a,b\nc,\"d\n\ne,f\n", vec![(1, 1), (2, 4)]),
            ("", vec![]),
        ] {
            for piece in [1, 2, 5, 7, 4096] {
                assert_eq!(
                    rows(text.as_bytes(), piece),
                    Ok(expected.clone()),
                    "{text:?} by {piece}"
                );
            }
        }
    }

    #[test]
    fn a_row_that_is_too_long_is_the_last() {
        let longest = usize::try_from(LONGEST_ROW).unwrap();
        let fits = "x".repeat(longest - 1) + "\n";
        let blank = "\n".repeat(2 * longest);
        let text = format!("a\n{blank}{fits}b\n");
        let behind = 2 * LONGEST_ROW + 2;
        let expected = vec![(1, 1), (behind, behind), (behind + 1, behind + 1)];
        assert_eq!(rows(text.as_bytes(), 4096), Ok(expected));
        for piece in [4096, 1 << 22] {
            for end in ["\nb\n", "x\nb\n", "\r\nb\n", ""] {
                let text = format!("a\n\n{}{end}", "x".repeat(longest + 1));
                assert_eq!(rows(text.as_bytes(), piece), Err(TooLong(3)), "{end:?} by {piece}");
            }
        }
    }
}
