//! A rotation that ends between any two of its steps: the next start has the right key.

use std::fs;

use backend::secret::Key;
use clap::{Args, Command as CommandLine, FromArgMatches};
use server::{
    config::Config,
    key::NewKey,
    state::{OpenError, inspect, open},
};

use crate::{
    Place, says,
    support::{House, KEY, on_both_engines},
};

on_both_engines!(
    a_rotation_that_ends_before_the_database_has_the_new_key_never_was,
    a_rotation_that_ends_before_the_file_is_renamed_is_finished,
    a_start_beside_a_rotation_waits,
    a_killed_rotation_leaves_a_database_and_its_key,
);

/// How often it is killed.
const ROUNDS: usize = 8;

pub fn config(place: &Place, words: &[&str]) -> Config {
    let key = ["--secret-key-file", place.file.to_str().unwrap()];
    let all = [&["usher", "--database-url", &place.house.database], &key[..], words].concat();
    let settings = Config::augment_args(CommandLine::new("usher")).get_matches_from(all);
    Config::from_arg_matches(&settings).unwrap()
}

fn settings(place: &Place) -> Config {
    config(place, &["--data-dir", place.file.parent().unwrap().to_str().unwrap()])
}

async fn a_rotation_that_ends_before_the_database_has_the_new_key_never_was(house: House) {
    let mut place = Place::of(house).await;
    let whole = |place: &Place| drop(NewKey::write(&place.file).unwrap());
    let half = |place: &Place| fs::write(place.new_file(), "AAAA").unwrap();
    let begun = |place: &Place| fs::write(place.new_file(), "").unwrap();
    for interrupt in [&whole as &dyn Fn(&Place), &half, &begun] {
        interrupt(&place);
        assert!(place.new_file().exists());
        // Looking at it settles nothing.
        says(&place.usher(&["check"]), true, "The audit log is whole");
        assert!(place.new_file().exists());
        open(&settings(&place)).await.unwrap().store.close().await;
        assert_eq!(place.key().check(), Key::from_bytes(KEY).check());
        place = place.goes_on().await;
    }
    // A key that is nobody's harms nobody who has none that fits.
    drop(NewKey::write(&place.file).unwrap());
    fs::write(&place.file, "B".repeat(42) + "A").unwrap();
    let refused = open(&settings(&place)).await.err().unwrap();
    assert!(matches!(refused, OpenError::OtherKey(_)), "{refused}");
    assert!(place.new_file().exists());
}

async fn a_rotation_that_ends_before_the_file_is_renamed_is_finished(house: House) {
    let place = Place::of(house).await;
    let opened = open(&settings(&place)).await.unwrap();
    let new = NewKey::write(&place.file).unwrap();
    let check = new.key.check();
    opened.backend.rotate_key(&new.key).await.unwrap();
    opened.store.close().await;
    drop((opened, new));

    says(&place.usher(&["check"]), true, "The audit log is whole");
    assert!(place.new_file().exists());
    open(&settings(&place)).await.unwrap().store.close().await;
    assert_eq!(place.key().check(), check);
    let place = place.goes_on().await;
    says(&place.usher(&["key", "rotate"]), true, "The key was rotated");

    // The old file may be gone too: what counts lies beside it.
    fs::rename(&place.file, place.new_file()).unwrap();
    open(&settings(&place)).await.unwrap().store.close().await;
    place.goes_on().await;
}

async fn a_start_beside_a_rotation_waits(house: House) {
    let place = Place::of(house).await;
    let new = NewKey::write(&place.file).unwrap();
    let refused = open(&settings(&place)).await.err().unwrap();
    assert!(matches!(refused, OpenError::Rotating(_)), "{refused}");
    assert!(place.new_file().exists(), "it may be the database's any moment");
    let second = NewKey::write(&place.file).err().unwrap();
    assert_eq!(second.kind(), std::io::ErrorKind::AlreadyExists);
    // Whoever removed it all the same has not lost the key.
    fs::remove_file(place.new_file()).unwrap();
    let check = new.key.check();
    new.install(&place.file).unwrap();
    assert_eq!(place.key().check(), check);
    inspect(&settings(&place)).await.err().unwrap();
}

/// The real one, killed as soon as it has written the new key, or a little later.
async fn a_killed_rotation_leaves_a_database_and_its_key(house: House) {
    let mut place = Place::of(house).await;
    for round in 0..ROUNDS {
        let mut rotation = place.command(&["key", "rotate"]).spawn().unwrap();
        while !place.new_file().exists() && rotation.try_wait().unwrap().is_none() {
            std::thread::yield_now();
        }
        for _ in 0..round * 200 {
            let _ = rotation.try_wait().unwrap();
        }
        let _ = rotation.kill();
        rotation.wait().unwrap();
        says(
            &place.usher(&["check", "--expect-head", &place.head]),
            true,
            "The audit log is whole",
        );
        open(&settings(&place)).await.unwrap().store.close().await;
        place = place.goes_on().await;
    }
}
