"""A network as a picture: what is shown of it (stages), and one layout for each style."""
