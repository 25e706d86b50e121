"""What a run has learnt, as ordinary matplotlib figures."""
