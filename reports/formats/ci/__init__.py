"""What CI servers read: reports that are as red as the gate, and short where a server cuts."""
