"""Brings a database up to date."""
from pathlib import Path

FOLDER = Path(__file__).parent / "migrations"


def migrate(db):
    """Applies the migrations that have not been applied, each once."""
    db.execute("CREATE TABLE IF NOT EXISTS applied (name TEXT PRIMARY KEY)")
    done = {name for (name,) in db.execute("SELECT name FROM applied")}
    for file in sorted(FOLDER.glob("*.sql")):
        if file.name in done:
            continue
        db.executescript(file.read_text(encoding="utf-8"))
        db.execute("INSERT INTO applied VALUES (?)", (file.name,))
        db.commit()
