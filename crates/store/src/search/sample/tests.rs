//! What is guessed by rows that were drawn.

use super::{
    super::gram::{ADDRESS, Beginning, Hits, NAME},
    super::span::between,
    Gram, Sample, Samples, Start, Stretch, gram,
};

fn sample() -> Sample {
    Sample::of(["anna berg", "hanna", "bergen berg"].into_iter(), 30)
}

fn grams(words: &str) -> Vec<Gram> {
    gram::of_words(words)
}

#[test]
fn the_rarest_come_first() {
    assert_eq!(sample().rarest(grams("ann han erg gen")), grams("han gen ann erg"));
    assert_eq!(sample().rarest(grams("ann xyz rg h")), grams("xyz h ann rg"));
}

#[test]
fn a_row_counts_once() {
    // Two rows of three have it, one of them twice.
    for word in ["erg", "rg", "r"] {
        let gram = grams(word)[0];
        assert!(!sample().is_in_less_than(gram, 2, 3));
        assert!(sample().is_in_less_than(gram, 7, 10));
        assert_eq!(sample().most_of_all(gram), 30);
    }
    let none = grams("xyz")[0];
    assert!(sample().is_in_less_than(none, 1, 1000));
    assert_eq!(sample().most_of_all(none), 10);
    // Nothing is known of an empty list.
    assert!(!Sample::of([].into_iter(), 0).is_in_less_than(none, 1, 2));
}

#[test]
fn a_first_name_is_told_from_others() {
    let rows = [
        "\u{2}kwame@a.example kwame li\u{1}kw\u{3}am",
        "\u{2}kwame@b.example kwame kim\u{1}kw\u{3}am",
        "\u{2}kwok@c.example kwok\u{1}kw\u{3}ok",
        "\u{2}ann@d.example ann kwame\u{1}an\u{3}n ",
        "\u{2}ann@e.example ann hill\u{1}an\u{3}n ",
        "\u{2}ann@g.example ann berg\u{1}an\u{3}n ",
        "\u{2}hiro@f.example hiro kim\u{1}hi\u{3}ro",
        "\u{2}h@i.example hi li\u{1}hi\u{3} l",
        "\u{2}h@j.example hi ab\u{1}hi\u{3} a",
        "\u{2}h@k.example hi ho\u{1}hi\u{3} h",
        "\u{2}h@l.example hi zo\u{1}hi\u{3} z",
    ];
    let sample = Sample::of(rows.into_iter(), 11);
    let alike = |sign, word| {
        let found = sample.alike(sign, word, grams(word)[0], false);
        let froms: Vec<String> = found.beginnings.iter().map(|beginning| beginning.from()).collect();
        (froms.join("|"), found.are_nearly_all)
    };
    // Ann Kwame is one of three who begin so.
    assert_eq!(alike(NAME, "kwame"), ("kwam".to_owned(), false));
    assert_eq!(alike(ADDRESS, "Kwame"), ("kwam".to_owned(), false));
    assert_eq!(alike(NAME, "kw li"), ("kwam".to_owned(), true));
    assert_eq!(alike(NAME, "kim"), ("hiro|kwam".to_owned(), true));
    // One more than are told apart in four letters.
    assert_eq!(alike(NAME, "h@"), ("hi".to_owned(), true));
    assert_eq!(alike(NAME, "zoe"), (String::new(), false));
    let hits = |word| sample.alike(NAME, word, grams(word)[0], false).hits;
    assert_eq!([hits("kwame"), hits("zoe")], [3, 1]);
    // All who begin so have a gram, by which the index would find them, and one in two the words.
    assert_eq!(alike(NAME, "kwame li"), ("kwam".to_owned(), true));
}

#[test]
fn of_letters_of_several_bytes_as_much_is_told_as_numbers_tell() {
    let rows = [
        "\u{2}olga@a.b olga li\u{1}ol\u{3}ga",
        "\u{2}olga@c.d ольга ли\u{1}ол\u{3}ьг",
        "\u{2}oliver@a.b oliver li\u{1}ol\u{3}iv",
        "\u{2}olive@a.b olive li\u{1}ol\u{3}iv",
    ];
    let sample = Sample::of(rows.into_iter(), 4);
    let alike = |are_numbered| {
        let found = sample.alike(NAME, "olga", grams("olga")[0], are_numbered);
        let froms: Vec<String> = found.beginnings.iter().map(|beginning| beginning.from()).collect();
        (froms.join("|"), found.are_nearly_all)
    };
    assert_eq!(alike(true), ("olga|ол".to_owned(), true));
    assert_eq!(alike(false), ("olga|ольг".to_owned(), true));
}

