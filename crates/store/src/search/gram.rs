//! What an index of searches knows texts by: three letters in a row. A word of one or two letters is how some of these begin.
//! A sign and some letters are how an address or a name begins.

use domain::text::fold;

use super::span::{self, Span};
use crate::sql::words_of;

/// Up to three letters in a row; behind the last of fewer stands what no text has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Gram([char; 3]);

const NONE: char = '\0';

/// Before the address, and before what tells how the name begins, as the migrations have it.
pub(crate) const ADDRESS: char = '\u{2}';
pub(crate) const NAME: char = '\u{1}';
/// Before the third and the fourth letter of a name, in what rows are drawn for, and of an address, in the index.
const REST_OF_NAME: char = '\u{3}';
const REST_OF_ADDRESS: char = '\u{4}';

impl Gram {
    /// Of three letters.
    pub(super) fn of_term(term: &str) -> Self {
        of_letters(&term.chars().collect::<Vec<_>>())
    }

    /// How texts begin behind a sign, in two letters.
    pub(super) fn of_beginning(sign: char, text: &str) -> Self {
        let mut letters = text.chars().chain("  ".chars());
        Self([sign, letters.next().unwrap_or(' '), letters.next().unwrap_or(' ')])
    }

    /// The last of its sign in order.
    pub(super) fn last_beginning(sign: char) -> Self {
        Self([sign, char::MAX, char::MAX])
    }

    /// Where texts stand in order that begin so. Behind one of a single letter stands a blank as well.
    pub(super) fn from(self) -> String {
        String::from_iter(&self.0[1..]).trim_end_matches(' ').to_owned()
    }

    /// Behind all that begin so.
    pub(super) fn to(self) -> String {
        behind(&String::from_iter(&self.0[1..]))
    }

    pub(super) fn is_short(self) -> bool {
        self.0[2] == NONE
    }

    pub(super) fn text(self) -> String {
        self.0.iter().filter(|letter| **letter != NONE).collect()
    }

    /// Behind all that begin with it.
    pub(super) fn last_text(self) -> String {
        behind(&self.text())
    }
}

/// Behind all texts that begin so.
fn behind(text: &str) -> String {
    format!("{text}{}", char::MAX)
}

/// How addresses or names begin, in two letters or in four: those that do stand together in their order, and the index can
/// leave them out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Beginning {
    sign: char,
    letters: [char; 4],
}

impl Beginning {
    /// Of a text as the index knows it.
    pub(super) fn of_text(text: &str, sign: char) -> Option<Self> {
        let (_, behind_sign) = text.rsplit_once(sign)?;
        let mut rest = behind_sign.chars().filter(|letter| *letter != REST_OF_NAME);
        let letters = [rest.next()?, rest.next()?, rest.next()?, rest.next()?];
        (letters[0] != ' ').then_some(Self { sign, letters })
    }

    /// Its first two letters.
    pub(super) fn first_two(self) -> Self {
        let [first, second, ..] = self.letters;
        Self {
            letters: [first, second, NONE, NONE],
            ..self
        }
    }

    /// Itself and what is told of it elsewhere, some more than once.
    pub(super) fn shorter(self) -> [Self; 3] {
        [self, self.first_two(), self.numbered()]
    }

    /// The same, as the index has it.
    pub(super) fn gram(self) -> Gram {
        Gram([self.sign, self.letters[0], self.letters[1]])
    }

    /// Whether a text as the index knows it begins so.
    pub(super) fn is_of(self, text: &str) -> bool {
        let beginning = Self::of_text(text, self.sign);
        beginning.is_some_and(|beginning| beginning.shorter().contains(&self))
    }

    /// As much of it as the numbers tell by which FTS5 knows rows.
    pub(super) fn numbered(mut self) -> Self {
        let mut bytes = 0;
        for letter in &mut self.letters {
            bytes += letter.len_utf8();
            if bytes > span::BYTES {
                *letter = NONE;
            }
        }
        self
    }

    /// Whether it goes on behind another.
    pub(super) fn is_longer_than(self, other: Self) -> bool {
        self != other && self.text().starts_with(&other.text())
    }

    /// The place of those who begin so among these numbers.
    pub(super) fn place(self) -> i64 {
        span::place(&self.text())
    }

    /// Where they begin. Behind a name of fewer letters stand blanks as well.
    pub(super) fn from(self) -> String {
        self.text().trim_end_matches(' ').to_owned()
    }

    /// Behind all of them.
    pub(super) fn to(self) -> String {
        behind(&self.text())
    }

