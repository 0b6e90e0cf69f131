"""Papers as data: equations, claims, citations; one TOML file each."""
