use crate::Cart;

const NAME_WIDTH: usize = 24;

/// A line for each of the goods and one for the sum, to be printed in a fixed-width font.
pub fn receipt(cart: &Cart) -> String {
    let mut text = String::new();
    for line in cart.lines() {
        text.push_str(&format!(
            "{:<width$} {:>5} x {:>9}\n",
            fitted(&line.name),
            line.quantity,
            amount(u64::from(line.unit_cents)),
            width = NAME_WIDTH,
        ));
    }
    text.push_str(&format!("TOTAL {}\n", amount(cart.total_cents())));
    text
}

fn fitted(name: &str) -> &str {
    if name.len() > NAME_WIDTH {
        &name[..NAME_WIDTH]
    } else {
        name
    }
}

fn amount(cents: u64) -> String {
    format!("{}.{:02}", cents / 100, cents % 100)
}