    fn text(self) -> String {
        self.letters.into_iter().filter(|letter| *letter != NONE).collect()
    }

    fn of_fts5(self) -> Vec<Gram> {
        let [_, _, third, fourth] = self.letters;
        let mut grams = vec![self.gram()];
        grams.extend((third != NONE).then_some(Gram([REST_OF_ADDRESS, third, fourth])));
        grams
    }

    fn of_postgres(self) -> String {
        format!("{}{}", self.sign, self.text())
    }
}

/// Which rows the index is asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Hits {
    /// They have all of these, of which on SQLite a short one is alone.
    pub(super) having: Vec<Gram>,
    /// They have one of each of these.
    pub(super) any: Vec<Vec<Gram>>,
    /// They begin in one of these ways, if there is any.
    pub(super) near: Vec<Gram>,
    /// They begin in none of these.
    pub(super) apart: Vec<Beginning>,
    /// FTS5 knows them by these numbers. Where there are any, they tell what is near and what apart.
    pub(super) span: Option<Span>,
}

impl Hits {
    /// All that have all of them.
    pub(super) fn of(having: Vec<Gram>) -> Self {
        Self {
            having,
            ..Self::default()
        }
    }

    /// Without what numbers tell. None of the grams is short.
    pub(super) fn for_fts5(&self) -> String {
        let one = |of: &Vec<Gram>| format!("({})", joined(of, " OR ", fts5_of));
        let mut all: Vec<String> = self.having.iter().map(fts5_of).collect();
        all.extend(self.any.iter().map(one));
        all.extend((!self.near.is_empty()).then(|| one(&self.near)));
        let all = all.join(" AND ");
        let both = |beginning: &Beginning| format!("({})", joined(&beginning.of_fts5(), " AND ", fts5_of));
        match self.apart.is_empty() || self.span.is_some() {
            true => all,
            false => format!("({all}) NOT ({})", joined(&self.apart, " OR ", both)),
        }
    }

    pub(super) fn for_postgres(&self) -> String {
        let lexeme = |gram: &Gram| quoted(&gram.text()) + if gram.is_short() { ":*" } else { "" };
        let mut all = joined(&self.having, " & ", lexeme);
        if !self.near.is_empty() {
            all += &format!(" & ({})", joined(&self.near, " | ", lexeme));
        }
        for beginning in &self.apart {
            all += &format!(" & !{}", quoted(&beginning.of_postgres()));
        }
        all
    }
}

fn joined<T>(all: &[T], between: &str, text: impl Fn(&T) -> String) -> String {
    all.iter().map(text).collect::<Vec<_>>().join(between)
}

fn fts5_of(gram: &Gram) -> String {
    format!("\"{}\"", gram.text().replace('"', "\"\""))
}

/// A lexeme of a `tsquery`.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\\', "\\\\").replace('\'', "''"))
}

/// All of a text, also the short ones, some more than once.
pub(super) fn of_text(text: &str) -> Vec<Gram> {
    let letters: Vec<char> = text.chars().collect();
    let lengths = 1..=letters.len().min(3);
    lengths
        .flat_map(|length| letters.windows(length).map(of_letters))
        .collect()
}

/// What all rows have that have the words of a search: of each word the grams of three letters, or itself if it has fewer.
/// Each once.
pub(super) fn of_words(search: &str) -> Vec<Gram> {
    let mut grams = Vec::new();
    for word in words_of(&fold(search)) {
        let letters: Vec<char> = word.chars().collect();
        for gram in letters.windows(letters.len().min(3)).map(of_letters) {
            if !grams.contains(&gram) {
                grams.push(gram);
            }
        }
    }
    grams
}

/// Three of them at most.
fn of_letters(letters: &[char]) -> Gram {
    let mut gram = Gram([NONE; 3]);
    gram.0
        .iter_mut()
        .zip(letters)
        .for_each(|(place, letter)| *place = *letter);
    gram
}

#[cfg(test)]
mod tests {
    use super::{ADDRESS, Beginning, Gram, Hits, NAME, of_text, of_words};

    fn texts(grams: &[Gram]) -> String {
        let texts: Vec<String> = grams.iter().map(|gram| gram.text()).collect();
        texts.join("|")
    }

    #[test]
    fn a_search_is_all_that_its_words_are_made_of() {
        assert_eq!(texts(&of_words("Anna a@b")), "ann|nna|a@b");
        assert_eq!(texts(&of_words("annanna")), "ann|nna|nan");
        assert_eq!(texts(&of_words("an ö x an")), "an|o|x");
        assert_eq!(texts(&of_words("  ")), "");
    }

