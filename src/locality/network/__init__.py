"""What a network is: frozen data that everything else reads."""
