//! Walks along all pages of a list.

/// All rows of a list, page by page, forward; then whether the last page is the end of it.
macro_rules! all_pages {
    ($page:expr, $sort:expr, $id:expr) => {{
        let mut found = Vec::new();
        let mut position = Position::First;
        loop {
            let page = $page(position).await.unwrap();
            found.extend(page.rows.iter().map($id));
            let Some(last) = page.rows.last().filter(|_| page.has_next) else {
                break;
            };
            let (value, id) = last.place_in($sort.key);
            position = Position::After(Cursor {
                value,
                id,
                number: found.len() as u64,
                inclusive: false,
            });
        }
        let last: Vec<Uuid> = $page(Position::Last).await.unwrap().rows.iter().map($id).collect();
        assert_eq!(found[found.len() - last.len()..], last, "the last page");
        assert_eq!(last.is_empty(), found.is_empty());
        found
    }};
}

/// From the last page back to the first.
macro_rules! all_pages_backwards {
    ($page:expr, $sort:expr, $id:expr) => {{
        let mut found: Vec<Uuid> = Vec::new();
        let mut position = Position::Last;
        loop {
            let page = $page(position).await.unwrap();
            found.splice(0..0, page.rows.iter().map($id));
            let Some(first) = page.rows.first().filter(|_| page.has_previous) else {
                break;
            };
            let (value, id) = first.place_in($sort.key);
            position = Position::Before(Cursor {
                value,
                id,
                number: page.first_number,
                inclusive: false,
            });
        }
        found
    }};
}
