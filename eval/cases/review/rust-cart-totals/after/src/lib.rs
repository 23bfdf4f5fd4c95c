//! A shopping cart and what it costs.

mod receipt;

pub use receipt::receipt;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    pub name: String,
    pub unit_cents: u32,
    pub quantity: u32,
    /// Hundredths of a percent: 1_900 is 19 %.
    pub tax_rate: u32,
}

impl Line {
    pub fn net_cents(&self) -> u64 {
        u64::from(self.unit_cents) * u64::from(self.quantity)
    }

    /// Rounded half up, as the tax office wants it.
    pub fn tax_cents(&self) -> u64 {
        u64::from((self.unit_cents * self.quantity * self.tax_rate + 5_000) / 10_000)
    }
}

#[derive(Debug, Default)]
pub struct Cart {
    lines: Vec<Line>,
}

impl Cart {
    /// The same goods at the same price become one line.
    pub fn add(&mut self, line: Line) -> Result<(), TooMany> {
        let same = self.lines.iter_mut().find(|known| {
            known.name == line.name
                && known.unit_cents == line.unit_cents
                && known.tax_rate == line.tax_rate
        });
        match same {
            Some(known) => {
                known.quantity = known.quantity.checked_add(line.quantity).ok_or(TooMany)?;
            }
            None => self.lines.push(line),
        }
        Ok(())
    }

    pub fn lines(&self) -> &[Line] {
        &self.lines
    }

    pub fn net_cents(&self) -> u64 {
        self.lines.iter().map(Line::net_cents).sum()
    }

    pub fn total_cents(&self) -> u64 {
        self.net_cents() + self.lines.iter().map(Line::tax_cents).sum::<u64>()
    }
}

#[derive(Debug, PartialEq, Eq)]
pub struct TooMany;

#[cfg(test)]
mod tests {
    use super::*;

    fn line(unit_cents: u32, quantity: u32) -> Line {
        Line {
            name: "tea".to_string(),
            unit_cents,
            quantity,
            tax_rate: 1_900,
        }
    }

    #[test]
    fn tax_is_rounded_half_up() {
        assert_eq!(line(50, 1).tax_cents(), 10);
        assert_eq!(line(100, 3).tax_cents(), 57);
    }

    #[test]
    fn the_same_goods_are_one_line() {
        let mut cart = Cart::default();
        cart.add(line(50, 1)).unwrap();
        cart.add(line(50, 2)).unwrap();
        assert_eq!(cart.lines(), [line(50, 3)]);
    }

    #[test]
    fn too_many_are_refused() {
        let mut cart = Cart::default();
        cart.add(line(50, u32::MAX)).unwrap();
        assert_eq!(cart.add(line(50, 1)), Err(TooMany));
    }
}
