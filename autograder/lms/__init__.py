"""The forms in which learning platforms give work out and take grades in."""
