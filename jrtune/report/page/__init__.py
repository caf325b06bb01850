"""The page: its template, style, scripts, data document and live view; no plot or table is made here."""
