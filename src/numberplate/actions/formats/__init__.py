"""What webhooks send, as different receivers expect it."""
