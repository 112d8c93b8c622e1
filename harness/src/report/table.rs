//! A table that fits the screen: what does not fit beside comes below.

use super::screen::WIDTH;

/// The longest cell that is shown whole, in characters.
const CELL: usize = 30;

/// Lays out a table; the first row is the header, the first column names the rows and is repeated
/// where the columns need several blocks. Returns lines, with an empty one between blocks.
pub(super) fn lay_out(rows: &[Vec<String>]) -> Vec<String> {
    let cut = |text: &str| -> String {
        if text.chars().count() <= CELL {
            return text.to_owned();
        }
        text.chars().take(CELL - 1).chain(['…']).collect()
    };
    let rows: Vec<Vec<String>> = rows.iter().map(|row| row.iter().map(|cell| cut(cell)).collect()).collect();
    let columns = rows.first().map_or(0, Vec::len);
    let width_of = |column: usize| {
        rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let mut blocks: Vec<Vec<usize>> = Vec::new();
    let mut used = WIDTH + 1;
    for column in 1..columns {
        if used + 2 + width_of(column) > WIDTH {
            blocks.push(Vec::new());
            used = width_of(0);
        }
        used += 2 + width_of(column);
        if let Some(block) = blocks.last_mut() {
            block.push(column);
        }
    }
    let mut lines = Vec::new();
    for (index, block) in blocks.iter().enumerate() {
        if index > 0 {
            lines.push(String::new());
        }
        for row in &rows {
            let mut line = pad(&row[0], width_of(0), false);
            for &column in block {
                line.push_str("  ");
                line.push_str(&pad(row.get(column).map_or("", String::as_str), width_of(column), true));
            }
            lines.push(line.trim_end().to_owned());
        }
    }
    lines
}

fn pad(text: &str, width: usize, right: bool) -> String {
    let space = " ".repeat(width.saturating_sub(text.chars().count()));
    if right { format!("{space}{text}") } else { format!("{text}{space}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_columns_are_laid_out_in_blocks_that_fit() {
        let row = |name: &str| -> Vec<String> {
            [name.to_owned()].into_iter().chain((0..30).map(|n| format!("column-{n}"))).collect()
        };
        let lines = lay_out(&[row(""), row("a runtime of a name that is longer than any cell may be")]);
        assert!(lines.iter().all(|line| line.chars().count() <= WIDTH), "{lines:#?}");
        for column in 0..30 {
            assert!(lines.iter().any(|line| line.contains(&format!("column-{column}"))));
        }
    }
}
