"""Grade what arrives, and give feedback within seconds."""
