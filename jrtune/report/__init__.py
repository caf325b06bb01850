"""Tables, figures and one self-contained page from results; nothing here trains or opens a database."""
