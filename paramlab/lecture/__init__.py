"""The widgets of a lesson as a page for a lecture, without code and exercises."""
