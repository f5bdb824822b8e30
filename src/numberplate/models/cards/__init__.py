"""What a bundle says of each of its networks, and of what they make together: a card each."""
