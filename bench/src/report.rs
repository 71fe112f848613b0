//! What is printed: progress on standard error, tables of figures on standard output.

/// A line of progress.
pub fn say(text: &str) {
    eprintln!("\x1b[1m==> {text}\x1b[0m");
}

/// Figures in columns: the first one is aligned left, the others right.
pub struct Table {
    title: &'static str,
    rows: Vec<Vec<String>>,
    misses: usize,
}

impl Table {
    pub fn new(title: &'static str, columns: &[&str]) -> Table {
        Table { title, rows: vec![columns.iter().map(|column| (*column).to_owned()).collect()], misses: 0 }
    }

    /// Adds a row with its verdict as the last column: what it misses, if anything.
    pub fn add(&mut self, mut cells: Vec<String>, misses: &[&str]) {
        self.misses += usize::from(!misses.is_empty());
        cells.push(if misses.is_empty() { "ok".to_owned() } else { format!("MISSES {}", misses.join(", ")) });
        self.rows.push(cells);
    }

    /// Prints the table and returns how many of its rows miss something.
    pub fn print(&self) -> usize {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let widths: Vec<usize> = (0..columns)
            .map(|column| {
                let cells = self.rows.iter().filter_map(|row| row.get(column));
                cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
            })
            .collect();
        println!("\n{}", self.title);
        for row in &self.rows {
            let mut line = String::new();
            for (column, (cell, width)) in row.iter().zip(&widths).enumerate() {
                let is_last = column + 1 == columns;
                match column {
                    0 => line.push_str(&format!("{cell:<width$}")),
                    _ if is_last => line.push_str(&format!("  {cell}")),
                    _ => line.push_str(&format!("  {cell:>width$}")),
                }
            }
            println!("  {}", line.trim_end());
        }
        self.misses
    }
}
