"""Dominance, indicators, choosing one point, stability over seeds. A leaf: numpy and moocore only.

Everywhere here *costs* is an n x m array of n points and m objectives, all to be minimised; callers
flip the signs of what they maximise. Inputs are never changed.
"""
