//! What an index of searches knows texts by: three letters in a row. A word of one or two letters is how some of these begin.
//! A sign and two letters are how an address or a name begins.

use domain::text::fold;

use crate::sql::Sql;

/// Up to three letters in a row; behind the last of fewer stands what no text has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Gram([char; 3]);

const NONE: char = '\0';

/// Before the address, and before what tells how the name begins, as the migrations have it.
pub(crate) const ADDRESS: char = '\u{2}';
pub(crate) const NAME: char = '\u{1}';

impl Gram {
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

/// How addresses or names begin: those that stand together in their order, and that the index can leave out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Beginning {
    pub(super) gram: Gram,
    pub(super) from: String,
    pub(super) to: String,
}

impl Beginning {
    /// Of a text as the index knows it.
    pub(super) fn of_text(text: &str, sign: char) -> Option<Self> {
        let (_, behind_sign) = text.rsplit_once(sign)?;
        let mut letters = behind_sign.chars();
        let (first, second) = (letters.next()?, letters.next()?);
        let both = String::from_iter([first, second]);
        (first != ' ').then(|| Self {
            gram: Gram([sign, first, second]),
            // Behind a name of one letter stands a blank as well.
            from: both.strip_suffix(' ').unwrap_or(&both).to_owned(),
            to: behind(&both),
        })
    }
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
    for word in fold(search).split_whitespace().take(Sql::MOST_WORDS) {
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

/// Rows that have all of them, none of which is short, and not another.
pub(super) fn for_fts5(grams: &[Gram], without: Option<Gram>) -> String {
    let quoted = |gram: &Gram| format!("\"{}\"", gram.text().replace('"', "\"\""));
    let mut all = grams.iter().map(quoted).collect::<Vec<_>>().join(" ");
    if let Some(without) = without {
        all += &format!(" NOT {}", quoted(&without));
    }
    all
}

/// Rows that have all of them, and not another.
pub(super) fn for_postgres(grams: &[Gram], without: Option<Gram>) -> String {
    let quoted = |gram: &Gram| {
        let text = gram.text().replace('\\', "\\\\").replace('\'', "''");
        format!("'{text}'{}", if gram.is_short() { ":*" } else { "" })
    };
    let mut all = grams.iter().map(quoted).collect::<Vec<_>>().join(" & ");
    if let Some(without) = without {
        all += &format!(" & !{}", quoted(&without));
    }
    all
}

#[cfg(test)]
mod tests {
    use super::{ADDRESS, Beginning, Gram, NAME, for_fts5, for_postgres, of_text, of_words};

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
        assert_eq!(for_fts5(&of_words("say\"x"), None), r#""say" "ay""" "y""x""#);
        assert_eq!(for_postgres(&of_words(r"o'b\ é"), None), r"'o''b' & '''b\\' & 'e':*");
        let beginning = Beginning::of_text("\u{1}\"b", NAME).unwrap();
        assert_eq!(
            for_fts5(&of_words("abc"), Some(beginning.gram)),
            "\"abc\" NOT \"\u{1}\"\"b\""
        );
        assert_eq!(
            for_postgres(&of_words("abc"), Some(beginning.gram)),
            "'abc' & !'\u{1}\"b'"
        );
    }

    #[test]
    fn names_that_begin_alike_stand_together() {
        const KWAME: &str = "\u{2}k@example.com kwame\u{1}kw";
        let inside = |text, sign, names: [&'static str; 6]| {
            let beginning = Beginning::of_text(text, sign).unwrap();
            names.map(|name| beginning.from.as_str() <= name && name < beginning.to.as_str())
        };
        let names = ["kv", "kvz", "kw", "kwame", "kwz", "kx"];
        assert_eq!(inside(KWAME, NAME, names), [false, false, true, true, true, false]);
        let names = ["j", "jz", "k", "k b", "ka", "l"];
        assert_eq!(
            inside("\u{2}a@b.c k\u{1}k ", NAME, names),
            [false, false, true, true, false, false]
        );
        // Another white space is a letter like others.
        let names = ["k", "k ", "ka", "kz", "k\u{1680}foo", "k\u{1681}"];
        let ogham = "\u{2}a@b.c k\u{1680}foo\u{1}k\u{1680}";
        assert_eq!(inside(ogham, NAME, names), [false, false, false, false, true, false]);
        let gram = |text, sign| Beginning::of_text(text, sign).map(|beginning| beginning.gram.text());
        assert_eq!(gram(KWAME, NAME).as_deref(), Some("\u{1}kw"));
        assert_eq!(gram(KWAME, ADDRESS).as_deref(), Some("\u{2}k@"));
        assert_eq!(gram("\u{2}a@b.c\u{1}  ", NAME), None);
    }
}
