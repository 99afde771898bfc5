"""Published networks: what is known of each, the gallery they are chosen from, and the data they are made for."""
