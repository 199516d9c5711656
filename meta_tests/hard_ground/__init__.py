"""Hard ground: shells, machines and Pythons that are not as the suite expects, and what it does there."""
