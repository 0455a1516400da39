"""What is kept in SQL: models, the engine, the bus, the journal's writer, and the clinic as flows see it."""
