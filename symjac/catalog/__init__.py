"""Papers as data: equations, claims, citations; one TOML file each, and their loader."""
