"""Weaves lessons/ into notebooks/ and solutions/: what an author runs."""
