"""The colours of figures and page."""

# Okabe & Ito 2008: told apart with any colour vision. Black is kept for equal weights, yellow comes last.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#F0E442")
BLACK, GREY, LIGHT = "#000000", "#666666", "#C9C9C9"
