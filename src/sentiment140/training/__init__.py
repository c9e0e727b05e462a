"""Batches, the fitting of one (member, fold), and the cross-validation over all of them."""