    #[test]
    fn a_text_has_shorter_ones_too() {
        assert_eq!(texts(&of_text("abca")), "a|b|c|a|ab|bc|ca|abc|bca");
        assert_eq!(texts(&of_text("a")), "a");
        assert!(of_text("").is_empty());
    }

    #[test]
    fn what_an_index_is_asked_is_quoted() {
        let of = |search| Hits::of(of_words(search));
        assert_eq!(of("say\"x").for_fts5(), r#""say" AND "ay""" AND "y""x""#);
        assert_eq!(of(r"o'b\ é").for_postgres(), r"'o''b' & '''b\\' & 'e':*");
        let hits = Hits {
            near: vec![Gram::of_beginning(ADDRESS, "ann"), Gram::of_beginning(ADDRESS, "b'")],
            apart: vec![
                Beginning::of_text("\u{2}\"bcd", ADDRESS).unwrap(),
                Beginning::of_text("\u{2}d'e.f", ADDRESS).unwrap(),
                Beginning::of_text("\u{2}e'e.f", ADDRESS).unwrap().first_two(),
            ],
            ..of("abc")
        };
        let near = "\"\u{2}an\" OR \"\u{2}b'\"";
        let apart = "(\"\u{2}\"\"b\" AND \"\u{4}cd\") OR (\"\u{2}d'\" AND \"\u{4}e.\") OR (\"\u{2}e'\")";
        assert_eq!(hits.for_fts5(), format!("(\"abc\" AND ({near})) NOT ({apart})"));
        let of_any = Hits {
            any: vec![of_words("abc bcd"), of_words("cde")],
            ..Hits::default()
        };
        assert_eq!(of_any.for_fts5(), r#"("abc" OR "bcd") AND ("cde")"#);
        assert_eq!(
            hits.for_postgres(),
            "'abc' & ('\u{2}an' | '\u{2}b''') & !'\u{2}\"bcd' & !'\u{2}d''e.' & !'\u{2}e'''"
        );
    }

    #[test]
    fn names_that_begin_alike_stand_together() {
        const KWAME: &str = "\u{2}k@example.com kwame\u{1}kw\u{3}am\u{4}ex";
        let inside = |text, sign, names: [&'static str; 6]| {
            let beginning = Beginning::of_text(text, sign).unwrap();
            let (from, to) = (beginning.from(), beginning.to());
            names.map(|name| from.as_str() <= name && name < to.as_str())
        };
        let names = ["kvaz", "kwal", "kwam", "kwame", "kwamz z", "kwan"];
        assert_eq!(inside(KWAME, NAME, names), [false, false, true, true, true, false]);
        let names = ["j", "jz", "k", "k b", "k bo", "ka"];
        assert_eq!(
            inside("\u{2}a@b.c k\u{1}k \u{3}  ", NAME, names),
            [false, false, true, false, false, false]
        );
        assert_eq!(
            inside("\u{2}a@b.c k b\u{1}k \u{3}b ", NAME, names),
            [false, false, false, true, false, false]
        );
        // Another white space is a letter like others.
        let names = ["k", "k ", "ka", "kz", "k\u{1680}foo", "k\u{1681}"];
        let ogham = "\u{2}a@b.c k\u{1680}foo\u{1}k\u{1680}\u{3}fo";
        assert_eq!(inside(ogham, NAME, names), [false, false, false, false, true, false]);
        let text = |text, sign| Beginning::of_text(text, sign).map(Beginning::of_postgres);
        assert_eq!(text(KWAME, NAME).as_deref(), Some("\u{1}kwam"));
        assert_eq!(text(KWAME, ADDRESS).as_deref(), Some("\u{2}k@ex"));
        assert_eq!(text("\u{2}a@b.c\u{1}  \u{3}  ", NAME), None);
    }

    #[test]
    fn two_letters_stand_together_too() {
        let inside = |letters, names: [&'static str; 4]| {
            let gram = Gram::of_beginning(NAME, letters);
            let (from, to) = (gram.from(), gram.to());
            names.map(|name| from.as_str() <= name && name < to.as_str())
        };
        assert_eq!(inside("kwame", ["kv", "kw", "kwz", "kx"]), [false, true, true, false]);
        assert_eq!(inside("k", ["j", "k", "k b", "ka"]), [false, true, true, false]);
        assert!(Gram::of_beginning(NAME, "中文") < Gram::last_beginning(NAME));
    }
}
