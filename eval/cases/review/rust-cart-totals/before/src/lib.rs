//! A shopping cart and what it costs.

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    pub name: String,
    pub unit_cents: u32,
    pub quantity: u32,
}

#[derive(Debug, Default)]
pub struct Cart {
    lines: Vec<Line>,
}

impl Cart {
    pub fn add(&mut self, line: Line) {
        self.lines.push(line);
    }

    pub fn total_cents(&self) -> u64 {
        self.lines
            .iter()
            .map(|line| u64::from(line.unit_cents) * u64::from(line.quantity))
            .sum()
    }
}
