"""Tables, sentences, curves and importance, as numbers and words; nothing here draws or writes a file."""
