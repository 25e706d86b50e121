"""The local lab: the page with the user's runs and the zoo to choose from, computed and trained on this machine."""