#[test]
fn as_many_grams_are_asked_for_as_pay() {
    let mut rows = vec!["\u{2}jack@a.b jack berg\u{1}ja\u{3}ck".to_owned()];
    for (first, count) in [("james", 3), ("benjamin", 2), ("ann", 50)] {
        let (start, rest) = (&first[..2], &format!("{first} ")[2..4]);
        let row = format!("\u{2}{first}@a.b {first} jones\u{1}{start}\u{3}{rest}");
        rows.extend(std::iter::repeat_n(row, count));
    }
    let sample = Sample::of(rows.iter().map(String::as_str), 56);
    let chosen = |words, near: &[&str], apart: &[&str]| {
        let mut hits = Hits {
            near: near.iter().map(|letters| Gram::of_beginning(NAME, letters)).collect(),
            apart: apart.iter().filter_map(|text| Beginning::of_text(text, NAME)).collect(),
            ..Hits::of(grams(words))
        };
        sample.choose(&mut hits);
        hits.having
    };
    // Who is called Benjamin has one of them.
    assert_eq!(chosen("jam ame", &[], &[]), grams("jam ame"));
    assert_eq!(chosen("ame jam", &[], &["\u{1}ja\u{3}me"]), grams("ame"));
    assert_eq!(chosen("jam ame", &[], &["\u{1}ja\u{3}me"]), grams("jam ame"));
    assert_eq!(chosen("jam ame", &["ja"], &[]), grams("jam"));
    assert_eq!(chosen("jam ame", &["be"], &[]), grams("jam ame"));
    assert_eq!(chosen("jam", &["an"], &[]), grams("jam"));
    // Of what numbers tell, no more is walked along: one who is left out pays.
    let mut hits = Hits {
        span: Some(between("ja", "ja\u{10ffff}")),
        ..Hits::of(grams("ame jam"))
    };
    sample.choose(&mut hits);
    assert_eq!(hits.having, grams("ame"));
    // What all have who have the first leaves nobody out, unless none was seen: then it may.
    assert_eq!(chosen("ben enj be", &[], &[]), grams("ben"));
    assert_eq!(chosen("zoe oey eys ys", &[], &[]), grams("zoe oey eys"));
}

#[test]
fn a_stretch_has_all_who_begin_alike() {
    let names = ["an", "an", "be", "be", "be", "ce", "ce", "ce", "d ", "zo"];
    let rows: Vec<String> = names
        .iter()
        .map(|name| format!("\u{2}a@b.c\u{1}{name}\u{3}  "))
        .collect();
    let sample = Sample::of(rows.iter().map(String::as_str), 10);
    let from = |text, backwards| Start {
        sign: NAME,
        text,
        backwards,
    };
    let ends = |found: Stretch| (found.from, found.to.trim_end_matches(char::MAX).to_owned());
    let stretch = |text, backwards, part| sample.stretch_of_rows(from(text, backwards), part, 10).map(ends);
    let from_to = |from: &str, to: &str| Some((from.to_owned(), to.to_owned()));
    assert_eq!(stretch(None, false, 1), from_to("", "an"));
    assert_eq!(stretch(None, false, 3), from_to("", "be"));
    assert_eq!(stretch(None, true, 1), from_to("zo", ""));
    assert_eq!(stretch(None, true, 2), from_to("d", ""));
    // Of those who begin as the text does, all may stand before it.
    assert_eq!(stretch(Some("bee"), false, 4), from_to("be", "d "));
    assert_eq!(stretch(Some("cez"), true, 4), from_to("an", "ce"));
    assert_eq!(stretch(Some("zo"), false, 4), from_to("zo", ""));
    assert_eq!(stretch(Some("a"), true, 4), from_to("", "a "));
    assert_eq!(stretch(None, false, 6), None);
    // Nothing begins like what somebody wrote by hand.
    assert_eq!(stretch(Some("\t"), true, 1), from_to("", "  "));
    assert_eq!(stretch(Some("\t"), false, 1), from_to("", "an"));
    let is_rest = |text, backwards| sample.stretch_of_rows(from(text, backwards), 2, 10).unwrap().is_rest;
    assert!(is_rest(Some("an"), true) && !is_rest(Some("d"), true));
    assert!(is_rest(Some("d"), false) && !is_rest(Some("be"), false));
    // Of ten, those alone who have the word.
    let alike = &sample.alike(NAME, "ce", grams("ce")[0], false);
    let stretch = |text, backwards, hits| sample.stretch_of_hits(alike, from(text, backwards), hits).map(ends);
    assert_eq!(stretch(None, false, 1), from_to("", "ce"));
    assert_eq!(stretch(Some("bee"), false, 3), from_to("be", "ce"));
    assert_eq!(stretch(Some("zo"), true, 1), from_to("ce", "zo"));
    assert_eq!(stretch(Some("zo"), false, 1), None);
    assert_eq!(stretch(None, false, 4), None);
}

#[test]
fn many_are_surely_more_than_are_counted() {
    let rows = (0..4000).map(|number| if number < 20 { "zoe kim" } else { "ann kim" });
    let sample = Sample::of(rows, 1_000_000);
    assert!(sample.are_surely_more("Zoe", 1_000_000) && sample.are_surely_more("kim zoe", 1_000_000));
    assert!(!sample.are_surely_more("zoe ann", 1_000_000) && !sample.are_surely_more("", 1_000_000));
    // All who are gone since may have had the words.
    assert!(!sample.are_surely_more("zoe", 999_999) && sample.are_surely_more("zoe", 2_000_000));
    assert!(sample.are_surely_more("ann", 10_000) && !sample.are_surely_more("ann", 9_999));
    let rows = (0..4000).map(|number| if number < 19 { "zoe" } else { "ann" });
    assert!(!Sample::of(rows, 10_000_000).are_surely_more("zoe", 10_000_000));
}

#[test]
fn each_list_has_its_own() {
    let samples = Samples::default();
    assert!(samples.fresh("users").is_none());
    samples.keep("users", sample());
    assert!(samples.fresh("users").is_some());
    assert!(samples.fresh("invitations").is_none());
}
