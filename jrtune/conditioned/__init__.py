"""One network for every weighting: the network, its training, alone and stacked, and the public calls.

Searches nothing and knows no Optuna.
"""
